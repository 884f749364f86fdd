import RLAgents
import RLCore
import RLSupport
import Testing

/// Episodes of 1 to 9 steps. Some, as their random stream says, show in their second step what nobody can act on.
private struct Moody: Environment {
  /// What such an episode shows.
  enum Fault: CaseIterable {
    case number, count, mask, reward, start, lure, failure
  }

  let fault: Fault
  let share: Double
  private var t = 0
  private var length = 0
  private var isBad = false

  init(_ fault: Fault, share: Double) { (self.fault, self.share) = (fault, share) }

  static var masksActions: Bool { true }
  var actionSpace: Discrete { Discrete(3) }
  var observationSpace: DynamicBox { DynamicBox(-100...100, shape: [1]) }

  var failure: String? { fault == .failure && isBad && t == 2 ? "it broke" : nil }

  /// The first choice is never allowed.
  func writeActionMask(into mask: inout MutableSpan<Bool>) {
    let isStarved = fault == .mask && isBad && t == 2
    for i in 0..<3 { mask[i] = i > 0 && !isStarved }
  }

  mutating func reset(using rng: inout SeededGenerator) -> [Float] {
    (t, length) = (0, 1 + rng.integer(below: 9))
    isBad = rng.uniform() < share
    return isBad && fault == .start ? [.nan] : [Float(length)]
  }

  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<[Float], NoInfo> {
    precondition(action > 0, "a forbidden action was played")
    t += 1
    let isShown = isBad && t == 2
    let observation: [Float] =
      switch fault {
      case .number where isShown: [.infinity]
      case .count where isShown: [1, 2]
      case .lure where isShown: [99]
      default: [Float(rng.uniform())]
      }
    let reward = fault == .reward && isShown ? Double.nan : Double(action) + rng.uniform()
    return Step(
      observation: observation, reward: reward, terminated: t >= length, truncated: false)
  }
}

/// Episodes of 1 to 9 steps, of which every fifth or so is odd.
private struct Bending: Environment {
  private var t = 0
  private var length = 0
  private var isOdd = false

  let actionSpace = Discrete(2)
  let observationSpace = Box<1>(0...1)
  var oddity: String? { isOdd ? "it bent" : nil }

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    (t, length, isOdd) = (0, 1 + rng.integer(below: 9), rng.uniform() < 0.2)
    return [0]
  }

  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    t += 1
    return Step(observation: [0], reward: 1, terminated: t >= length, truncated: false)
  }
}

/// Takes the last choice, and an impossible one where it sees 99.
private final class Lured: Policy {
  let spec: EnvironmentSpec

  init(_ spec: EnvironmentSpec) { self.spec = spec }

  func act(
    on observations: Span<Float>, masks: Span<Bool>, using rng: inout SeededGenerator?,
    into actions: inout MutableSpan<Float>
  ) {
    for i in 0..<actions.count { actions[i] = observations[i] == 99 ? 7 : 2 }
  }

  func copy() -> (any Policy)? { Lured(spec) }
}

/// What comes after an episode in its row is nobody's fault, and an episode's fault is the same however many are played
/// side by side, on any number of threads.
@Suite struct EpisodeFaultTests {
  private typealias Making = (Int) -> any VectorEnvironment

  private func making(_ fault: Moody.Fault, share: Double) -> Making {
    { makeVector($0) { Moody(fault, share: share) } }
  }

  /// An episode that is played alone.
  private func alone(_ make: @escaping Making, _ seed: UInt64) -> (
    fault: EnvironmentFault?, episodicReturn: Double
  ) {
    let loop = EpisodeLoop(
      PolicyPlayer(Lured(make(1).spec)), in: make, episodes: 1, seed: seed)
    loop.play { _ in .proceed }
    return (loop.fault, loop.rows[0].episodicReturn)
  }

  /// A seed from which on so many episodes are sound, the next one being none.
  private func seed(before count: Int, _ make: @escaping Making) throws -> UInt64 {
    var start: UInt64 = 0
    for seed in UInt64(0)..<20_000 where alone(make, seed).fault != nil {
      if seed - start >= count { return seed - UInt64(count) }
      start = seed + 1
    }
    return try #require(nil as UInt64?, "no \(count) episodes in a row are sound")
  }

