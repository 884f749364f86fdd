import RLAgents
import RLCore
import RLSupport
import Testing

@Suite struct DQNTests {
  private func configuration() -> DQNSettings {
    var c = DQNSettings()
    c.environments = 4
    c.learningRate = .linear(from: 1e-2, to: 0)
    c.bufferSize = 10_000
    c.batchSize = 64
    c.discount = 0.9
    c.trainFrequency = 1
    c.gradientSteps = 2
    c.targetUpdateInterval = 200
    c.widths = [32]
    // Everything is tried equally often.
    c.explorationEnd = 1
    return c
  }

  private func trained<E: Environment>(
    _ change: (inout DQNSettings) -> Void = { _ in }, steps: Int = 6_000,
    observe: (TrainingReport) -> Void = { _ in }, in make: @escaping @Sendable () -> E
  ) throws -> DQN {
    var c = configuration()
    change(&c)
    let agent = try DQN(
      c, environments: makeVector(c.environments, make),
      seed: 3, steps: steps, threads: 2)
    try agent.train { report in
      observe(report)
      return .proceed
    }
    return agent
  }

  // MARK: Probes

  @Test func probesOfOneAction() throws {
    expectNear(try trained { Probe(.constantReward) }.values(of: [0]), [1])
    expectNear(try trained { Probe(.observationReward) }.values(of: [-1, 1]), [-1, 1])
    expectNear(try trained { Probe(.delayedReward) }.values(of: [0, 1]), [0.9, 1])
  }

  @Test func probesOfTwoActions() throws {
    let simple = try trained { Probe(.actionReward) }
    expectNear(simple.values(of: [0]), [-1, 1])
    #expect(simple.policy.actions(for: [0]) == [1])
    let matching = try trained { Probe(.matchingReward) }
    expectNear(matching.values(of: [-1, 1]), [1, -1, -1, 1])
    #expect(matching.policy.actions(for: [-1, 1]) == [0, 1])
  }

  /// Sums of several rewards go over the ends of episodes as little as those of one.
  @Test(arguments: [1, 3, 7])
  func aTimeLimitIsBootstrappedAndAnEndIsNot(_ returnSteps: Int) throws {
    for terminates in [false, true] {
      let agent = try trained({
        $0.discount = 0.8
        $0.returnSteps = returnSteps
      }) { Clock(terminates: terminates, Discrete(1)) }
      let expected = (0..<5).map { hour in
        terminates ? (hour..<5).reduce(0.0) { sum, _ in 1 + 0.8 * sum } : 5
      }
      expectNear(agent.values(of: [0, 1, 2, 3, 4]), expected)
    }
  }

  @Test func theIdentityIsLearned() throws {
    let agent = try trained({ $0.explorationEnd = 0.05 }, steps: 3_000) { Identity() }
    let evaluation = Evaluation(
      of: agent.policy, in: { makeVector($0) { Identity() } }, episodes: 100, seed: 1)
    #expect(evaluation.mean == 1)
  }

  // MARK: Variants

  /// What the network ends in.
  enum Head { case values, dueling, quantiles }

  enum Variant: CaseIterable {
    case plain, double, dueling, prioritized, squared, normalizedLayers, slowTargets
  }

