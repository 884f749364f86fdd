import RLSupport
import RLTensor
import Testing

/// The examples of all operations, which each operation declares itself, and computations of several.
@Suite struct GradientTests {
  static let usedTwice: [OperationExample] = OperationExample.shapes().map { leaf in
    OperationExample("used twice \(leaf.shape)", [leaf]) { $0[0] * $0[0].tanh() + $0[0] }
  }

  static let composed: [OperationExample] = [
    OperationExample("categorical", [.shared(.matrix(19, 3))]) { leaves in
      let graph = leaves[0].graph
      let actions = graph.constant((0..<19).map { Float($0 % 3) }, shape: .vector(19))
      let distribution = Categorical(logits: leaves[0])
      return distribution.logProbability(of: actions) * distribution.meanEntropy
    },
    OperationExample("masked categorical", [.shared(.matrix(8, 4))]) { leaves in
      let graph = leaves[0].graph
      let mask = graph.constant(
        (0..<32).map { $0 % 4 == 1 ? 0 : 1 }, shape: .matrix(8, 4))
      let actions = graph.constant((0..<8).map { Float($0 % 2 * 2) }, shape: .vector(8))
      return Categorical(logits: leaves[0], mask: mask).logProbability(of: actions)
    },
    OperationExample("multi-categorical", [.shared(.matrix(9, 5))]) { leaves in
      let actions = leaves[0].graph.constant(
        (0..<9).flatMap { [Float($0 % 2), Float($0 % 3)] }, shape: .matrix(9, 2))
      let distribution = MultiCategorical(logits: leaves[0], counts: [2, 3])
      return distribution.logProbability(of: actions) + distribution.meanEntropy
    },
    OperationExample("Bernoulli", [.shared(.matrix(9, 3))]) { leaves in
      let actions = leaves[0].graph.constant(
        (0..<27).map { Float($0 % 2) }, shape: .matrix(9, 3))
      let distribution = Bernoulli(logits: leaves[0])
      return distribution.logProbability(of: actions) + distribution.meanEntropy
    },
    OperationExample(
      "diagonal Gaussian",
      [.shared(.matrix(9, 3), -1...1), .shared(.vector(3), -1...1), .shared(.matrix(9, 3), -1...1)]
    ) {
      let distribution = DiagonalGaussian(mean: $0[0], logDeviation: $0[1])
      return distribution.logProbability(of: $0[2]) + distribution.meanEntropy
    },
    OperationExample(
      "squashed Gaussian", [.shared(.matrix(9, 3), -1...1), .shared(.matrix(9, 3), -1...1)]
    ) { leaves in
      let noise = leaves[0].graph.constant(
        (0..<27).map { Float($0) / 13 - 1 }, shape: .matrix(9, 3))
      let (actions, logProbability) = SquashedGaussian(mean: leaves[0], logDeviation: leaves[1])
        .sample(noise: noise)
      return actions.rowSums() * logProbability
    },
    OperationExample("clipped surrogate", [.shared(.vector(40)), .shared(.vector(40))]) {
      let ratio = $0[0].exp()
      return Variable.minimum(ratio * $0[1], ratio.clamped(to: 0.8...1.2) * $0[1]).mean()
    },
    OperationExample("mean squared error", [.shared(.matrix(7, 3)), .shared(.matrix(7, 3))]) {
      $0[0].meanSquaredError(to: $0[1])
    },
    OperationExample("categorical rows", [.rows(.matrix(19, 3)), .indices(19, below: 3)]) {
      let distribution = Categorical(logits: $0[0])
      return distribution.logProbability(of: $0[1]) * distribution.entropy
    },
    OperationExample(
      "diagonal Gaussian rows",
      [.rows(.matrix(9, 3), -1...1), .shared(.vector(3), -1...1), .rows(.matrix(9, 3), -1...1)]
    ) {
      let distribution = DiagonalGaussian(mean: $0[0], logDeviation: $0[1])
      return distribution.logProbability(of: $0[2]) + distribution.entropy
    },
    OperationExample(
      "squashed Gaussian rows", Array(repeating: .rows(.matrix(9, 3), -1...1), count: 3)
    ) {
      let (actions, logProbability) = SquashedGaussian(mean: $0[0], logDeviation: $0[1])
        .sample(noise: $0[2])
      return actions.rowSums() * logProbability
    },
  ]

