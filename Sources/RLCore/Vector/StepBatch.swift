/// The rows that a vector environment writes, one a sub-environment, in structure-of-arrays form.
///
/// The memory belongs to the caller, is aligned to 64 bytes and never moves, so a batch can be stepped
/// into again and again without allocation. A `slice` shares the memory of its parent. A batch is
/// used by one thread at a time; disjoint slices may be used by different threads.
public final class StepBatch {
  /// The number of sub-environments.
  public let count: Int
  /// The width of an observation row.
  public let observationWidth: Int
  /// The width of an action-mask row; zero if the environment has no masks.
  public let maskWidth: Int
  /// The width of a row of information; zero if the environment's steps have none.
  public let infoWidth: Int
  /// How many choices each component of an action has, for which a mask row has flags; `[maskWidth]` for one.
  package let choices: [Int]

  /// Observations to act on next, `[count, observationWidth]`: after an end, those of the new episode.
  public let observations: UnsafeMutableBufferPointer<Float>
  /// The true last observations, `[count, observationWidth]`; only rows that ended were written.
  public let finalObservations: UnsafeMutableBufferPointer<Float>
  /// Rewards of the step, `[count]`.
  public let rewards: UnsafeMutableBufferPointer<Double>
  /// Which episodes ended inside the decision process, `[count]`.
  public let terminated: UnsafeMutableBufferPointer<Bool>
  /// Which episodes were cut from outside, `[count]`.
  public let truncated: UnsafeMutableBufferPointer<Bool>
  /// Which choices are valid in `observations`, `[count, maskWidth]`.
  public let actionMasks: UnsafeMutableBufferPointer<Bool>
  /// Which choices were valid in `finalObservations`, `[count, maskWidth]`; only rows that ended were written.
  public let finalActionMasks: UnsafeMutableBufferPointer<Bool>
  /// The numbers of the step's information, `[count, infoWidth]` in the order of `EnvironmentSpec.infos`:
  /// those of the last step where an episode ended. A reset leaves them as they are.
  public let infos: UnsafeMutableBufferPointer<Double>

  /// The sub-environment whose last state is drawn when a step ends its episode, before the next one
  /// starts; `nil`, as at first, for none.
  @exclusivity(unchecked)  // One thread uses a batch; checks take a sixth of a CartPole's step.
  public var drawnIndex: Int?
  /// What was told of the last step, the first row first: the action that kept it from being taken, and what
  /// environments said of it in words. The next step begins with none.
  @exclusivity(unchecked)
  public private(set) var notes: [EnvironmentFault] = []
  /// The action that kept the last step from being taken, because no environment can take it; `nil` for a step that was
  /// taken.
  public var fault: EnvironmentFault? {
    notes.first { if case .action = $0.problem { true } else { false } }
  }
  /// Whether there is a `fault`.
  package var hasFault: Bool { !notes.isEmpty && fault != nil }
  /// The actions of the next step if they are known to be possible, so that nobody looks at them again.
  @exclusivity(unchecked)
  package var knownActions: ActionCheck.Known?
  /// What that sub-environment looked like at the end of its last episode; `nil` before, and where
  /// it is not ``Drawable``.
  public var finalDrawing: Drawing? {
    get { picture.drawing }
    set { picture.drawing = newValue }
  }

  /// Shared by all slices of a batch; written by the one that has the drawn sub-environment.
  private final class Picture {
    var drawing: Drawing?
  }

  private let picture: Picture
  private let owner: StepBatch?
  private var knownRanges: [Range<Int>] = []
  private var knownParts: [StepBatch] = []
  private var knownUnderlying: StepBatch?
  private let memory: UnsafeMutableRawPointer?

  /// A zeroed batch for `count` environments of the given kind.
  public convenience init(count: Int, for spec: EnvironmentSpec) {
    self.init(
      count: count, observationWidth: spec.observationSpace.rowWidth,
      maskWidth: spec.masksActions ? spec.actionSpace.choiceWidth : 0, infoWidth: spec.infos.count,
      choices: spec.masksActions ? spec.actionSpace.choices : nil)
  }

