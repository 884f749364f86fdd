import RLSupport
import RLTensor
import Testing

/// A computation whose inputs are all weights, so that every gradient can be read.
struct GradientCase: CustomTestStringConvertible, Sendable {
  var testDescription: String
  /// Shapes of the leaves, and bounds for their random numbers.
  var leaves: [(shape: Shape, bounds: ClosedRange<Double>)]
  var trace: @Sendable ([Variable]) -> Variable

  init(
    _ name: String, _ shapes: [Shape], _ bounds: ClosedRange<Double> = -2...2,
    _ trace: @escaping @Sendable ([Variable]) -> Variable
  ) {
    testDescription = name
    leaves = shapes.map { ($0, bounds) }
    self.trace = trace
  }
}

@Suite struct GradientTests {
  /// Shapes around the 16 lanes of the kernels, and a plain one.
  static let shapes: [Shape] = [
    .matrix(3, 5), .matrix(17, 16), .matrix(33, 18), .vector(5), .vector(33), .scalar,
  ]

  static let elementwise: [GradientCase] = shapes.flatMap { shape -> [GradientCase] in
    [
      GradientCase("negate \(shape)", [shape]) { -$0[0] },
      GradientCase("exp \(shape)", [shape]) { $0[0].exp() },
      GradientCase("log \(shape)", [shape], 0.2...3) { $0[0].log() },
      GradientCase("tanh \(shape)", [shape]) { $0[0].tanh() },
      GradientCase("relu \(shape)", [shape]) { $0[0].relu() },
      GradientCase("gelu \(shape)", [shape]) { $0[0].gelu() },
      GradientCase("sigmoid \(shape)", [shape]) { $0[0].sigmoid() },
      GradientCase("softplus \(shape)", [shape]) { $0[0].softplus() },
      GradientCase("squared \(shape)", [shape]) { $0[0].squared() },
      GradientCase("square root \(shape)", [shape], 0.2...3) { $0[0].squareRoot() },
      GradientCase("magnitude \(shape)", [shape]) { $0[0].magnitude() },
      GradientCase("reciprocal \(shape)", [shape], 0.3...2) { $0[0].reciprocal() },
      GradientCase("affine \(shape)", [shape]) { 3 - $0[0] * 2 },
      GradientCase("clamp \(shape)", [shape]) { $0[0].clamped(to: -1...0.5) },
      GradientCase("huber \(shape)", [shape]) { $0[0].huber(delta: 0.7) },
      GradientCase("used twice \(shape)", [shape]) { $0[0] * $0[0].tanh() + $0[0] },
      GradientCase("add \(shape)", [shape, shape]) { $0[0] + $0[1] },
      GradientCase("subtract \(shape)", [shape, shape]) { $0[0] - $0[1] },
      GradientCase("multiply \(shape)", [shape, shape]) { $0[0] * $0[1] },
      GradientCase("divide \(shape)", [shape, shape], 0.4...2) { $0[0] / $0[1] },
      GradientCase("minimum \(shape)", [shape, shape]) { .minimum($0[0], $0[1]) },
      GradientCase("maximum \(shape)", [shape, shape]) { .maximum($0[0], $0[1]) },
      GradientCase("multiply by a number \(shape)", [shape, .scalar]) { $0[0] * $0[1] },
      GradientCase("divide by a number \(shape)", [shape, .scalar], 0.4...2) { $0[0] / $0[1] },
      GradientCase("number minus \(shape)", [.scalar, shape]) { $0[0] - $0[1] },
      GradientCase("maximum with a number \(shape)", [shape, .scalar]) { .maximum($0[0], $0[1]) },
      GradientCase("mean \(shape)", [shape]) { $0[0].squared().mean() },
      GradientCase("stopped \(shape)", [shape]) { $0[0] * $0[0].stoppingGradient() },
    ]
  }