  /// Values to 1e-5 and gradients to 1e-4 of their size, against double precision and central differences.
  @Test(arguments: Operations.examples + usedTwice + composed)
  func valuesAndGradientsMatchTheOracle(_ example: OperationExample) throws {
    let setting = ExampleSetting(example)
    let (parameters, leaves) = (setting.parameters, setting.trainable)
    let graph = Graph(parameters: parameters, sequenceLength: example.sequenceLength)
    let variables = setting.variables(in: graph)
    let result = example.trace(variables)
    // Different weights for each element, so that no error cancels.
    let weights = graph.constant(
      (0..<result.shape.count).map { 0.5 + Float($0 % 7) / 5 }, shape: result.shape)
    let loss = (result * weights).sum()
    let program = try Program(loss: loss, outputs: [result])
    var oracle = ReferenceInterpreter()
    for (variable, numbers) in zip(variables, setting.numbers) where variable.shape.areBytes {
      program.assign(bytes: numbers.map { UInt8($0) }, to: variable)
      oracle.set(variable, numbers.map(Double.init))
    }
    program.run()
    program.run()  // a second run must not add to the gradients of the first

    let expected = oracle.evaluate(result)
    #expect(expected.count == result.shape.count)
    for (a, b) in zip(program[result].array, expected) {
      #expect(abs(Double(a) - b) <= 1e-5 * max(1, abs(b)), "value \(a), not \(b)")
    }
    oracle.keepStopped(in: graph)
    let step = 1e-5
    for leaf in leaves {
      let start = parameters.array(leaf).map(Double.init)
      let gradient = parameters.gradient(leaf)
      for i in Swift.stride(from: 0, to: start.count, by: max(1, start.count / 40)) {
        func value(_ change: Double) -> Double {
          var moved = oracle
          var numbers = start
          numbers[i] += change
          moved.weights[leaf.name] = numbers
          return moved.evaluate(loss)[0]
        }
        let difference = (value(step) - value(-step)) / (2 * step)
        let tolerance = 1e-4 * max(1, abs(difference))
        // A difference across a kink of relu, clamp or a minimum says nothing; these are rare and exact elsewhere.
        let forward = (value(step) - value(0)) / step
        let backward = (value(0) - value(-step)) / step
        if abs(forward - backward) > 1e-2 * max(1, abs(difference)) { continue }
        #expect(
          abs(Double(gradient[i]) - difference) <= tolerance,
          "\(leaf.name)[\(i)]: gradient \(gradient[i]), not \(difference)")
      }
    }
  }
}

/// Random numbers for the leaves of an example.
struct ExampleSetting {
  let example: OperationExample
  let parameters: Parameters
  /// The leaves whose gradients are wanted, as weights.
  let trainable: [Parameter]
  /// The numbers of each leaf.
  let numbers: [[Float]]

  init(_ example: OperationExample) {
    self.example = example
    var rng = SeededGenerator(seed: example.description.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    numbers = example.leaves.map { leaf in
      leaf.random(leaf.shape.count, using: &rng)
    }
    var layout = ParameterLayout()
    trainable = example.leaves.enumerated().filter { !$0.element.isConstant }.map {
      layout.add("leaf\($0.offset)", $0.element.shape, .constant(0))
    }
    parameters = Parameters(layout, using: &rng)
    for (i, leaf) in example.leaves.enumerated() where !leaf.isConstant {
      if let parameter = trainable.first(where: { $0.name == "leaf\(i)" }) {
        parameters.assign(numbers[i], to: parameter)
      }
    }
  }

  /// The leaves as weights and constants, and inputs of bytes.
  func variables(in graph: Graph) -> [Variable] {
    example.leaves.enumerated().map { i, leaf in
      if leaf.shape.areBytes { return leaf.bytes(in: graph) }
      return trainable.first { $0.name == "leaf\(i)" }.map { graph.parameter($0) }
        ?? graph.constant(numbers[i], shape: leaf.shape)
    }
  }
}

extension OperationExample.Leaf {
  /// An input of bytes.
  func bytes(in graph: Graph) -> Variable {
    graph.bytes(shape.rows, shape.columns, scale: Self.byteScale)
  }

  /// Random numbers as the leaf wants them.
  func random(_ count: Int, using rng: inout SeededGenerator) -> [Float] {
    (0..<count).map { _ in
      isWhole
        ? Float(rng.integer(below: Int(bounds.upperBound) + 1))
        : Float(rng.uniform(bounds.lowerBound, bounds.upperBound))
    }
  }
}