  @Test(arguments: Moody.Fault.allCases)
  private func soundEpisodesArePlayedWhateverFollowsThem(_ fault: Moody.Fault) throws {
    let make = making(fault, share: 0.1)
    let seed = try seed(before: 40, make)
    let returns = (0..<40).map { alone(make, seed + $0).episodicReturn }
    for threads in [1, 2, 3, 8] {
      let evaluation = ThreadTeam.$mode.withValue(.all) {
        Evaluation(
          of: Lured(make(1).spec), in: make, episodes: 40, seed: seed,
          on: ThreadTeam(threads: threads))
      }
      #expect(evaluation.fault == nil && evaluation.returns == returns, "\(threads) threads")
    }
    for count in [1, 3, 40] {
      let loop = EpisodeLoop(
        PolicyPlayer(Lured(make(1).spec)), in: make, episodes: 40, seed: seed, environments: count)
      var collected: [Double] = []
      loop.collect { collected.append($0.episodicReturn) }
      #expect(loop.fault == nil && collected == returns, "\(count) environments")
    }
  }

  /// What is odd about lives that come after an episode in its row is not told.
  @Test(arguments: [false, true]) func theFirstOddEpisodeIsTold(isWrapped: Bool) throws {
    let make: Making = { count in
      isWrapped
        ? makeVector(count) { Bending().wrapped(by: StickyAction(0.1)) }
        : makeVector(count) { Bending() }
    }
    let player = RandomPolicy(make(1).spec)
    func remark(_ episodes: Int, _ seed: UInt64, threads: Int) -> EnvironmentFault? {
      ThreadTeam.$mode.withValue(.all) {
        Evaluation(
          of: player, in: make, episodes: episodes, seed: seed, on: ThreadTeam(threads: threads)
        ).remark
      }
    }
    let odd = (UInt64(0)..<60).filter { remark(1, $0, threads: 1) != nil }
    #expect((5...25).contains(odd.count))
    for seed: UInt64 in [0, 1, 20] {
      let first = try #require(odd.first { $0 >= seed })
      for threads in [1, 2, 3] {
        let told = try #require(remark(30, seed, threads: threads))
        #expect(told.seed == first && told.problem == .oddity("it bent"), "\(told.place)")
      }
    }
    let gaps = (UInt64(0)..<55).filter { start in !odd.contains { (start..<start + 5).contains($0) }
    }
    #expect(!gaps.isEmpty)
    for start in gaps {
      for threads in [1, 3] { #expect(remark(5, start, threads: threads) == nil) }
    }
  }

  @Test(arguments: Moody.Fault.allCases)
  private func theFirstEpisodeWithAFaultIsNamed(_ fault: Moody.Fault) throws {
    // Several of the 300 episodes have one.
    let make = making(fault, share: 0.03)
    let seed = try seed(before: 30, make)
    let all = (0..<300).map { alone(make, seed + $0) }
    #expect(all.count { $0.fault != nil } > 2)
    let first = try #require(all[30].fault)
    #expect(first.seed == seed + 30)
    for threads in [1, 2, 3, 8] {
      ThreadTeam.$mode.withValue(.all) {
        let team = ThreadTeam(threads: threads)
        let evaluation = Evaluation(
          of: Lured(make(1).spec), in: make, episodes: 300, seed: seed, on: team)
        #expect(evaluation.fault?.place == first.place && evaluation.fault?.what == first.what)
        #expect(evaluation.returns.prefix(30) == all.prefix(30).map(\.episodicReturn)[...])
        #expect(evaluation.returns.dropFirst(30).allSatisfy { $0.isNaN })
        for count in [1, 7, 300] {
          let loop = EpisodeLoop(
            PolicyPlayer(Lured(make(1).spec)), in: make, episodes: 300, seed: seed,
            environments: count)
          var collected: [Double] = []
          loop.collect(on: team) { collected.append($0.episodicReturn) }
          #expect(loop.fault?.place == first.place && loop.fault?.what == first.what)
          #expect(collected == all.prefix(30).map(\.episodicReturn), "\(threads), \(count)")
        }
      }
    }
  }

  /// What sees an impossible action first may have stepped others, or drawn for them, by then.
  @Test(arguments: [1, 3])
  func soundEpisodesTakeEachStepOnce(_ threads: Int) throws {
    let make: Making = {
      Halves(of: $0) { makeVector($0) { Moody(.lure, share: 0.1) }.wrapped(by: StickyAction(0.5)) }
    }
    let seed = try seed(before: 40, make)
    let returns = (0..<40).map { alone(make, seed + $0).episodicReturn }
    ThreadTeam.$mode.withValue(.all) {
      let evaluation = Evaluation(
        of: Lured(make(1).spec), in: make, episodes: 41, seed: seed,
        on: ThreadTeam(threads: threads))
      #expect(evaluation.fault?.seed == seed + 40)
      #expect(evaluation.returns.prefix(40) == returns[...])
    }
  }

  /// Environments that were not stepped together cannot go on; the earliest episode is named.
  @Test func whatAWrapperMakesImpossibleEndsTheVector() throws {
    let make: Making = {
      makeVector($0) { Moody(.mask, share: 0) }.wrapped(by: Broken(seventh: 7))
    }
    let evaluation = Evaluation(of: Lured(make(1).spec), in: make, episodes: 20, seed: 50)
    #expect(evaluation.fault?.seed == 50 && evaluation.fault?.what.contains("is 9.0") == true)
    #expect(evaluation.returns.allSatisfy { $0.isNaN })
    let loop = EpisodeLoop(
      PolicyPlayer(Lured(make(1).spec)), in: make, episodes: 20, seed: 50, environments: 4)
    var count = 0
    loop.collect { _ in count += 1 }
    // Alone, an episode is never the seventh.
    #expect(loop.fault == nil && count == 20)
  }

  /// Environments without an episode that never again show what can be acted on are left out of the steps.
  @Test(arguments: [12, 300]) func environmentsThatStayStarvedAreNotPlayed(_ episodes: Int) {
    let make: Making = { count in makeVector(count) { Spent() } }
    let lengths = (0..<episodes).map { alone(make, 3 + UInt64($0)).episodicReturn }
    for threads in [1, 2, 3, 5] {
      let evaluation = ThreadTeam.$mode.withValue(.all) {
        Evaluation(
          of: Lured(make(1).spec), in: make, episodes: episodes, seed: 3,
          on: ThreadTeam(threads: threads))
      }
      #expect(evaluation.fault == nil && evaluation.returns == lengths, "\(threads) threads")
      // With random actions, the threads share each step.
      let random = ThreadTeam.$mode.withValue(.all) {
        Evaluation(
          of: Lured(make(1).spec), in: { ParallelEnvironments(make($0), threads: threads) },
          episodes: episodes, seed: 3, isDeterministic: false)
      }
      #expect(random.fault == nil && random.returns == lengths, "\(threads) threads")
    }
  }

  /// The first episode that allows nothing at its start, and in no later life of its environment.
  @Test func theFirstStartWithoutAnActionIsNamed() throws {
    let make: Making = { count in makeVector(count) { Locked() } }
    let all = (0..<200).map { alone(make, 3 + UInt64($0)) }
    let end = try #require(all.firstIndex { $0.fault != nil })
    #expect(end > 5 && all.count { $0.fault != nil } > 2)
    for threads in [1, 2, 3, 5] {
      let evaluation = ThreadTeam.$mode.withValue(.all) {
        Evaluation(
          of: Lured(make(1).spec), in: make, episodes: 200, seed: 3,
          on: ThreadTeam(threads: threads))
      }
      #expect(evaluation.fault?.seed == UInt64(3 + end), "\(threads) threads")
      #expect(evaluation.fault?.what == "no action is allowed")
      #expect(evaluation.returns.prefix(end) == all.prefix(end).map(\.episodicReturn)[...])
    }
  }

  /// Environments that can only be stepped together end together.
  @Test(arguments: [1, 2, 3, 5])
  func starvedEnvironmentsEndAVectorThatCannotBeTakenApart(_ threads: Int) throws {
    let make: Making = { count in
      makeVector(count) { Spent() }.wrapped(by: Broken(seventh: .max))
    }
    let lengths = (0..<12).map { alone(make, 3 + $0).episodicReturn }
    let shortest = try #require(lengths.min())
    let evaluation = ThreadTeam.$mode.withValue(.all) {
      Evaluation(
        of: Lured(make(1).spec), in: make, episodes: 12, seed: 3, on: ThreadTeam(threads: threads))
    }
    #expect(evaluation.fault?.what == "no action is allowed")
    // Those that end together are sound, and the first one that would go on is named.
    let end = try #require(lengths.firstIndex { $0 > shortest })
    #expect(evaluation.fault?.seed == UInt64(3 + end))
    #expect(evaluation.fault?.step == Int(shortest))
    #expect(evaluation.returns.prefix(end) == lengths.prefix(end))
    let loop = EpisodeLoop(
      PolicyPlayer(Lured(make(1).spec)), in: make, episodes: 12, seed: 3, environments: 12)
    var collected: [Double] = []
    loop.collect { collected.append($0.episodicReturn) }
    #expect(loop.fault == nil && collected == lengths)
  }

  /// The remark is that of the earliest episode that has one, whoever plays it when.
  @Test func theRemarkIsThatOfTheEarliestEpisode() throws {
    let make: Making = { makeVector($0) { Odd() } }
    let loops = (0..<200).map { seed in
      let loop = EpisodeLoop(
        PolicyPlayer(Lured(make(1).spec)), in: make, episodes: 1, seed: UInt64(seed))
      loop.play { _ in .proceed }
      return loop.remark
    }
    let first = try #require(loops.compactMap(\.self).first)
    // Others are seen before it where many episodes begin together.
    #expect(loops.compactMap { $0?.step }.contains { $0 < first.step ?? 0 })
    for threads in [1, 2, 3] {
      ThreadTeam.$mode.withValue(.all) {
        let team = ThreadTeam(threads: threads)
        let evaluation = Evaluation(
          of: Lured(make(1).spec), in: make, episodes: 200, seed: 0, on: team)
        #expect(evaluation.remark?.place == first.place && evaluation.remark?.what == first.what)
        for count in [1, 7, 200] {
          let loop = EpisodeLoop(
            PolicyPlayer(Lured(make(1).spec)), in: make, episodes: 200, seed: 0,
            environments: count)
          loop.collect(on: team) { _ in }
          #expect(loop.remark?.place == first.place && loop.remark?.what == first.what)
        }
      }
    }
  }
}

/// Two halves that are stepped one after the other, as a vector of one's own may do it, which looks at no action.
private struct Halves: VectorEnvironment {
  private var parts: [any VectorEnvironment]
  let spec: EnvironmentSpec
  var count: Int { parts.reduce(0) { $0 + $1.count } }

