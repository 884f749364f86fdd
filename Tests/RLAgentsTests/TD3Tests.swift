import Foundation
import RLAgents
import RLCore
import RLSupport
import RLTensor
import Testing

@Suite struct TD3Tests {
  private func trained<E: Environment>(
    steps: Int = 4_000, _ change: (inout TD3Settings) -> Void = { _ in },
    in make: @escaping @Sendable () -> E
  ) throws -> TD3 {
    var c = TD3Settings()
    c.environments = 4
    c.learningRate = .linear(from: 3e-3, to: 0)
    c.bufferSize = 10_000
    c.batchSize = 64
    c.discount = 0.8
    c.tau = 0.05
    c.gradientSteps = 4
    c.explorationNoise = 0.3
    (c.actorWidths, c.criticWidths) = ([32], [64, 64])
    change(&c)
    let agent = try TD3(
      c, environments: makeVector(c.environments, make),
      seed: 2, steps: steps, threads: 2)
    try agent.train { _ in .proceed }
    return agent
  }

  @Test(arguments: [1, 2, 3])
  func theTargetIsFoundAndValued(_ critics: Int) throws {
    let agent = try trained({ $0.criticCount = critics }) { Aim() }
    expectNear(
      agent.values(of: [-1, 1, -1, 1], actions: [0, 2, 0.5, 1.5]), [1, 1, 0.75, 0.75])
    expectHits(agent.policy)
  }

  /// Noise on the target policy's actions smooths the values: the clipped noise costs its variance.
  @Test(arguments: [0, 0.2])
  func aDelayedRewardIsDiscountedAndSmoothed(_ noise: Double) throws {
    let agent = try trained({
      $0.targetNoise = noise
      $0.targetNoiseClip = 0.25
    }) { Aim(isDelayed: true) }
    var rng = SeededGenerator(seed: 1)
    let cost = (0..<100_000).reduce(0.0) { sum, _ in
      // A unit of the networks is two of the environment.
      let shift = 2 * min(0.25, max(-0.25, noise * rng.normal()))
      return sum + shift * shift / 100_000
    }
    #expect(noise == 0 ? cost == 0 : cost > 0.1)
    expectNear(
      agent.values(of: [0, 0, 1], actions: [0, 2, 2]), [0.8 * (1 - cost), 0.8 * (1 - cost), 1])
    #expect(abs(agent.policy.actions(for: [1])[0] - 2) < 0.2)
  }

  @Test(arguments: [1, 3])
  func aTimeLimitIsBootstrappedAndAnEndIsNot(_ returnSteps: Int) throws {
    for terminates in [false, true] {
      let agent = try trained({ $0.returnSteps = returnSteps }) {
        Clock(terminates: terminates, Box<1>(0...1))
      }
      let expected = (0..<5).map { hour in
        terminates ? (hour..<5).reduce(0.0) { sum, _ in 1 + 0.8 * sum } : 5
      }
      expectNear(
        agent.values(of: [0, 1, 2, 3, 4], actions: Array(repeating: 0.5, count: 5)), expected)
    }
  }

  @Test func otherOptionsFindTheTarget() throws {
    let agent = try trained({
      $0.normalizeLayers = true
      $0.noiseProcess = .ornsteinUhlenbeck
      $0.policyDelay = 1
      $0.activation = .tanh
      $0.gradientSteps = -1
      $0.trainFrequency = 2
    }) { Aim() }
    expectNear(agent.values(of: [-1, 1], actions: [0, 2]), [1, 1])
    expectHits(agent.policy)
  }

  /// The best action is a compromise between its value and the square behind tanh.
  @Test func aPenaltyKeepsPreactivationsSmall() throws {
    let agent = try trained({ $0.preactivationPenalty = 1 }) { Aim() }
    // In units of the network, half of the environment's, the target is 1/2.
    let best = stride(from: 0, to: 1, by: 1e-4).max {
      func worth(_ x: Double) -> Double { 1 - 4 * (tanh(x) - 0.5) * (tanh(x) - 0.5) - x * x }
      return worth($0) < worth($1)
    }
    let shift = 2 * tanh(try #require(best))
    #expect(shift < 0.8)
    expectNear(agent.policy.actions(for: [-1, 1]), [1 - shift, 1 + shift])
  }

  @Test func theIdentityIsLearned() throws {
    expectIdentity(try trained(steps: 6_000) { IdentityBox() }.policy)
  }

  // MARK: Exploration

  /// Actions as they were taken, in rounds without updates.
  private func actions(_ process: NoiseProcess, deviation: Schedule, steps: Int) throws -> [Float] {
    var c = TD3Settings()
    c.explorationNoise = deviation
    c.noiseProcess = process
    c.learningStarts = 0
    c.gradientSteps = 1
    c.trainFrequency = steps
    c.batchSize = 2
    (c.actorWidths, c.criticWidths) = ([4], [4])
    let agent = try TD3(
      c, environments: makeVector(1) { Clock(terminates: false, Box<1>(-1...1)) }, seed: 1,
      steps: steps, threads: 1)
    try agent.train { _ in .proceed }
    return try state(of: agent).floats("replay/actions")
  }

  @Test func explorationNoiseHasItsDeviation() throws {
    // The policy is the same at the same hour; so what differs at one hour is noise.
    let taken = try actions(.gaussian, deviation: 0.1, steps: 10_000)
    for hour in 0..<5 {
      let own = stride(from: hour, to: taken.count, by: 5).map { Double(taken[$0]) }
      let mean = own.reduce(0, +) / Double(own.count)
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
      #expect(abs(variance.squareRoot() - 0.1) < 0.01)
    }
    #expect(try actions(.gaussian, deviation: 5.0, steps: 100).allSatisfy { abs($0) <= 1 })
  }

  @Test func aProcessThatRemembersStartsAnewWithEachEpisode() throws {
    let taken = try actions(.ornsteinUhlenbeck, deviation: 0.5, steps: 50_000)
    // x <- x - 0.15 * 0.01 x + 0.5 * 0.1 N, from 0 at the beginning of an episode of five steps.
    var expected = 0.0
    for hour in 0..<5 {
      expected = 0.9985 * 0.9985 * expected + 0.05 * 0.05
      let own = stride(from: hour, to: taken.count, by: 5).map { Double(taken[$0]) }
      let mean = own.reduce(0, +) / Double(own.count)
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
      #expect(abs(variance / expected - 1) < 0.1, "hour \(hour)")
    }
  }
}
