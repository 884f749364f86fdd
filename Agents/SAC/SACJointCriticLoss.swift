internal import RLTensor

/// The loss of critics with batch normalization and without targets (CrossQ; Bhatt et al. 2024, section 3): they value
/// observations and next observations in one batch, so that statistics are of both, and gradients flow through these.
final class SACJointCriticLoss: SACCriticLoss {
  private let inputs: ReplayInputs
  private let nextNoise: Variable
  private let alpha: Variable
  /// Next observations with actions of the policy side by side.
  private let nextPairs: Variable
  /// The reward and the discounted weighted entropy, without the next value.
  private let rewards: Variable
  private let sampling: BatchProgram
  /// Observations and actions of the batch, then `nextPairs`.
  private let pairs: Variable
  private let values: [Variable]
  /// The derivatives of the loss by each critic's values, which are known once all critics gave theirs.
  private let slopes: [Variable]
  private let program: BatchProgram
  /// What is known once the critics gave their values.
  private var targets: [Float]
  private var slopeNumbers: [[Float]]
  private(set) var mean = 0.0

  init(
    _ c: SACSettings, _ networks: SACNetworks, actor: Parameters, critics: Parameters,
    of loop: OffPolicyLoop
  ) throws(ShapeError) {
    let graph = Graph(rows: c.batchSize)
    inputs = ReplayInputs(in: graph, of: loop.collector, indexActions: false)
    nextNoise = networks.noise(in: graph, name: "next noise")
    alpha = graph.input(.scalar, name: "entropy coefficient")
    let (nextX, noise) = (inputs.nextObservations, nextNoise)
    let next = graph.using(actor) { networks.sample(nextX, noise: noise) }
    nextPairs = .concatenate([nextX, next.actions])
    rewards = inputs.rewards - inputs.nextDiscounts * next.logProbability * alpha
    sampling = try BatchProgram(
      outputs: [inputs.observationsAndActions, nextPairs, rewards, inputs.nextDiscounts],
      on: loop.team)

    let both = Graph(parameters: critics, rows: 2 * c.batchSize)
    pairs = both.rowInput(
      networks.observationDimension + networks.actionDimension, name: "observations and actions")
    values = networks.critics.values(pairs, isTraining: true)
    slopes = values.map { _ in both.rowInput(name: "slopes") }
    program = try BatchProgram(
      meanOf: zip(values, slopes).map { $0 * $1 }, outputs: values, on: loop.team)
    targets = Array(repeating: 0, count: c.batchSize)
    slopeNumbers = values.map { _ in Array(repeating: 0, count: 2 * c.batchSize) }
  }

  func run(_ loop: OffPolicyLoop, _ c: SACSettings, alpha: Double, nextNoise: [Float]) {
    let count = c.batchSize
    sampling[self.alpha].value = Float(alpha)
    if c.stateDependentExploration { sampling[self.nextNoise].assign(nextNoise) }
    sampling.forward(count) { slice in
      inputs.fill(slice, from: loop, c)
      if !c.stateDependentExploration { slice.fill(self.nextNoise, from: nextNoise) }
    }
    let (present, next) = (sampling[inputs.observationsAndActions], sampling[nextPairs])
    program.run(2 * count) { slice in
      let rows = slice[pairs]
      for i in 0..<count {
        rows.copyRow(i, from: present, i)
        rows.copyRow(count + i, from: next, i)
      }
    } between: {
      findSlopes(count)
    } _: { slice in
      for (slope, numbers) in zip(slopes, slopeNumbers) { slice.fill(slope, from: numbers) }
    }
  }

  /// Compares values with targets: the loss, and its derivatives by the values of the batch. Next values are targets and
  /// have none.
  private func findSlopes(_ count: Int) {
    for (critic, variable) in values.enumerated() {
      let next = program[variable].pointer + count
      for i in 0..<count {
        targets[i] = critic == 0 ? next[i] : min(targets[i], next[i])
      }
    }
    let (rewards, discounts) = (sampling[rewards].pointer, sampling[inputs.nextDiscounts].pointer)
    for i in 0..<count { targets[i] = rewards[i] + discounts[i] * targets[i] }
    var loss = 0.0
    for (critic, variable) in values.enumerated() {
      let values = program[variable].pointer
      for i in 0..<count {
        let difference = values[i] - targets[i]
        loss += 0.5 * Double(difference) * Double(difference)
        // The program's loss is a mean over twice as many rows.
        slopeNumbers[critic][i] = 2 * difference
      }
    }
    mean = loss / Double(count)
  }

  var meanValue: Double {
    let numbers = program[values[0]]
    let count = numbers.shape.columns / 2
    return (0..<count).reduce(0) { $0 + Double(numbers.pointer[$1]) } / Double(count)
  }
}
