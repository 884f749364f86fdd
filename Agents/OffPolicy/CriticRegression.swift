internal import RLTensor

/// The loss that moves critics towards the same targets: the sum of their mean squared distances.
///
/// No critic needs another one's results, so two threads take a critic each.
struct CriticRegression {
  private let inputs: ReplayInputs
  private let target: Variable
  private let losses: [Variable]
  private let value: Variable
  private let program: BatchProgram

  /// - Parameter scale: What squared distances are multiplied by.
  init(
    _ critics: Critics, _ weights: Parameters, scale: Float = 1, _ c: some OffPolicySettings,
    of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let graph = Graph(parameters: weights, rows: c.batchSize)
    inputs = ReplayInputs(in: graph, of: loop.collector, indexActions: false)
    target = graph.rowInput(name: "target")
    let (target, values) = (target, critics.values(inputs.observationsAndActions))
    losses = values.map { ($0 - target).squared() * scale }
    value = values[0]
    program = try BatchProgram(meanOf: losses, outputs: [value], on: loop.team)
  }

  /// Computes the loss of the loop's batch and its gradients.
  ///
  /// - Parameter targets: The target of each transition.
  func run(_ loop: OffPolicyLoop, _ c: some OffPolicySettings, towards targets: TensorView) {
    program.run(c.batchSize) { slice in
      inputs.fill(slice, from: loop, c)
      slice.fill(target, from: targets)
    }
  }

  var mean: Double { losses.reduce(0) { $0 + program.mean($1) } }
  /// The mean of the values that the first critic gives.
  var meanValue: Double { program.mean(value) }
}
