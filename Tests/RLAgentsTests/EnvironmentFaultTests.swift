import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import Synchronization
import Testing

/// At step 3 of 6 nothing is allowed; action 0 never is, and is not taken.
struct Gap: DeterministicEnvironment, Codable {
  private var t = 0
  init() {}
  static var masksActions: Bool { true }
  var actionSpace: Discrete { Discrete(3) }
  var observationSpace: Box<1> { Box(0...6) }
  func writeActionMask(into mask: inout MutableSpan<Bool>) {
    for i in 0..<3 { mask[i] = t != 3 && i > 0 }
  }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    t = 0
    return [0]
  }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    precondition(action > 0, "a forbidden action was played")
    t += 1
    return t == 6 ? .terminal([6], reward: 1) : .next([Float(t)], reward: 1)
  }
}

/// Three moves, of which 1 and 2 are allowed; then none is left and the game is cut. One point a move.
private struct Patience: DeterministicEnvironment, Codable {
  private var t = 0
  init() {}
  static var masksActions: Bool { true }
  var actionSpace: Discrete { Discrete(3) }
  var observationSpace: Box<1> { Box(0...3) }
  func writeActionMask(into mask: inout MutableSpan<Bool>) {
    for i in 0..<3 { mask[i] = t < 3 && i > 0 }
  }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    t = 0
    return [0]
  }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    t += 1
    return t == 3 ? .truncation([3], reward: 1) : .next([Float(t)], reward: 1)
  }
}

/// From the 31st step of its life on it shows a number, or as many as it is told, and pays a reward.
struct Late: DeterministicEnvironment, Codable {
  var shown: [Float] = [0]
  var reward = 0.0
  private var life = 0
  init(shown: [Float] = [0], reward: Double = 0) { (self.shown, self.reward) = (shown, reward) }
  var actionSpace: Box<1> { Box(-1...1) }
  var observationSpace: DynamicBox { DynamicBox(-1...1, shape: [1]) }
  mutating func reset(using rng: inout SeededGenerator) -> [Float] { [0] }
  mutating func step(_ action: InlineArray<1, Float>) -> Step<[Float], NoInfo> {
    life += 1
    let isLate = life > 30
    return Step(
      observation: isLate ? shown : [0.5], reward: isLate ? reward : 0, terminated: life % 7 == 0,
      truncated: false)
  }
}

/// Shows a number out of bounds from a step of its life on.
private struct Turning: DeterministicEnvironment, Codable {
  private let turn: Int
  private var life = 0
  init(at turn: Int) { self.turn = turn }
  var actionSpace: Discrete { Discrete(2) }
  var observationSpace: Box<1> { Box(-1...1) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> { [0] }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    life += 1
    return .next([life > turn ? 3 : 0], reward: 1)
  }
}

@Suite struct EnvironmentFaultTests {
  private func settings<S: AgentSettings>(_ change: (inout S) -> Void) -> S {
    var settings = S()
    change(&settings)
    return settings
  }

  private func problem(_ agent: any Agent) -> String {
    do {
      try agent.train { _ in .proceed }
      return "none"
    } catch { return "\(error)" }
  }

  private let noChoice = "Gap, environment 0, step 3: no action is allowed."

  @Test func statesWithoutAnActionEndEveryTraining() throws {
    let gap = { makeVector(1) { Gap() } }
    let ppo = try PPO(
      settings { $0.rolloutSteps = 60 }, environments: gap(), seed: 1, steps: 600, threads: 1)
    let dqn = try DQN(
      settings { $0.learningStarts = 10 }, environments: gap(), seed: 1, steps: 600, threads: 1)
    let own = try ClippedActorCritic(
      ClippedSettings(), environments: gap(), seed: 1, steps: 600, threads: 1)
    for agent in [ppo, dqn, own] as [any Agent] {
      #expect(problem(agent).contains(noChoice), "\(type(of: agent)): \(problem(agent))")
    }
    #expect(problem(ppo).contains("end the episode"))
  }

  /// The fault that is named does not depend on the number of threads.
  @Test func theEarliestFaultIsNamed() throws {
    for threads in [1, 2, 3] {
      let agent = try PPO(
        settings { ($0.environments, $0.rolloutSteps) = (6, 20) },
        environments: makeVector(6) { Gap() }, seed: 1, steps: 600, threads: threads)
      #expect(problem(agent).contains("Gap, environment 0, step 18: no action is allowed."))
    }
  }

