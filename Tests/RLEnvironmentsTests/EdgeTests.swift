import Foundation
import RLCore
import RLEnvironments
import RLSupport
import Testing

/// The environment with some of its coded properties replaced: the way to put it into any state.
private func placed<E: Codable>(_ environment: E, _ changes: [String: any Sendable]) throws -> E {
  let data = try JSONEncoder().encode(environment)
  var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  for (key, value) in changes { object[key] = value }
  return try JSONDecoder().decode(E.self, from: JSONSerialization.data(withJSONObject: object))
}

@Suite struct MountainCarTests {
  @Test func theLeftWallStopsTheCar() throws {
    var car = try placed(MountainCar(), ["position": -1.19, "velocity": -0.07])
    let step = car.step(0)
    #expect(car.position == -1.2 && car.velocity == 0)
    #expect(step.observation[0] == -1.2 && !step.terminated && step.reward == -1)
    var throttled = try placed(
      MountainCarContinuous(), ["position": -1.19, "velocity": -0.07, "isFresh": false])
    _ = throttled.step([-1])
    #expect(throttled.position == Double(Float(-1.2)) && throttled.velocity == 0)
  }

  @Test func theRightEndDoesNotStopTheCar() throws {
    var car = try placed(MountainCar(), ["position": 0.59, "velocity": 0.07])
    #expect(car.step(2).terminated)
    #expect(car.position == 0.6 && car.velocity > 0)
  }

  @Test(arguments: [(0.0, true), (0.05, false)])
  func theFlagCountsAtTheGoalVelocity(_ goal: Double, _ isOver: Bool) throws {
    var car = try placed(MountainCar(), ["position": 0.49, "velocity": 0.03])
    car.goalVelocity = goal
    #expect(car.step(2).terminated == isOver)
    var throttled = try placed(
      MountainCarContinuous(), ["position": 0.44, "velocity": 0.03, "isFresh": false])
    throttled.goalVelocity = goal
    let step = throttled.step([1])
    #expect(step.terminated == isOver && step.reward == (isOver ? 100 : 0) - 0.1)
  }

  @Test func aThrottleOverItsLimitCostsMoreAndGainsNothing() throws {
    var (strong, full) = (MountainCarContinuous(), MountainCarContinuous())
    #expect(strong.step([3]).reward == -(9 * 0.1))
    #expect(full.step([1]).reward == -0.1)
    #expect(abs(strong.velocity - full.velocity) < 1e-8 && full.velocity > 0.001)
  }
}

@Suite struct AcrobotTests {
  @Test func anglesWrapAndVelocitiesAreBounded() throws {
    var rng = SeededGenerator(seed: 1)
    for seed in 0..<200 {
      var start = SeededGenerator(seed: UInt64(seed))
      let changes: [String: any Sendable] = [
        "firstAngle": start.uniform(-3.14, 3.14), "secondAngle": start.uniform(-3.14, 3.14),
        "firstVelocity": start.uniform(-12.5, 12.5), "secondVelocity": start.uniform(-28, 28),
      ]
      var acrobot = try placed(Acrobot(), changes)
      let step = acrobot.step(seed % 3, using: &rng)
      #expect(abs(acrobot.firstAngle) <= .pi && abs(acrobot.secondAngle) <= .pi)
      #expect(abs(acrobot.firstVelocity) <= 4 * .pi && abs(acrobot.secondVelocity) <= 9 * .pi)
      #expect(acrobot.observationSpace.contains(step.observation))
    }
    #expect(rng == SeededGenerator(seed: 1))
  }

  @Test func aWrappedAngleIsTheOldOneLessATurn() throws {
    var acrobot = try placed(Acrobot(), ["firstAngle": 3.1, "firstVelocity": 5.0])
    var rng = SeededGenerator(seed: 0)
    _ = acrobot.step(1, using: &rng)
    #expect(acrobot.firstAngle < -1.5 && acrobot.firstAngle > -3)
  }

  @Test func theLineEndsTheEpisodeWithoutAPenalty() throws {
    var rng = SeededGenerator(seed: 0)
    var upright = try placed(Acrobot(), ["firstAngle": 3.1])
    let last = upright.step(1, using: &rng)
    #expect(last.terminated && last.reward == 0)
    var hanging = Acrobot()
    let step = hanging.step(2, using: &rng)
    #expect(!step.terminated && step.reward == -1)
  }

  @Test func anAcrobotOutOfAllBoundsDoesNotHang() throws {
    var acrobot = Acrobot()
    acrobot.timeStep = 1e30
    var rng = SeededGenerator(seed: 0)
    _ = acrobot.reset(using: &rng)
    for _ in 0..<3 { _ = acrobot.step(2, using: &rng) }
    #expect(!(abs(acrobot.firstAngle) > .pi))
  }
}

