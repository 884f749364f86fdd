public import RLCore
internal import RLSupport

/// Plays episodes, each from a seed of its own, and tells an observer what happens: what evaluations, datasets,
/// recordings and shows have in common.
///
/// ```swift
/// let loop = EpisodeLoop(
///   PolicyPlayer(policy), in: entry.makeVector, episodes: 20, seed: 100, environments: 8)
/// var farthest: Float = 0
/// loop.play { event in
///   if case .stepped = event {
///     for row in loop.rows.indices where loop.rows[row].isLive {
///       farthest = max(farthest, abs(loop.observation(of: row)[0]))
///     }
///   }
///   return .proceed
/// }
/// ```
///
/// An observer reads the loop: `rows` says which episodes are played in which rows of `batch`, and how far they
/// are. Without random actions of a policy, an episode does not depend on those beside it.
///
/// An environment that does what nobody can act on, such as a mask that allows nothing, ends its episode and all later
/// ones: `fault` says what, where and when. Earlier episodes are played to their ends, so that the fault is the same
/// however many episodes are played side by side.
public final class EpisodeLoop {
  /// What has just happened.
  public enum Event: Sendable {
    /// An episode began; its first observation is in the batch.
    case began(row: Int)
    /// Every live row took a step.
    case stepped
    /// An episode is over, by itself or by the step limit; its last step is in the batch.
    case ended(row: Int)
  }

  /// The episode in a row of the batch.
  public struct Row: Sendable, Equatable {
    /// The number of the episode, from 0 on.
    public internal(set) var number = 0
    /// The seed that it began with.
    public internal(set) var seed: UInt64 = 0
    /// Its steps so far.
    public internal(set) var length = 0
    /// The sum of its rewards so far.
    public internal(set) var episodicReturn = 0.0
    /// Whether it ended inside the decision process.
    public internal(set) var terminated = false
    /// Whether it was cut from outside, by the environment.
    public internal(set) var truncated = false
    /// Whether it is over: terminated, truncated, at the step limit, or left because of a fault.
    public internal(set) var isOver = true
    /// Whether the step limit cut it, and not the environment.
    public var isCut: Bool { isOver && !terminated && !truncated }
    /// Whether the last step of the batch was one of the episode; until the first step, whether it began.
    public internal(set) var isLive = false
  }

  /// What is played in.
  public let spec: EnvironmentSpec
  /// Who plays.
  public private(set) var player: any Player
  /// How many episodes `play` plays.
  public let episodes: Int
  /// Episode i starts with the seed `seed + i`.
  public let seed: UInt64
  /// The episodes in the rows of the batch.
  public internal(set) var rows: [Row] = []
  /// What the last step, or the start of an episode, wrote. Only live rows belong to episodes.
  public private(set) var batch: StepBatch
  /// The actions of the last step, `[rows, action width]`.
  public internal(set) var actions: [Float] = []

  let makeVector: (Int) -> any VectorEnvironment
  let environments: Int
  let startsTogether: Bool
  /// Steps after which an episode is cut.
  public let stepLimit: Int
  let drawnRow: Int?
  var inspector: StepInspector
  let actionCheck: ActionCheck
  /// What keeps an episode, the earliest that has a fault, and all later ones from going on. Where no environment of a
  /// vector can go on, it is the fault of its earliest episode.
  public internal(set) var fault: EnvironmentFault?
  /// The first observation outside of its bounds, or reward too large to be squared, of the earliest episode that has
  /// one.
  public internal(set) var remark: EnvironmentFault?
  var vectors: [any VectorEnvironment]
  var slices: [StepBatch] = []
  var ranges: [Range<Int>] = []
  /// Which vectors have an episode that is not over.
  var isOpen: [Bool] = []
  var hasEnds = false
  /// What the information says of the episodes so far, `[rows, infos]`.
  var infos: [Double] = []
  /// Memory for the next actions: a player may look at the last ones.
  private var chosen: [Float] = []
  /// Draws actions for rows without an episode whose own are impossible.
  var substitutes = SeededGenerator(seed: 0)

