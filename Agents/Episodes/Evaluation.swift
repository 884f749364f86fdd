public import RLCore
public import RLSupport

/// The returns of a number of episodes, and what they say.
public struct Evaluation: Sendable, Equatable {
  /// The return of each episode.
  public let returns: [Double]
  /// The steps of each episode.
  public let lengths: [Int]
  /// What the environment's information says of each episode, by name, such as `is_success`: the number of the
  /// last step, or the sum over the steps, as the environment declares.
  public let infos: [String: [Double]]
  /// Which episodes the step limit cut, and not the environment: their returns are not those of whole episodes.
  public let isCut: [Bool]
  /// What the environment did that no policy can act on, in the first episode in which it did. That episode and all
  /// later ones have a return of NaN.
  public let fault: EnvironmentFault?
  /// The first observation outside of its bounds, or reward too large to be squared; `nil` beside a `fault`.
  public let remark: EnvironmentFault?

  /// The seed of the first episode; episode i started with `seed + i`.
  public let seed: UInt64

  /// The numbers of the episodes with the lowest returns, the lowest first.
  ///
  /// With most likely actions the seed of an episode is enough to play it again.
  ///
  /// - Parameter count: How many, at most.
  public func worst(_ count: Int = 1) -> [Int] {
    Array(returns.indices.sorted { (returns[$0], $0) < (returns[$1], $1) }.prefix(count))
  }

  /// How many episodes were cut.
  public var cutEpisodes: Int { isCut.count { $0 } }
  /// The evaluation, if its environment did nothing that no policy can act on.
  ///
  /// - Throws: `fault`.
  public func sound() throws(EnvironmentFault) -> Evaluation {
    if let fault { throw fault }
    return self
  }
  /// The mean return.
  public var mean: Double { returns.reduce(0, +) / Double(max(1, returns.count)) }
  /// The sample standard deviation of the returns; `nil` for fewer than two episodes.
  public var deviation: Double? {
    guard returns.count > 1 else { return nil }
    let m = mean
    return (returns.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(returns.count - 1)).squareRoot()
  }
  /// The smallest return.
  public var minimum: Double { returns.min() ?? 0 }
  /// The largest return.
  public var maximum: Double { returns.max() ?? 0 }
  /// The mean number of steps.
  public var meanLength: Double { Double(lengths.reduce(0, +)) / Double(max(1, lengths.count)) }
  /// The mean over the episodes of what the environment's information says, by name: the success rate for
  /// `is_success`.
  public var meanInfos: [String: Double] {
    infos.mapValues { $0.reduce(0, +) / Double(max(1, $0.count)) }
  }

  /// Plays episodes with a policy, each in an environment of its own.
  ///
  /// Every environment plays one episode to its end, so short episodes are not favoured. Nothing else is
  /// touched: a training run goes on as if nothing had happened. The result is the same for any number of threads.
  /// Each plays episodes of its own. With random actions, which are drawn from one stream, they share each step. Policies
  /// without copies and environments that cannot be split stay on one thread.
  ///
  /// Once `StopRequest.current` is overdue, all episodes are left as they are; the results mean nothing then.
  ///
  /// - Parameters:
  ///   - policy: The policy.
  ///   - makeVector: Makes a vector of so many environments.
  ///   - episodes: How many episodes.
  ///   - seed: Episode i starts with the seed `seed + i`.
  ///   - isDeterministic: Whether the most likely action is taken, instead of a random one.
  ///   - stepLimit: Steps after which an episode is cut; if `nil`, as many as the environment's time limit has, or
  ///     100,000 where there is none.
  ///   - team: The threads.
  public init(
    of policy: any Policy, in makeVector: @escaping (Int) -> any VectorEnvironment,
    episodes: Int, seed: UInt64, isDeterministic: Bool = true, stepLimit: Int? = nil,
    on team: ThreadTeam = ThreadTeam(threads: 1)
  ) {
    var (policy, makeVector) = (policy, makeVector)
    if !isDeterministic, team.size > 1 {
      policy = (policy as? NetworkPolicy)?.shared(by: team) ?? policy
      let makeWhole = makeVector
      makeVector = { makeWhole($0).sharing(team) }
    }
    let player = PolicyPlayer(
      policy, seed: isDeterministic ? nil : seed, stream: 0x4556_414c)
    var games: [Game] = []
    let stop = StopRequest.current
    func play() {
      let copies = (1..<max(1, team.active)).compactMap { _ in player.copy() }
      games = Game.games(
        [player] + copies, in: makeVector, episodes: episodes, seed: seed, stepLimit: stepLimit)
      games.withUnsafeMutableBufferPointer { games in
        if games.count == 1 { return games[0].play(until: stop) }
        team.run { member in if member < games.count { games[member].play(until: stop) } }
      }
    }
    // Threads that share each step are chosen step by step.
    if isDeterministic { team.choosing(work: Double(max(1, episodes)), play) } else { play() }
    let fault = games.compactMap(\.fault).min { $0.episode(from: seed) < $1.episode(from: seed) }
    remark =
      fault != nil
      ? nil
      : games.compactMap(\.remark).min { $0.episode(from: seed) < $1.episode(from: seed) }
    let end = fault?.episode(from: seed) ?? episodes
    var returns = (0..<episodes).map { $0 < end ? 0.0 : .nan }
    var isCut = Array(repeating: false, count: episodes)
    var lengths = Array(repeating: 0, count: episodes)
    var infos: [String: [Double]] = [:]
    for (episode, values) in games.flatMap(\.played) {
      let number = Int(episode.seed &- seed)
      if number >= end { continue }
      returns[number] = episode.episodicReturn
      lengths[number] = episode.length
      isCut[number] = episode.isCut
      for (name, value) in values {
        infos[name, default: Array(repeating: 0, count: episodes)][number] = value
      }
    }
    self.seed = seed
    self.returns = returns
    self.lengths = lengths
    self.infos = infos
    self.isCut = isCut
    self.fault = fault
  }
}