@Suite struct TaxiTests {
  private func taxi(_ row: Int, _ column: Int, _ passenger: Int, _ destination: Int) throws -> Taxi
  {
    try placed(Taxi(), ["state": ((row * 5 + column) * 5 + passenger) * 4 + destination])
  }

  @Test func illegalPickupsAndDropOffsCostTen() throws {
    var rng = SeededGenerator(seed: 0)
    var taxi = try taxi(2, 2, 0, 1)
    for action in [4, 5] {
      let step = taxi.step(action, using: &rng)
      #expect(step.reward == -10 && !step.terminated && step.observation == taxi.state)
    }
    #expect((taxi.row, taxi.column, taxi.passenger, taxi.destination) == (2, 2, 0, 1))
  }

  @Test func aPassengerIsFetchedLeftAndDelivered() throws {
    var rng = SeededGenerator(seed: 0)
    var taxi = try taxi(0, 0, 0, 2)
    #expect(taxi.step(4, using: &rng).reward == -1 && taxi.passenger == Taxi.aboard)
    #expect(taxi.step(5, using: &rng).reward == -1 && taxi.passenger == 0)
    _ = taxi.step(4, using: &rng)
    for _ in 0..<4 { #expect(taxi.step(0, using: &rng).reward == -1) }
    let last = taxi.step(5, using: &rng)
    #expect(last.terminated && last.reward == 20 && taxi.passenger == 2)
  }

  @Test func wallsBlockEastAndWestOnly() throws {
    var rng = SeededGenerator(seed: 0)
    var taxi = try taxi(0, 1, 0, 1)
    #expect(taxi.step(2, using: &rng).reward == -1 && taxi.column == 1)
    _ = taxi.step(0, using: &rng)
    _ = taxi.step(0, using: &rng)
    _ = taxi.step(2, using: &rng)
    #expect((taxi.row, taxi.column) == (2, 2))
  }

  @Test func masksAllowWhatChangesTheState() throws {
    #expect(try taxi(0, 0, 0, 1).actionMask == [true, false, true, false, true, false])
    #expect(try taxi(4, 3, Taxi.aboard, 0).actionMask == [false, true, true, false, false, true])
    for state in 0..<500 {
      let taxi = try placed(Taxi(), ["state": state])
      for (action, isAllowed) in taxi.actionMask.enumerated() {
        var next = taxi
        var rng = SeededGenerator(seed: 0)
        #expect((next.step(action, using: &rng).observation != state) == isAllowed)
      }
    }
  }

  @Test func theRainDriftsToBothSidesAlike() throws {
    var configuration = Taxi.Configuration()
    configuration.isRainy = true
    let start = try placed(Taxi(configuration), ["state": ((2 * 5 + 2) * 5 + 0) * 4 + 1])
    var rng = SeededGenerator(seed: 5)
    var counts: [Int: Int] = [:]
    for _ in 0..<10_000 {
      var taxi = start
      let step = taxi.step(1, using: &rng)
      counts[taxi.row * 5 + taxi.column, default: 0] += 1
      #expect(abs(step.info.probability - (taxi.row == 1 ? 0.8 : 0.1)) < 1e-12)
    }
    #expect(Set(counts.keys) == [7, 11, 13])
    #expect(abs(Double(counts[7] ?? 0) - 8000) < 200 && abs(Double(counts[11] ?? 0) - 1000) < 150)
  }

  @Test func rainyTaxisAreTheSameInTheTable() throws {
    var configuration = Taxi.Configuration()
    configuration.isRainy = true
    let taxi = Taxi(configuration)
    let spec = try EnvironmentRegistry.builtIn.resolve("Taxi").entry.spec
    var (table, generic) = (
      TableVector(taxi, spec, count: 5), BatchedEnvironments(spec, count: 5) { taxi }
    )
    let (a, b) = (StepBatch(count: 5, for: spec), StepBatch(count: 5, for: spec))
    table.reset(seed: 3, into: a)
    generic.reset(seed: 3, into: b)
    var rng = SeededGenerator(seed: 8)
    for _ in 0..<1000 {
      let actions = (0..<5).map { _ in Float(rng.integer(below: 6)) }
      table.step(actions, into: a)
      generic.step(actions, into: b)
      #expect(Array(a.observations) == Array(b.observations))
      #expect(Array(a.actionMasks) == Array(b.actionMasks))
      #expect(Array(a.finalActionMasks) == Array(b.finalActionMasks))
      #expect(Array(a.rewards) == Array(b.rewards))
      #expect(Array(a.terminated) == Array(b.terminated))
      #expect(Array(a.truncated) == Array(b.truncated))
    }
  }

  @Test func aTimeLimitAroundTaxisKeepsTheirLastMasks() throws {
    var spec = try EnvironmentRegistry.builtIn.resolve("Taxi").entry.spec
    var limited = TableVector(Taxi(), spec, count: 5)
    spec.maxEpisodeSteps = nil
    var wrapped = TableVector(Taxi(), spec, count: 5).wrapped(
      by: TimeLimit(limited.spec.maxEpisodeSteps ?? 0))
    let (a, b) = (StepBatch(count: 5, for: spec), StepBatch(count: 5, for: spec))
    limited.reset(seed: 3, into: a)
    wrapped.reset(seed: 3, into: b)
    var rng = SeededGenerator(seed: 8)
    var cuts = 0
    for _ in 0..<500 {
      let actions = (0..<5).map { _ in Float(rng.integer(below: 6)) }
      limited.step(actions, into: a)
      wrapped.step(actions, into: b)
      cuts += a.truncated.count { $0 }
      #expect(Array(a.finalActionMasks) == Array(b.finalActionMasks))
    }
    #expect(cuts >= 5)
  }

  @Test func onlyAPassengerThatMovesChangesItsMind() throws {
    var configuration = Taxi.Configuration()
    configuration.hasFicklePassenger = true
    let start = try placed(
      Taxi(configuration), ["state": (0 * 5 + Taxi.aboard) * 4 + 1, "changesMind": true])
    var rng = SeededGenerator(seed: 2)
    var seen: Set<Int> = []
    for _ in 0..<100 {
      var taxi = start
      _ = taxi.step(3, using: &rng)
      #expect(taxi.destination == 1)
      _ = taxi.step(0, using: &rng)
      let changed = taxi.destination
      seen.insert(changed)
      _ = taxi.step(0, using: &rng)
      #expect(taxi.destination == changed)
    }
    #expect(seen == [0, 2, 3])
  }
}

@Suite struct BlackjackTests {
  private func hand(_ cards: [Int]) -> Blackjack.Hand {
    var hand = Blackjack.Hand()
    for card in cards { hand.add(card) }
    return hand
  }

