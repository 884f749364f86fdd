import RLAgents
import RLCore
import RLSupport
import Testing

/// Episodes of 1 to 9 steps. Some, as their random stream says, show in their second step what nobody can act on.
private struct Moody: Environment {
  /// What such an episode shows.
  enum Fault: CaseIterable {
    case number, count, mask, reward, start, lure
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
}