  /// A zeroed batch of the given widths; a mask is one of a single choice.
  public convenience init(
    count: Int, observationWidth: Int, maskWidth: Int = 0, infoWidth: Int = 0
  ) {
    self.init(
      count: count, observationWidth: observationWidth, maskWidth: maskWidth, infoWidth: infoWidth,
      choices: nil)
  }

  private init(
    count: Int, observationWidth: Int, maskWidth: Int, infoWidth: Int, choices: [Int]?
  ) {
    precondition(
      min(count, observationWidth, maskWidth, infoWidth) >= 0,
      "StepBatch: count \(count) and widths \(observationWidth), \(maskWidth) and \(infoWidth) must not be negative"
    )
    self.count = count
    self.observationWidth = observationWidth
    self.maskWidth = maskWidth
    self.infoWidth = infoWidth
    self.choices = choices ?? [maskWidth]
    func padded(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
    let rows = padded(count * observationWidth * MemoryLayout<Float>.stride)
    let doubles = padded(count * MemoryLayout<Double>.stride)
    let flags = padded(count)
    let masks = padded(count * maskWidth)
    let infos = padded(count * infoWidth * MemoryLayout<Double>.stride)
    let total = max(64, 2 * rows + doubles + 2 * flags + 2 * masks + infos)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: total, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: total)
    func bound<T>(_ offset: Int, _ type: T.Type, _ count: Int) -> UnsafeMutableBufferPointer<T> {
      UnsafeMutableBufferPointer(
        start: (memory + offset).bindMemory(to: type, capacity: count), count: count)
    }
    observations = bound(0, Float.self, count * observationWidth)
    finalObservations = bound(rows, Float.self, count * observationWidth)
    rewards = bound(2 * rows, Double.self, count)
    terminated = bound(2 * rows + doubles, Bool.self, count)
    truncated = bound(2 * rows + doubles + flags, Bool.self, count)
    actionMasks = bound(2 * rows + doubles + 2 * flags, Bool.self, count * maskWidth)
    finalActionMasks = bound(
      2 * rows + doubles + 2 * flags + masks, Bool.self, count * maskWidth)
    self.infos = bound(
      2 * rows + doubles + 2 * flags + 2 * masks, Double.self, count * infoWidth)
    self.memory = memory
    picture = Picture()
    owner = nil
  }