  @Test func statesWithoutAnActionEndEvaluationsAndCollections() throws {
    let make: (Int) -> any VectorEnvironment = { makeVector($0) { Gap() } }
    let spec = make(1).spec
    for threads in [1, 2] {
      let team = ThreadTeam(threads: threads)
      let evaluation = Evaluation(
        of: RandomPolicy(spec), in: make, episodes: 5, seed: 40, on: team)
      #expect(evaluation.mean.isNaN && evaluation.returns.count == 5)
      let error = #expect(throws: EnvironmentFault.self) { try evaluation.sound() }
      #expect(error?.description.hasPrefix("Gap, the episode from seed 4") == true)
      #expect(error?.step == 3 && error?.problem == .mask(component: 0, of: 1))

      let loop = EpisodeLoop(RandomPlayer(), in: make, episodes: 5, seed: 40, environments: 2)
      var count = 0
      loop.collect(on: team) { _ in count += 1 }
      #expect(count == 0 && loop.fault?.step == 3 && loop.fault?.seed != nil)
    }
    let loop = EpisodeLoop(RandomPlayer(), in: make, seed: 1)
    loop.begin(0)
    for _ in 0..<9 { loop.step() }
    #expect(loop.fault?.step == 3 && loop.rows[0].length == 2)
    loop.begin(1)
    #expect(loop.fault == nil)
  }

  /// One point a move and a discount of 0.9 never give more than 10 nor less than 0, whatever the kind of learning.
  @Test func episodesThatAreCutWithoutAMoveHaveNoFuture() throws {
    let variants: [(inout DQNSettings) -> Void] = [
      { _ in }, { $0.isDouble = true }, { $0.isDueling = true }, { $0.prioritizedReplay = true },
      { $0.returnSteps = 2 }, { $0.quantiles = 4 },
    ]
    for (number, change) in variants.enumerated() {
      let c: DQNSettings = settings {
        ($0.discount, $0.targetUpdateInterval, $0.trainFrequency) = (0.9, 50, 1)
        ($0.learningRate, $0.widths, $0.learningStarts) = (0.003, [16], 100)
        change(&$0)
      }
      let agent = try DQN(
        c, environments: makeVector(1) { Patience() }, seed: 1, steps: 500, threads: 1)
      try agent.train { _ in .proceed }
      let values = (0..<3).map { agent.values(of: [Float($0)])[1] }
      #expect(values.allSatisfy { $0 > -1 && $0 < 11 }, "variant \(number): \(values)")
    }
  }

  @Test func faultsOfNumbersEndEveryTraining() throws {
    let cases: [(make: Late, words: String)] = [
      (Late(shown: [.nan]), "step 31: observation number 0 is nan"),
      (Late(shown: [0, 0]), "step 31: the observation has 2 numbers, and its space has 1"),
      (Late(shown: []), "step 31: the observation has 0 numbers, and its space has 1"),
      (Late(reward: 1e308), "step 31: the reward is 1e+308, too large"),
      (Late(reward: .nan), "step 31: the reward is nan"),
    ]
    for (late, words) in cases {
      let vector = { makeVector(1) { late } }
      let agents: [any Agent] = [
        try PPO(
          settings { $0.rolloutSteps = 50 }, environments: vector(), seed: 1, steps: 100,
          threads: 1),
        try SAC(
          settings { ($0.learningStarts, $0.actorWidths, $0.criticWidths) = (90, [8], [8]) },
          environments: vector(), seed: 1, steps: 100, threads: 1),
      ]
      for agent in agents {
        let problem = problem(agent)
        #expect(problem.contains("Late, environment 0, " + words), "\(problem)")
      }
      let evaluation = Evaluation(
        of: agents[0].policy, in: { _ in vector() }, episodes: 1, seed: 7, stepLimit: 100)
      // A single episode is over before the environment is old.
      #expect(evaluation.fault == nil)
    }
  }