  @Test(arguments: Variant.allCases)
  func valuesAreThoseOfValueIteration(_ variant: Variant) throws {
    let agent = try trained(
      {
        switch variant {
        case .plain: break
        case .double: $0.isDouble = true
        case .dueling: $0.isDueling = true
        case .prioritized:
          $0.prioritizedReplay = true
          // Less would leave the values too near to the rare outcomes.
          $0.priorityCorrection = 1.0
        case .squared: $0.usesSquaredLoss = true
        case .normalizedLayers: $0.normalizeLayers = true
        case .slowTargets: ($0.tau, $0.targetUpdateInterval) = (0.05, 4)
        }
      }, steps: 16_000
    ) { SlipperyChain() }
    let expected = SlipperyChain.values(discount: 0.9)
    expectNear(agent.values(of: [0, 1, 2, 3, 4]), expected.flatMap(\.self))
    // The ends draw their neighbours.
    #expect(
      agent.policy.actions(for: [0, 1, 2, 3, 4])
        == expected.map { $0[0] > $0[1] ? 0 : 1 })
  }

  /// Where rewards are far apart for Huber's loss; nearer ones would pull its quantiles together.
  @Test(arguments: [false, true])
  func meansOfQuantilesAreThoseOfValueIteration(_ isDouble: Bool) throws {
    let agent = try trained(
      {
        $0.isDouble = isDouble
        $0.quantiles = 20
      }, steps: 16_000
    ) { SlipperyChain(scale: 100) }
    let expected = SlipperyChain.values(discount: 0.9)
    expectNear(
      agent.values(of: [0, 1, 2, 3, 4]).map { $0 / 100 }, expected.flatMap(\.self))
    #expect(
      agent.policy.actions(for: [0, 1, 2, 3, 4])
        == expected.map { $0[0] > $0[1] ? 0 : 1 })
  }

  /// Without the weights the value would be near 1/3.
  @Test func importanceWeightsUndoTheUnevenDrawing() throws {
    func value(_ correction: Schedule) throws -> Float {
      try trained({
        $0.prioritizedReplay = true
        $0.priorityExponent = 1
        $0.priorityCorrection = correction
      }) { RareCoin() }.values(of: [0])[0]
    }
    #expect(abs(try value(1.0) - 0.2) < 0.05)
    #expect(abs(try value(0.0) - 1.0 / 3) < 0.05)
  }

  /// The lottery's prizes are far apart for Huber's loss, so that its quantiles are the true ones.
  @Test(arguments: [false, true])
  func quantilesAreThoseOfTheReturns(_ isDelayed: Bool) throws {
    let agent = try trained({
      $0.quantiles = 10
      $0.learningRate = .linear(from: 3e-2, to: 0)
    }) { Lottery(isDelayed: isDelayed) }
    let quantiles = agent.quantiles(of: [isDelayed ? 0 : 1])
    let discount: Float = isDelayed ? 0.9 : 1
    // A share of (i + 1/2) / 10 of prizes from -50 to 50 is below.
    let expected = (0..<10).map { discount * (100 * (Float($0) + 0.5) / 10 - 50) }
    #expect(quantiles.count == 10)
    for (found, true_) in zip(quantiles, expected) {
      #expect(abs(found - true_) < 5, "\(quantiles)")
    }
  }

  // MARK: Masks

  @Test(arguments: [false, true], [Head.values, .dueling, .quantiles])
  func aForbiddenActionIsNeitherTakenNorValued(_ isDouble: Bool, _ head: Head) throws {
    var returns: Set<Double> = []
    let agent = try trained(
      {
        $0.isDouble = isDouble
        $0.isDueling = head == .dueling
        $0.quantiles = head == .quantiles ? 4 : 0
        $0.explorationEnd = 0.3
      }, observe: { returns.formUnion($0.episodes.map(\.episodicReturn)) }
    ) { OneWay() }
    #expect(returns == [-2, 1])
    let values = agent.values(of: [0, 1, 2])
    expectNear([values[0], values[3], values[8]], [-1.9, -1, 1])
    // What the test rests on: the forbidden action looks better.
    #expect(values[5] > values[3] + 0.3, "\(values)")
    for isDeterministic in [true, false] {
      let evaluation = Evaluation(
        of: agent.policy, in: { makeVector($0) { OneWay() } }, episodes: 200, seed: 1,
        isDeterministic: isDeterministic)
      #expect(Set(evaluation.returns) == [-2, 1])
    }
  }

  @Test func actionsThatDoNotBeginAtZeroAreTakenAndValued() throws {
    let agent = try trained({ $0.explorationEnd = 0.3 }) { MaskedBandit() }
    let values = agent.values(of: [0, 1])
    expectNear([values[0], values[1], values[6], values[7]], [0, 1, 0, 1])
    let masks = [true, true, false, false, false, false, true, true]
    #expect(agent.policy.actions(for: [0, 1], masks: masks) == [11, 13])
  }

  // MARK: Schedules

  @Test func explorationFallsOverItsShareOfTheBudget() throws {
    var rates: [Int: Double] = [:]
    _ = try trained(
      {
        $0.explorationStart = 0.9
        $0.explorationEnd = 0.1
        $0.explorationFraction = 0.5
      }, steps: 1_000,
      observe: { report in
        rates[report.stepsDone] = report.metrics.first { $0.name == "exploration_rate" }?.value
      }
    ) { Probe(.endless) }
    for (step, rate) in rates {
      #expect(abs(rate - max(0.1, 0.9 - 0.8 * Double(step) / 500)) < 1e-9)
    }
    #expect(rates.count == 10)
  }

  @Test(arguments: [1, 4])
  func updatesBeginAfterTheFirstStepsAndTargetsFollowInTheirInterval(_ environments: Int) throws {
    var c = configuration()
    c.environments = environments
    c.learningStarts = 40
    c.trainFrequency = 2
    c.gradientSteps = 3
    c.targetUpdateInterval = 150
    let agent = try DQN(
      c, environments: makeVector(environments) { Probe(.endless) }, seed: 1, steps: 400,
      threads: 1)
    func weights(_ name: String) -> StateArchive {
      state(of: agent).removingPrefix("policy/\(name).")
    }
    let before = weights("q_net")
    try agent.train { report in
      // Rounds of two steps, of which those beyond the first 40 transitions have three updates.
      let rounds = report.stepsDone / (2 * environments) - 40 / (2 * environments)
      let updates = report.metrics.first { $0.name == "n_updates" }?.value
      #expect(updates == Double(3 * rounds))
      // Reports come every 100 steps (104 in fours), targets every 150 (148 in fours).
      if report.iterations == 1 { #expect(weights("q_net_target") == before) }
      if report.iterations == 2 { #expect(weights("q_net_target") != before) }
      #expect(weights("q_net_target") != weights("q_net"))
      return .proceed
    }
  }

  @Test func updatesFollowWholeEpisodes() throws {
    var c = configuration()
    c.environments = 1
    c.learningStarts = 110
    (c.trainFrequency, c.trainFrequencyUnit, c.gradientSteps) = (21, .episode, -1)
    let environments = makeVector(1) { Clock(terminates: true, Discrete(1)) }
    let agent = try DQN(c, environments: environments, seed: 1, steps: 350, threads: 1)
    var steps: [Int] = []
    try agent.train { report in
      steps.append(report.stepsDone)
      #expect(report.episodes.count == (report.stepsDone == 350 ? 7 : 21))
      // An update a step, from the second round on.
      let updates = report.metrics.first { $0.name == "n_updates" }?.value
      #expect(updates == Double(report.stepsDone - 105))
      return .proceed
    }
    // 21 episodes of five steps each, as far as the budget goes.
    #expect(steps == [105, 210, 315, 350])
  }

  @Test func anEpisodeThatNeverEndsIsLeftWithTheBudget() throws {
    var c = configuration()
    (c.environments, c.trainFrequencyUnit) = (1, .episode)
    let agent = try DQN(
      c, environments: makeVector(1) { Probe(.endless) }, seed: 1, steps: 500, threads: 1)
    try agent.train { _ in .proceed }
    #expect(agent.stepsDone == 500)
  }
}