  private init(slicing parent: StepBatch, _ range: Range<Int>, keepsParent: Bool) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= parent.count,
      "StepBatch: slice \(range) outside of 0..<\(parent.count)")
    count = range.count
    observationWidth = parent.observationWidth
    maskWidth = parent.maskWidth
    infoWidth = parent.infoWidth
    choices = parent.choices
    func part<T>(_ whole: UnsafeMutableBufferPointer<T>, _ width: Int)
      -> UnsafeMutableBufferPointer<T>
    {
      UnsafeMutableBufferPointer(
        rebasing: whole[range.lowerBound * width..<range.upperBound * width])
    }
    observations = part(parent.observations, parent.observationWidth)
    finalObservations = part(parent.finalObservations, parent.observationWidth)
    rewards = part(parent.rewards, 1)
    terminated = part(parent.terminated, 1)
    truncated = part(parent.truncated, 1)
    actionMasks = part(parent.actionMasks, parent.maskWidth)
    finalActionMasks = part(parent.finalActionMasks, parent.maskWidth)
    infos = part(parent.infos, parent.infoWidth)
    owner = keepsParent ? parent : nil
    memory = nil
    picture = parent.picture
    drawnIndex = parent.drawnIndex(in: range)
  }

  private func drawnIndex(in range: Range<Int>) -> Int? {
    drawnIndex.flatMap { range.contains($0) ? $0 - range.lowerBound : nil }
  }

  /// The rows of some consecutive sub-environments, sharing this batch's memory; notes are its own.
  public func slice(_ range: Range<Int>) -> StepBatch {
    StepBatch(slicing: self, range, keepsParent: true)
  }

  /// Consecutive slices that live as long as this batch; made once for the same ranges.
  func parts(_ ranges: [Range<Int>]) -> [StepBatch] {
    if knownRanges != ranges {
      knownRanges = ranges
      knownParts = ranges.map { StepBatch(slicing: self, $0, keepsParent: false) }
    } else {
      for (part, range) in zip(knownParts, ranges) { part.drawnIndex = drawnIndex(in: range) }
    }
    return knownParts
  }

  /// A batch with observation rows of its own and the rest of this one, for what lies beneath a
  /// wrapper that changes the observations' shape; made once.
  func underlying(observationWidth: Int) -> StepBatch {
    if let known = knownUnderlying, known.observationWidth == observationWidth {
      known.drawnIndex = drawnIndex
      return known
    }
    let made = StepBatch(sharing: self, observationWidth: observationWidth)
    knownUnderlying = made
    return made
  }

  private init(sharing parent: StepBatch, observationWidth: Int) {
    count = parent.count
    self.observationWidth = observationWidth
    maskWidth = parent.maskWidth
    infoWidth = parent.infoWidth
    choices = parent.choices
    let size = parent.count * observationWidth
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, 2 * size * MemoryLayout<Float>.stride), alignment: 64)
    let rows = memory.bindMemory(to: Float.self, capacity: max(16, 2 * size))
    rows.initialize(repeating: 0, count: max(16, 2 * size))
    observations = UnsafeMutableBufferPointer(start: rows, count: size)
    finalObservations = UnsafeMutableBufferPointer(start: rows + size, count: size)
    rewards = parent.rewards
    terminated = parent.terminated
    truncated = parent.truncated
    actionMasks = parent.actionMasks
    finalActionMasks = parent.finalActionMasks
    infos = parent.infos
    picture = parent.picture
    drawnIndex = parent.drawnIndex
    owner = nil
    self.memory = memory
  }

  deinit { memory?.deallocate() }
}

extension StepBatch {
  /// Adds a note of the step, of no earlier row than those before.
  @usableFromInline func note(_ fault: EnvironmentFault) { notes.append(fault) }

  /// Begins a step, of which nothing is told yet.
  func forgetNotes() {
    if !notes.isEmpty { notes = [] }
  }

  /// Takes over what was told of the last step in consecutive slices, the first of which begins with row 0. A vector
  /// that steps others into slices of its batch calls it after each step.
  ///
  /// - Parameter slices: The slices.
  public func takeNotes(from slices: [StepBatch]) {
    forgetNotes()
    var first = 0
    for slice in slices {
      for note in slice.notes { notes.append(note.at(index: first + note.index)) }
      first += slice.count
    }
  }

  /// The first component of an action of which the mask of a row allows no choice; `nil` if each has one, or there
  /// are no masks.
  package func starvedComponent(of row: Int) -> Int? { starved(actionMasks, row) }

  /// Whether the value of what comes after a row's last step counts: it was not terminated, and its true last
  /// observation, if its episode was cut, allows an action.
  package func hasFuture(_ row: Int) -> Bool {
    !terminated[row] && !(truncated[row] && starved(finalActionMasks, row) != nil)
  }

  private func starved(_ masks: UnsafeMutableBufferPointer<Bool>, _ row: Int) -> Int? {
    maskWidth == 0 ? nil : choices.starved(from: row * maskWidth) { masks[$0] }
  }
}

extension [Int] {
  /// The first of so many choices of which no value is allowed; `nil` if each has one.
  ///
  /// - Parameters:
  ///   - first: The place of the first flag.
  ///   - isAllowed: The flag at a place: whether a value is allowed.
  @inline(__always)
  func starved(from first: Int = 0, _ isAllowed: (Int) -> Bool) -> Int? {
    var start = first
    for (choice, count) in enumerated() {
      var hasAny = false
      for k in start..<start + count { hasAny = hasAny || isAllowed(k) }
      if !hasAny { return choice }
      start += count
    }
    return nil
  }
}