  /// Finite numbers outside of their bounds are told once, and named where learning breaks down after them.
  @Test func oddNumbersAreTold() throws {
    let odd = Late(shown: [3])
    let agent = try PPO(
      settings { $0.rolloutSteps = 50 }, environments: makeVector(1) { odd }, seed: 1, steps: 200,
      threads: 1)
    var remarks: [EnvironmentFault] = []
    try agent.train {
      if let remark = $0.remark { remarks.append(remark) }
      return .proceed
    }
    #expect(remarks.map(\.step) == [31])
    #expect(remarks.first?.what == "observation number 0 is 3.0, not -1.0 ... 1.0")

    let huge = try SAC(
      settings { ($0.learningStarts, $0.actorWidths, $0.criticWidths) = (40, [8], [8]) },
      environments: makeVector(1) { Late(reward: 1e30) }, seed: 1, steps: 1000, threads: 1)
    let problem = problem(huge)
    #expect(problem.contains("is not finite"), "\(problem)")
    #expect(problem.contains("Before that, Late, environment 0, step 31: the reward is 1e+30"))
  }

  /// The first odd number of all environments is the one that is told, on any number of threads.
  @Test(arguments: [1, 2, 3]) func oneRemarkIsToldOfAllEnvironments(_ threads: Int) throws {
    let made = Mutex(0)
    // One more is made to be looked at.
    let odd = makeVector(6) {
      Turning(
        at: 60 - 9
          * made.withLock { made in
            defer { made += 1 }
            return made
          })
    }
    let agent = try PPO(
      settings { ($0.environments, $0.rolloutSteps) = (6, 20) }, environments: odd, seed: 1,
      steps: 600, threads: threads)
    var remarks: [EnvironmentFault] = []
    try agent.train {
      if let remark = $0.remark { remarks.append(remark) }
      return .proceed
    }
    #expect(remarks.count == 1 && remarks.first?.index == 5, "\(remarks)")
  }

  /// An episode of an environment with a time limit is played to it; others are cut, and that is told.
  @Test func evaluationsArePlayedToTheTimeLimit() throws {
    let make = { (limit: Int?) -> (Int) -> any VectorEnvironment in
      { makeVector($0, maxSteps: limit) { Marathon() } }
    }
    let policy = RandomPolicy(make(nil)(1).spec)
    let limited = Evaluation(of: policy, in: make(120_000), episodes: 1, seed: 1)
    #expect(limited.returns == [120_000] && limited.cutEpisodes == 0)
    let endless = Evaluation(of: policy, in: make(nil), episodes: 2, seed: 1)
    #expect(endless.lengths == [100_000, 100_000] && endless.isCut == [true, true])
  }

  /// The widest bounds have a width beyond the largest number.
  @Test func theWidestActionsAreReached() throws {
    let seen = Seen()
    let agent = try SAC(
      settings { ($0.actorWidths, $0.criticWidths, $0.batchSize) = ([16], [16], 16) },
      environments: makeVector(1) { Wide(seen) }, seed: 1, steps: 100, threads: 1)
    try agent.train { _ in .proceed }
    let actions = seen.actions
    #expect(actions.count == 100 && Set(actions.map(\.bitPattern)).count > 50)
    #expect(actions.contains { $0 < -1e38 } && actions.contains { $0 > 1e38 })
    #expect(actions.contains { abs($0) < 1e38 })
  }
}

/// A point for every step; only a time limit ends it.
private struct Marathon: DeterministicEnvironment, Codable {
  var actionSpace: Discrete { Discrete(2) }
  var observationSpace: Box<1> { Box(0...1) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> { [0.5] }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    .next([0.5], reward: 1)
  }
}

/// The actions that reached an environment.
private final class Seen: @unchecked Sendable {
  var actions: [Float] = []
}

/// Notes the actions that reach it; its bounds are the widest finite ones.
private struct Wide: DeterministicEnvironment {
  let seen: Seen
  private var t = 0
  init(_ seen: Seen) { self.seen = seen }
  var actionSpace: Box<1> { Box(-Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude) }
  var observationSpace: Box<1> { Box(0...1) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    t = 0
    return [0.5]
  }
  mutating func step(_ action: InlineArray<1, Float>) -> Step<InlineArray<1, Float>, NoInfo> {
    seen.actions.append(action[0])
    t += 1
    return t == 20 ? .terminal([0.5], reward: 0) : .next([0.5], reward: 0)
  }
}
