import Foundation
import RLSupport
import RLTensor
import Testing

/// Log-probabilities and entropies against sums, integrals and draws, none of which use their formulas.
@Suite struct DistributionTests {
  private func numbers(_ trace: (Graph) -> [Variable]) throws -> [[Double]] {
    let graph = Graph()
    let results = trace(graph)
    let program = try Program(outputs: results)
    program.forward()
    return results.map { program[$0].array.map(Double.init) }
  }

  /// Probabilities of all actions sum to one, and the entropy is the mean of their negative logarithms.
  private func expectWhole(
    _ actions: [[Float]], _ make: (Graph, Int) -> any Distribution,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try numbers { graph in
      let distribution = make(graph, actions.count)
      let columns = actions[0].count
      let taken = graph.constant(actions.flatMap { $0 }, shape: .matrix(actions.count, columns))
      let isIndex = distribution is Categorical
      return [
        distribution.logProbability(of: isIndex ? taken.asVector() : taken), distribution.entropy,
      ]
    }
    let probabilities = result[0].map { exp($0) }
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5, sourceLocation: location)
    let entropy = zip(probabilities, result[0]).reduce(0) { $0 - ($1.0 > 0 ? $1.0 * $1.1 : 0) }
    #expect(abs(entropy - result[1][0]) < 1e-5, "\(result[1][0])", sourceLocation: location)
  }

  @Test func choicesAndFlagsSumToOne() throws {
    let logits: [Float] = [0.3, -1.2, 2.1, 0.7, -0.4]
    func rows(_ graph: Graph, _ numbers: [Float], _ count: Int) -> Variable {
      graph.constant(
        (0..<count).flatMap { _ in numbers }, shape: .matrix(count, numbers.count))
    }
    try expectWhole((0..<5).map { [Float($0)] }) {
      Categorical(logits: rows($0, logits, $1))
    }
    try expectWhole((0..<5).map { [Float($0)] }) {
      Categorical(logits: rows($0, logits, $1), mask: rows($0, [1, 0, 1, 1, 0], $1))
    }
    try expectWhole((0..<6).map { [Float($0 % 2), Float($0 / 2)] }) {
      MultiCategorical(logits: rows($0, logits, $1), counts: [2, 3])
    }
    try expectWhole((0..<8).map { [Float($0 & 1), Float($0 >> 1 & 1), Float($0 >> 2)] }) {
      Bernoulli(logits: rows($0, [0.3, -1.2, 2.1], $1))
    }
  }

  /// 20,000 draws: the mean of the negative log-density is the entropy within four standard errors.
  @Test func theEntropyOfNormalNumbersIsThatOfDraws() throws {
    let (means, logs): ([Float], [Float]) = ([0.5, -2], [-1, 0.7])
    var rng = SeededGenerator(seed: 11)
    let count = 20_000
    let actions = (0..<count).flatMap { _ in
      (0..<2).map { means[$0] + exp(logs[$0]) * Float(rng.normal()) }
    }
    let result = try numbers { graph in
      let mean = graph.constant((0..<count).flatMap { _ in means }, shape: .matrix(count, 2))
      let distribution = DiagonalGaussian(
        mean: mean, logDeviation: graph.constant(logs, shape: .vector(2)))
      return [
        distribution.logProbability(of: graph.constant(actions, shape: .matrix(count, 2))),
        distribution.entropy,
      ]
    }
    let mean = -result[0].reduce(0, +) / Double(count)
    let variance = result[0].reduce(0) { $0 + ($1 + mean) * ($1 + mean) } / Double(count)
    #expect(abs(mean - result[1][0]) < 4 * (variance / Double(count)).squareRoot())
  }

  /// The density of squashed actions integrates to one over (-1, 1), and stays finite where tanh is ±1 in single
  /// precision.
  @Test func squashedActionsHaveADensity() throws {
    let count = 4001
    let noise = (0..<count).map { Float($0 - count / 2) / 400 }
    let squashed = try numbers { graph in
      func column(_ numbers: [Float]) -> Variable {
        graph.constant(numbers, shape: .matrix(count, 1))
      }
      let distribution = SquashedGaussian(
        mean: column(Array(repeating: 0.4, count: count)),
        logDeviation: column(Array(repeating: -0.5, count: count)))
      let sample = distribution.sample(noise: column(noise))
      return [sample.actions, sample.logProbability]
    }
    let (actions, densities) = (squashed[0], squashed[1].map { exp($0) })
    var integral = 0.0
    for i in 1..<count {
      integral += (actions[i] - actions[i - 1]) * (densities[i] + densities[i - 1]) / 2
    }
    #expect(abs(integral - 1) < 1e-3, "\(integral)")
    let far = try numbers { graph in
      let distribution = SquashedGaussian(
        mean: graph.constant([40, -40, 0], shape: .matrix(3, 1)),
        logDeviation: graph.constant([0, 0, 2], shape: .matrix(3, 1)))
      let sample = distribution.sample(noise: graph.constant([3, -3, 30], shape: .matrix(3, 1)))
      return [sample.actions, sample.logProbability]
    }
    #expect(zip(far[0], [1, -1, 1.0]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(!far[1].contains { !$0.isFinite })
  }
}