  init(of count: Int, _ make: (Int) -> any VectorEnvironment) {
    parts = count == 1 ? [make(1)] : [make(count / 2), make(count - count / 2)]
    spec = parts[0].spec
  }

  private init(part: any VectorEnvironment) { (parts, spec) = ([part], part.spec) }

  private var ranges: [Range<Int>] {
    parts.count == 1 ? [0..<count] : [0..<parts[0].count, parts[0].count..<count]
  }

  mutating func reset(seed: UInt64, into batch: StepBatch) {
    for (i, range) in ranges.enumerated() {
      parts[i].reset(seed: seed + UInt64(range.lowerBound), into: batch.slice(range))
    }
  }

  mutating func step(_ actions: Span<Float>, into batch: StepBatch) {
    for (i, range) in ranges.enumerated() {
      parts[i].step(actions.extracting(range), into: batch.slice(range))
    }
  }

  mutating func reset(index: Int, into batch: StepBatch) {
    for (i, range) in ranges.enumerated() where range.contains(index) {
      parts[i].reset(index: index - range.lowerBound, into: batch.slice(range))
    }
  }

  func split(into parts: Int) -> [any VectorEnvironment] { self.parts.map { Halves(part: $0) } }

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {}
}

/// Makes an impossible action of what one of many environments is told.
private struct Broken: EnvironmentWrapper {
  let seventh: Int
  init(seventh: Int) { self.seventh = seventh }
  mutating func changeActions(_ actions: inout [Float], count: Int) {
    if count > seventh { actions[seventh] = 9 }
  }
}

/// Allows nothing once it has played an episode.
private struct Spent: Environment {
  private var t = 0
  private var episodes = 0
  private var length = 0
  init() {}
  static var masksActions: Bool { true }
  var actionSpace: Discrete { Discrete(3) }
  var observationSpace: Box<1> { Box(0...9) }
  func writeActionMask(into mask: inout MutableSpan<Bool>) {
    for i in 0..<3 { mask[i] = episodes < 2 }
  }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    (t, length, episodes) = (0, 1 + rng.integer(below: 9), episodes + 1)
    return [0]
  }
  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    precondition(episodes < 2, "nothing is allowed")
    t += 1
    return t == length ? .terminal([1], reward: 1) : .next([1], reward: 1)
  }
}