  /// Episodes to be played.
  ///
  /// - Parameters:
  ///   - player: Who plays.
  ///   - makeVector: Makes a vector of so many environments.
  ///   - episodes: How many.
  ///   - seed: Episode i starts with the seed `seed + i`.
  ///   - environments: How many episodes are played side by side.
  ///   - startsTogether: Whether they begin together in one vector, which is fast where fast vectors exist;
  ///     else each has a vector of its own, in which the next episode begins as soon as one is over.
  ///   - stepLimit: Steps, at least 1, after which an episode is cut; if `nil`, as many as the environment's time
  ///     limit has, or 100,000 where there is none.
  ///   - drawnRow: The row whose last state `drawing(of:)` shows after the end of its episode.
  public init(
    _ player: any Player, in makeVector: @escaping (Int) -> any VectorEnvironment,
    episodes: Int = .max, seed: UInt64, environments: Int = 1, startsTogether: Bool = false,
    stepLimit: Int? = nil, drawnRow: Int? = nil
  ) {
    precondition(
      environments > 0 && stepLimit ?? 1 > 0,
      "EpisodeLoop: \(environments) environments, a step limit of \(stepLimit ?? 0)")
    self.player = player
    self.makeVector = makeVector
    self.episodes = episodes
    self.seed = seed
    self.environments = environments
    self.startsTogether = startsTogether
    self.drawnRow = drawnRow
    let count = max(1, min(environments, episodes))
    vectors = startsTogether ? [makeVector(count)] : (0..<count).map { _ in makeVector(1) }
    spec = vectors[0].spec
    self.stepLimit = stepLimit ?? spec.maxEpisodeSteps ?? 100_000
    inspector = StepInspector(spec)
    inspector.keepsLooking = true
    actionCheck = ActionCheck(spec)
    batch = StepBatch(count: 0, for: spec)
    arrange()
  }

