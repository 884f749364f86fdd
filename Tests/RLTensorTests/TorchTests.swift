import Foundation
import RLSupport
import RLTensor
import Testing

/// PyTorch's numbers for a PPO loss (see Fixtures/make_fixtures.py).
private struct Fixture: Decodable {
  var x: [String]
  var actions: [Int]
  var advantages: [String]
  var old: [String]
  var returns: [String]
  var start: [String: [String]]
  var loss: [String]
  var norm: [String]
  var gradients: [String: [String]]
  var optimizers: [String: [String: [String]]]

  static func load() throws -> Fixture {
    let url = Bundle.module.bundleURL.appendingPathComponent("torch.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }
}

private func floats(_ words: [String]) -> [Float] {
  words.map { Float(bitPattern: UInt32($0, radix: 16) ?? 0) }
}

@Suite struct TorchTests {
  private static let methods: [String: (OptimizerMethod, Float)] = [
    "adam": (.adam(epsilon: 1e-5), 0.01), "adamw": (.adam(weightDecay: 0.1), 0.01),
    "rmsprop": (.rmsprop(alpha: 0.99, epsilon: 1e-5, momentum: 0.5), 0.01),
    "sgd": (.sgd(momentum: 0.9, isNesterov: true, weightDecay: 0.01), 0.05),
  ]

  private struct Setup {
    var parameters: Parameters
    var program: Program
    var loss: Variable
  }

  private func setup(_ fixture: Fixture) throws -> Setup {
    let n = 24
    var layout = ParameterLayout()
    let body = MultilayerPerceptron(
      inputs: 4, widths: [8, 8], activation: .tanh, name: "a", in: &layout)
    let policy = Linear(8, 3, name: "p", in: &layout)
    let value = Linear(8, 1, name: "v", in: &layout)
    var rng = SeededGenerator(seed: 0)
    let parameters = Parameters(layout, using: &rng)
    var archive = StateArchive()
    for (name, words) in fixture.start { archive.set(name, .float(floats(words))) }
    try parameters.restore(from: archive, prefix: "")

    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(n, 4))
    let actions = graph.constant(fixture.actions.map { Float($0) }, shape: .vector(n))
    let advantages = graph.constant(floats(fixture.advantages), shape: .vector(n))
    let old = graph.constant(floats(fixture.old), shape: .vector(n))
    let returns = graph.constant(floats(fixture.returns), shape: .vector(n))
    let hidden = body(x)
    let distribution = Categorical(logits: policy(hidden))
    let ratio = (distribution.logProbability(of: actions) - old).exp()
    let centred = advantages - advantages.mean()
    let deviation = (centred.squared().sum() / Float(n - 1)).squareRoot()
    let a = centred / (deviation + 1e-8)
    let surrogate = Variable.minimum(a * ratio, a * ratio.clamped(to: 0.8...1.2))
    let error = value(hidden).asVector().meanSquaredError(to: returns)
    let loss = -surrogate.mean() - distribution.meanEntropy * 0.01 + error * 0.5
    let program = try Program(loss: loss)
    program[x].assign(floats(fixture.x))
    return Setup(parameters: parameters, program: program, loss: loss)
  }

  private func expectEqual(
    _ parameters: Parameters, _ expected: [String: [String]], tolerance: Float, _ what: String,
    gradients: Bool = false
  ) throws {
    for parameter in parameters.parameters {
      let theirs = floats(try #require(expected[parameter.name]))
      let ours = gradients ? parameters.gradient(parameter) : parameters.array(parameter)
      let (rows, columns) = (parameter.shape.rows, parameter.shape.columns)
      for i in 0..<rows {
        for j in 0..<columns {
          // PyTorch keeps [out, in].
          let other = parameter.shape.rank == 2 ? theirs[j * rows + i] : theirs[j]
          #expect(
            abs(ours[i * columns + j] - other) <= tolerance,
            "\(what) \(parameter.name)[\(i), \(j)]: \(ours[i * columns + j]), not \(other)")
        }
      }
    }
  }

  @Test func gradientsEqualPyTorchs() throws {
    let fixture = try Fixture.load()
    let setup = try setup(fixture)
    setup.program.run()
    #expect(abs(setup.program[setup.loss].value - floats(fixture.loss)[0]) <= 1e-6)
    try expectEqual(
      setup.parameters, fixture.gradients, tolerance: 1e-6, "gradient of", gradients: true)
    let norm = setup.parameters.squaredGradientNorm().squareRoot()
    #expect(abs(norm - floats(fixture.norm)[0]) <= 1e-6)
  }

  @Test(arguments: ["adam", "adamw", "rmsprop", "sgd"])
  func tenStepsEqualPyTorchs(_ name: String) throws {
    let fixture = try Fixture.load()
    let setup = try setup(fixture)
    let (method, learningRate) = try #require(Self.methods[name])
    let optimizer = Optimizer(method, for: setup.parameters)
    for _ in 0..<10 {
      setup.program.run()
      let scale = Parameters.clippingFactor(
        squaredNorm: setup.parameters.squaredGradientNorm(), limit: 0.5)
      optimizer.advance()
      optimizer.step(learningRate: learningRate, gradientScale: scale)
    }
    let expected = try #require(fixture.optimizers[name])
    try expectEqual(setup.parameters, expected, tolerance: 5e-6, name)
  }
}