/// The episodes of an evaluation that one thread plays.
///
/// They are played in rounds of up to `roundSize` environments, of which each thread has a part.
private struct Game {
  static let roundSize = 128
  var player: any Player
  /// The part's environments, and the numbers of the first of their episodes.
  let vector: any VectorEnvironment
  let firsts: [Int]
  /// The part of the last round, if that has fewer episodes than the others.
  var last: (vector: any VectorEnvironment, first: Int)?
  let seed: UInt64
  let stepLimit: Int?
  var played: [(episode: EpisodeLoop.Row, infos: [String: Double])] = []
  var fault: EnvironmentFault?
  var remark: EnvironmentFault?

  /// The environments made, and shared among the players as far as they can be split.
  static func games(
    _ players: [any Player], in makeVector: (Int) -> any VectorEnvironment, episodes: Int,
    seed: UInt64, stepLimit: Int?
  ) -> [Game] {
    guard episodes > 0 else { return [] }
    func parts(_ count: Int) -> [(vector: any VectorEnvironment, start: Int)] {
      var start = 0
      let vector = makeVector(count)
      let parts = players.count > 1 ? vector.split(into: players.count) : [vector]
      return parts.map { part in
        defer { start += part.count }
        return (part, start)
      }
    }
    let size = min(roundSize, episodes)
    let (rounds, left) = episodes.quotientAndRemainder(dividingBy: size)
    let whole = parts(size)
    let rest = left > 0 ? parts(left) : []
    return zip(players, whole).enumerated().map { i, game in
      Game(
        player: game.0, vector: game.1.vector,
        firsts: (0..<rounds).map { $0 * size + game.1.start },
        last: i < rest.count ? (rest[i].vector, rounds * size + rest[i].start) : nil, seed: seed,
        stepLimit: stepLimit)
    }
  }

  mutating func play(until stop: StopRequest?) {
    for first in firsts where fault == nil { play(vector, from: first, until: stop) }
    if let last, fault == nil { play(last.vector, from: last.first, until: stop) }
  }

  /// Plays a round in a copy, so that no round depends on what an earlier one left behind.
  private mutating func play(
    _ vector: any VectorEnvironment, from first: Int, until stop: StopRequest?
  ) {
    let loop = EpisodeLoop(
      player, in: { _ in vector }, episodes: vector.count, seed: seed &+ UInt64(first),
      environments: vector.count, startsTogether: true,
      stepLimit: stepLimit)
    var ended = played
    loop.play { event in
      if case .ended(let row) = event { ended.append((loop.rows[row], loop.infos(of: row))) }
      return stop.isOverdue ? .stop : .proceed
    }
    played = ended
    fault = loop.fault
    remark = remark ?? loop.remark
    player = loop.player
  }
}