  /// What sticking pays, the dealer's hand being complete.
  private func payoff(_ player: [Int], _ dealer: [Int], _ rules: Blackjack.Rules) throws -> Double {
    func object(_ cards: [Int]) -> [String: any Sendable] {
      let hand = hand(cards)
      return [
        "count": hand.count, "firstCard": hand.firstCard, "hardSum": hand.hardSum,
        "hasAce": hand.hasAce, "moreCards": 0,
        "firstCards": cards.reversed().reduce(0) { $0 << 4 | $1 },
      ]
    }
    var table = try placed(Blackjack(), ["player": object(player), "dealer": object(dealer)])
    table.rules = rules
    var rng = SeededGenerator(seed: 0)
    let step = table.step(0, using: &rng)
    #expect(step.terminated && rng == SeededGenerator(seed: 0))
    return step.reward
  }

  @Test func acesCountElevenWhereTheyCan() {
    #expect(hand([1, 6]).sum == 17 && hand([1, 6]).hasUsableAce)
    #expect(hand([1, 6, 10]).sum == 17 && !hand([1, 6, 10]).hasUsableAce)
    #expect(hand([1, 1]).sum == 12 && hand([1, 1, 9]).sum == 21)
    #expect(hand([10, 1]).isNatural && !hand([5, 5, 1]).isNatural && !hand([10, 10]).isNatural)
    #expect(hand([10, 10, 2]).isBust && hand([10, 10, 2]).score == 0)
  }

  @Test(arguments: [
    (Blackjack.Rules.book, 1.0, 0.0, 1.0), (.casino, 1.5, 0, 0), (.plain, 1, 0, 0),
  ])
  func naturalsPayByTheRules(
    _ rules: Blackjack.Rules, _ against20: Double, _ againstNatural: Double,
    _ againstThreeCards: Double
  ) throws {
    #expect(try payoff([1, 10], [10, 10], rules) == against20)
    #expect(try payoff([10, 1], [1, 10], rules) == againstNatural)
    #expect(try payoff([10, 1], [7, 7, 7], rules) == againstThreeCards)
    #expect(try payoff([7, 7, 7], [10, 10], rules) == 1)
  }

  @Test(arguments: Blackjack.Rules.allCases)
  func theHigherSumWins(_ rules: Blackjack.Rules) throws {
    #expect(try payoff([10, 9], [10, 8], rules) == 1)
    #expect(try payoff([10, 8], [10, 9], rules) == -1)
    #expect(try payoff([10, 8], [9, 9], rules) == 0)
    #expect(try payoff([2, 2], [10, 6, 10], rules) == 1)
  }

  @Test func aBustEndsTheGame() throws {
    var rng = SeededGenerator(seed: 3)
    var table = Blackjack()
    _ = table.reset(using: &rng)
    var step = table.step(1, using: &rng)
    while !step.terminated { step = table.step(1, using: &rng) }
    #expect(step.reward == -1 && step.observation.playerSum > 21)
    #expect(table.observationSpace.contains(step.observation))
  }
}