/// Some, as their first random number says, never allow anything.
private struct Locked: Environment {
  private var t = 0
  private var isLocked: Bool?
  init() {}
  static var masksActions: Bool { true }
  var actionSpace: Discrete { Discrete(3) }
  var observationSpace: Box<1> { Box(0...9) }
  func writeActionMask(into mask: inout MutableSpan<Bool>) {
    for i in 0..<3 { mask[i] = isLocked == false }
  }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    let draw = rng.uniform()
    (t, isLocked) = (0, isLocked ?? (draw < 0.05))
    return [0]
  }
  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    precondition(isLocked == false, "nothing is allowed")
    t += 1
    return t == 9 || rng.uniform() < 0.2 ? .terminal([1], reward: 1) : .next([1], reward: 1)
  }
}

/// Episodes of up to 30 steps, few of which show a number out of bounds at some time.
private struct Odd: Environment {
  private var t = 0
  private var oddTime = 0
  init() {}
  var actionSpace: Discrete { Discrete(3) }
  var observationSpace: Box<1> { Box(0...1) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    (t, oddTime) = (0, rng.uniform() < 0.1 ? 5 + rng.integer(below: 20) : 0)
    return [0]
  }
  mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    t += 1
    let shown: InlineArray<1, Float> = t == oddTime ? [Float(7 + oddTime)] : [0.5]
    return t == 30 || rng.uniform() < 0.01 ? .terminal(shown, reward: 1) : .next(shown, reward: 1)
  }
}