  /// Gives each vector its rows of a batch.
  private func arrange() {
    let count = vectors.reduce(0) { $0 + $1.count }
    batch = StepBatch(count: count, for: spec)
    batch.drawnIndex = drawnRow
    ranges = []
    for vector in vectors {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + vector.count)
    }
    slices = ranges.map(batch.slice)
    rows = Array(repeating: Row(), count: count)
    actions = Array(repeating: 0, count: count * spec.actionSpace.rowWidth)
    chosen = actions
    infos = Array(repeating: 0, count: count * spec.infos.count)
    isOpen = Array(repeating: false, count: vectors.count)
  }

  /// Plays all episodes to their ends, in the order of their numbers.
  ///
  /// - Parameter observe: Told what happens; `.stop` ends it.
  /// - Returns: Whether all were played: `false` if the observer stopped it, and if there is a `fault`.
  /// - Throws: What the observer throws.
  @discardableResult
  public func play(observe: (Event) throws -> TrainingDirective) rethrows -> Bool {
    var begun = 0
    return try play(observe: observe) { count in
      // One long episode must not make thousands of later ones wait in memory.
      let oldest = rows.lazy.filter { !$0.isOver }.map(\.number).min() ?? begun
      guard begun < min(episodes, oldest + 4096) else { return nil }
      defer { begun += count }
      return begun
    }
  }

  /// Plays episodes of given numbers.
  ///
  /// - Parameters:
  ///   - observe: Told what happens; `.stop` ends it.
  ///   - claim: The first of so many numbers that are to be played next; `nil` if none can be begun now.
  /// - Returns: Whether it was not stopped.
  func play(
    observe: (Event) throws -> TrainingDirective, claim: (_ count: Int) -> Int?
  ) rethrows -> Bool {
    fault = nil
    for row in rows.indices { rows[row] = Row() }
    for i in vectors.indices { isOpen[i] = false }
    var mayBegin = true
    while true {
      if mayBegin {
        for i in ranges.indices where !isOpen[i] {
          guard fault == nil, let number = claim(ranges[i].count) else { break }
          // The last ones of a vector whose episodes begin together.
          if episodes - number < ranges[i].count {
            vectors = [makeVector(episodes - number)]
            arrange()
          }
          let range = ranges[i]
          begin(number, in: i)
          for row in range where !rows[row].isOver {
            if try observe(.began(row: row)) == .stop { return false }
          }
        }
        if !isOpen.contains(true) { return fault == nil }
      }
      takeStep()
      // A fault may have ended all of them.
      if fault == nil || rows.contains(where: \.isLive), try observe(.stepped) == .stop {
        return false
      }
      mayBegin = hasEnds
      guard hasEnds else { continue }
      for row in rows.indices where rows[row].isLive && rows[row].isOver {
        if try observe(.ended(row: row)) == .stop { return false }
      }
    }
  }

  /// Begins episodes in all rows, from a number on; what was played there, and a fault, are left.
  public func begin(_ number: Int) {
    fault = nil
    for (i, range) in ranges.enumerated() where fault == nil {
      begin(number + range.lowerBound, in: i)
    }
  }

  private func begin(_ number: Int, in vector: Int) {
    let first = seed &+ UInt64(number)
    player.begin(&vectors[vector], rows: ranges[vector], seed: first, into: slices[vector])
    for (i, row) in ranges[vector].enumerated() {
      rows[row] = Row(number: number + i, seed: first &+ UInt64(i), isOver: false, isLive: true)
      for k in spec.infos.indices { infos[row * spec.infos.count + k] = 0 }
    }
    isOpen[vector] = true
    note(inspector.inspectReset(slices[vector]), in: vector, step: 0)
    if fault != nil { makeUsable(inspector.unusableRows(of: slices[vector]), in: vector) }
  }

  /// Takes a step with actions of the player, unless there is a fault.
  public func step() {
    if fault == nil { takeStep() }
  }

  private func takeStep() {
    player.act(in: self, into: &chosen)
    swap(&actions, &chosen)
    advance()
  }

  /// Takes a step with the given actions, `[rows, action width]`, unless there is a fault.
  public func step(_ actions: [Float]) {
    precondition(
      actions.count == self.actions.count,
      "\(spec.id): \(actions.count) action numbers for \(rows.count) rows of \(spec.actionSpace.rowWidth)"
    )
    if fault != nil { return }
    self.actions = actions
    advance()
  }

  private func advance() {
    hasEnds = false
    var unusable: [(vector: Int, rows: [Int])] = []
    for i in ranges.indices where isOpen[i] {
      guard stepVector(i) else { continue }
      let first = ranges[i].lowerBound
      let found = inspector.inspect(slices[i]) { !rows[first + $0].isOver }
      note(found.fault, in: i, step: 1)
      if !found.unusable.isEmpty { unusable.append((i, found.unusable)) }
    }
    if Self.advance(&rows, batch, stepLimit) { hasEnds = true }
    if !spec.infos.isEmpty {
      for row in rows.indices where rows[row].isLive {
        spec.infos.add(batch.infos(of: row), to: &infos, at: row * spec.infos.count)
      }
    }
    if hasEnds { findOpen() }
    // The last vector first: one that is taken apart moves those behind it.
    for (vector, rows) in unusable.reversed() { makeUsable(rows, in: vector) }
    if remark != nil { settleRemark() }
  }

  /// Finds out which vectors have an episode that is not over.
  func findOpen() {
    for (i, range) in ranges.enumerated() {
      isOpen[i] = rows[range].contains { !$0.isOver }
    }
  }

  /// Counts a step; says whether an episode is over.
  private static func advance(_ rows: inout [Row], _ batch: StepBatch, _ limit: Int) -> Bool {
    var hasEnds = false
    for i in rows.indices {
      // Those that a fault of this step ended are over.
      rows[i].isLive = !rows[i].isOver
      guard rows[i].isLive else { continue }
      rows[i].length += 1
      rows[i].episodicReturn += batch.rewards[i]
      if batch.terminated[i] || batch.truncated[i] || rows[i].length >= limit {
        rows[i].terminated = batch.terminated[i]
        rows[i].truncated = batch.truncated[i]
        rows[i].isOver = true
        hasEnds = true
      }
    }
    return hasEnds
  }
}