  static let structural: [GradientCase] = [(3, 5), (16, 2), (33, 18), (64, 1)].flatMap {
    (rows, columns) -> [GradientCase] in
    let shape = Shape.matrix(rows, columns)
    return [
      GradientCase("row broadcast \(shape)", [shape, .vector(columns)]) { $0[0] * $0[1] },
      GradientCase("row quotient \(shape)", [shape, .vector(columns)], 0.4...2) { $0[0] / $0[1] },
      GradientCase("column broadcast \(shape)", [shape, .matrix(rows, 1)]) { $0[0] * $0[1] },
      GradientCase("column difference \(shape)", [.matrix(rows, 1), shape]) { $0[0] - $0[1] },
      GradientCase("row sums \(shape)", [shape]) { $0[0].squared().rowSums() },
      GradientCase("row means \(shape)", [shape]) { $0[0].squared().rowMeans() },
      GradientCase("column sums \(shape)", [shape]) { $0[0].squared().columnSums() },
      GradientCase("row maxima \(shape)", [shape]) { $0[0].rowMaxima() },
      GradientCase("gather at the largest \(shape)", [shape, shape]) {
        $0[0].gathered(at: $0[1].rowArgmax())
      },
      GradientCase("logSumExp \(shape)", [shape]) { $0[0].logSumExp() },
      GradientCase("logSoftmax \(shape)", [shape]) { $0[0].logSoftmax() },
      GradientCase("softmax \(shape)", [shape]) { $0[0].softmax() },
      GradientCase("concatenate \(shape)", [shape, .matrix(rows, 3)]) {
        .concatenate([$0[0], $0[1], $0[0].tanh()])
      },
      GradientCase("columns \(shape)", [shape]) { $0[0].columns(0..<$0[0].shape.columns) },
      GradientCase("last column \(shape)", [shape]) {
        $0[0].columns($0[0].shape.columns - 1..<$0[0].shape.columns).asVector()
      },
      GradientCase("vector and back \(shape)", [.vector(rows)]) {
        $0[0].asColumn().squared().asVector()
      },
      GradientCase(
        "layer norm \(shape)",
        [.matrix(rows, columns + 1), .vector(columns + 1), .vector(columns + 1)]
      ) {
        $0[0].layerNorm(gain: $0[1], offset: $0[2])
      },
      GradientCase("gather \(shape)", [shape]) { leaves in
        let index = leaves[0].graph.constant(
          (0..<rows).map { Float($0 % columns) }, shape: .vector(rows))
        return leaves[0].gathered(at: index)
      },
      GradientCase("gather of groups \(shape)", [.matrix(rows, 3 * columns)]) { leaves in
        let index = leaves[0].graph.constant(
          (0..<rows).map { Float($0 % 3) }, shape: .vector(rows))
        return leaves[0].gathered(at: index, choices: 3)
      },
      GradientCase("quantile regression \(shape)", [shape]) { leaves in
        let samples = leaves[0].graph.constant(
          (0..<rows * 19).map { Float($0 * 37 % 101) / 20 - 2.5 }, shape: .matrix(rows, 19))
        return leaves[0].quantileHuber(to: samples)
      },
      GradientCase("linear \(shape)", [shape, .matrix(columns, 7), .vector(7)]) {
        $0[0].linear($0[1], bias: $0[2])
      },
      GradientCase("linear without bias \(shape)", [shape, .matrix(columns, 64)]) {
        $0[0].linear($0[1])
      },
    ]
      + Activation.allCases.map { activation in
        GradientCase(
          "two \(activation) layers \(shape)",
          [shape, .matrix(columns, 20), .vector(20), .matrix(20, 65), .vector(65)], -0.8...0.8
        ) {
          $0[0].linear($0[1], bias: $0[2]).activated(by: activation).linear($0[3], bias: $0[4])
            .activated(by: activation)
        }
      }
  }

  static let composed: [GradientCase] = [
    GradientCase("categorical", [.matrix(19, 3)]) { leaves in
      let graph = leaves[0].graph
      let actions = graph.constant((0..<19).map { Float($0 % 3) }, shape: .vector(19))
      let distribution = Categorical(logits: leaves[0])
      return distribution.logProbability(of: actions) * distribution.meanEntropy
    },
    GradientCase("masked categorical", [.matrix(8, 4)]) { leaves in
      let graph = leaves[0].graph
      let mask = graph.constant(
        (0..<32).map { $0 % 4 == 1 ? 0 : 1 }, shape: .matrix(8, 4))
      let actions = graph.constant((0..<8).map { Float($0 % 2 * 2) }, shape: .vector(8))
      return Categorical(logits: leaves[0], mask: mask).logProbability(of: actions)
    },
    GradientCase("multi-categorical", [.matrix(9, 5)]) { leaves in
      let actions = leaves[0].graph.constant(
        (0..<9).flatMap { [Float($0 % 2), Float($0 % 3)] }, shape: .matrix(9, 2))
      let distribution = MultiCategorical(logits: leaves[0], counts: [2, 3])
      return distribution.logProbability(of: actions) + distribution.meanEntropy
    },
    GradientCase("Bernoulli", [.matrix(9, 3)]) { leaves in
      let actions = leaves[0].graph.constant(
        (0..<27).map { Float($0 % 2) }, shape: .matrix(9, 3))
      let distribution = Bernoulli(logits: leaves[0])
      return distribution.logProbability(of: actions) + distribution.meanEntropy
    },
    GradientCase("diagonal Gaussian", [.matrix(9, 3), .vector(3), .matrix(9, 3)], -1...1) {
      let distribution = DiagonalGaussian(mean: $0[0], logDeviation: $0[1])
      return distribution.logProbability(of: $0[2]) + distribution.meanEntropy
    },
    GradientCase("squashed Gaussian", [.matrix(9, 3), .matrix(9, 3)], -1...1) { leaves in
      let noise = leaves[0].graph.constant(
        (0..<27).map { Float($0) / 13 - 1 }, shape: .matrix(9, 3))
      let (actions, logProbability) = SquashedGaussian(mean: leaves[0], logDeviation: leaves[1])
        .sample(noise: noise)
      return actions.rowSums() * logProbability
    },
    GradientCase("clipped surrogate", [.vector(40), .vector(40)]) {
      let ratio = $0[0].exp()
      return Variable.minimum(ratio * $0[1], ratio.clamped(to: 0.8...1.2) * $0[1]).mean()
    },
    GradientCase("mean squared error", [.matrix(7, 3), .matrix(7, 3)]) {
      $0[0].meanSquaredError(to: $0[1])
    },
  ]

  /// Values to 1e-5 and gradients to 1e-4 of their size, against double precision and central differences.
  @Test(arguments: elementwise + structural + composed)
  func valuesAndGradientsMatchTheOracle(_ test: GradientCase) throws {
    var rng = SeededGenerator(
      seed: test.testDescription.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    var layout = ParameterLayout()
    let leaves = test.leaves.enumerated().map {
      layout.add("leaf\($0.offset)", $0.element.shape, .constant(0))
    }
    let parameters = Parameters(layout, using: &rng)
    for (leaf, description) in zip(leaves, test.leaves) {
      let bounds = description.bounds
      parameters.assign(
        (0..<leaf.shape.count).map { _ in Float(rng.uniform(bounds.lowerBound, bounds.upperBound))
        },
        to: leaf)
    }
    let graph = Graph(parameters: parameters)
    let result = test.trace(leaves.map { graph.parameter($0) })
    // Different weights for each element, so that no error cancels.
    let weights = graph.constant(
      (0..<result.shape.count).map { 0.5 + Float($0 % 7) / 5 }, shape: result.shape)
    let loss = (result * weights).sum()
    let program = try Program(loss: loss, outputs: [result])
    program.run()
    program.run()  // a second run must not add to the gradients of the first

    let oracle = ReferenceInterpreter()
    let expected = oracle.evaluate(result)
    for (a, b) in zip(program[result].array, expected) {
      #expect(abs(Double(a) - b) <= 1e-5 * max(1, abs(b)), "value \(a), not \(b)")
    }
    let step = 1e-5
    for leaf in leaves {
      let start = parameters.array(leaf).map(Double.init)
      let gradient = parameters.gradient(leaf)
      for i in Swift.stride(from: 0, to: start.count, by: max(1, start.count / 40)) {
        func loss(_ change: Double) -> Double {
          var moved = oracle
          var numbers = start
          numbers[i] += change
          moved.weights[leaf.name] = numbers
          return moved.evaluate(loss_)[0]
        }
        let loss_ =
          test.testDescription.hasPrefix("stopped")
          ? stoppedOracle(graph, leaf, result, weights) : self.loss(result, weights)
        let difference = (loss(step) - loss(-step)) / (2 * step)
        let tolerance = 1e-4 * max(1, abs(difference))
        // A difference across a kink of relu, clamp or a minimum says nothing; these are rare and exact elsewhere.
        let forward = (loss(step) - loss(0)) / step
        let backward = (loss(0) - loss(-step)) / step
        if abs(forward - backward) > 1e-2 * max(1, abs(difference)) { continue }
        #expect(
          abs(Double(gradient[i]) - difference) <= tolerance,
          "\(leaf.name)[\(i)]: gradient \(gradient[i]), not \(difference)")
      }
    }
  }

  private func loss(_ result: Variable, _ weights: Variable) -> Variable {
    (result * weights).sum()
  }

  /// x · stop(x) has the gradient stop(x): the oracle takes the stopped factor as a constant.
  private func stoppedOracle(
    _ graph: Graph, _ leaf: Parameter, _ result: Variable, _ weights: Variable
  ) -> Variable {
    let x = graph.parameter(leaf)
    let values = ReferenceInterpreter().evaluate(x).map(Float.init)
    return (x * graph.constant(values, shape: leaf.shape) * weights).sum()
  }
}
