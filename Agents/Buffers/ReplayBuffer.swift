internal import Glibc
public import RLCore
public import RLSupport

/// What off-policy agents learn from: the latest transitions of several environments, in arrays
/// `[rows, environments]` of which the oldest row is overwritten.
///
/// Observations are kept as environments write them, so that normalizers may go on learning. A transition
/// keeps the true next observation; `terminated` alone decides whether there is a future to be valued. Memory
/// is claimed page by page as the buffer fills.
public final class ReplayBuffer: Stateful {
  /// How many transitions of each environment are kept.
  public let rows: Int
  /// How many environments.
  public let environments: Int
  /// The width of an observation row.
  public let observationWidth: Int
  /// The width of an action row.
  public let actionWidth: Int
  /// The width of an action-mask row.
  public let maskWidth: Int
  /// The transitions that are there.
  public var count: Int { filledRows * environments }

  /// Observations before the actions, `[slots, observationWidth]`.
  package let observations: UnsafeMutablePointer<Float>
  /// Observations after the actions, `[slots, observationWidth]`.
  package let nextObservations: UnsafeMutablePointer<Float>
  /// Actions as agents know them, `[slots, actionWidth]`.
  package let actions: UnsafeMutablePointer<Float>
  /// Rewards, `[slots]`.
  package let rewards: UnsafeMutablePointer<Float>
  /// Which choices are allowed after the action, `[slots, maskWidth]`.
  package let nextMasks: UnsafeMutablePointer<UInt8>
  /// Bit 0: terminated; bit 1: the episode ended, either way.
  private let flags: UnsafeMutablePointer<UInt8>
  private let memory: UnsafeMutableRawPointer
  /// The bytes of memory that it takes once it is full; but for the priorities, the system gives them out as it fills.
  public let byteCount: Int
  private var filledRows = 0
  private var head = 0
  private let observationRange: StateRange<Float>
  private let actionRange: StateRange<Float>
  private var priorities: SumTree?
  private var largestPriority = 1.0

  /// An empty buffer.
  ///
  /// - Parameters:
  ///   - capacity: How many transitions are kept over all environments; rounded down to whole rows, of
  ///     which there is at least one.
  ///   - environments: How many of them add transitions together.
  ///   - observationWidth: The numbers of an observation.
  ///   - actionWidth: The numbers of an action.
  ///   - maskWidth: The flags of a mask; 0 without masks.
  ///   - isPrioritized: Whether transitions may be drawn by priority.
  ///   - observationRange: What restored observations must be.
  ///   - actionRange: What restored actions must be.
  public init(
    capacity: Int, environments: Int, observationWidth: Int, actionWidth: Int, maskWidth: Int = 0,
    isPrioritized: Bool = false, observationRange: StateRange<Float> = .finite,
    actionRange: StateRange<Float> = .finite
  ) {
    (self.observationRange, self.actionRange) = (observationRange, actionRange)
    rows = max(1, capacity / environments)
    self.environments = environments
    self.observationWidth = observationWidth
    self.actionWidth = actionWidth
    self.maskWidth = maskWidth
    let slots = rows * environments
    let sizes = [
      slots * observationWidth * 4, slots * observationWidth * 4, slots * actionWidth * 4,
      slots * 4, slots * maskWidth, slots,
    ].map { ($0 + 63) & ~63 }
    let total = max(64, sizes.reduce(0, +))
    byteCount = total + (isPrioritized ? SumTree.byteCount(slots) : 0)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: total, alignment: 64)
    self.memory = memory
    var offset = 0
    func place<T>(_ index: Int, _ type: T.Type) -> UnsafeMutablePointer<T> {
      defer { offset += sizes[index] }
      return (memory + offset).bindMemory(
        to: type, capacity: sizes[index] / MemoryLayout<T>.stride)
    }
    observations = place(0, Float.self)
    nextObservations = place(1, Float.self)
    actions = place(2, Float.self)
    rewards = place(3, Float.self)
    nextMasks = place(4, UInt8.self)
    flags = place(5, UInt8.self)
    priorities = isPrioritized ? SumTree(count: slots) : nil
  }

  deinit { memory.deallocate() }

  /// Adds one transition of each environment.
  ///
  /// - Parameters:
  ///   - before: Rows `[environments, observationWidth]` before the actions.
  ///   - taken: Rows `[environments, actionWidth]`.
  ///   - batch: What the step wrote. Where an episode ended, its final observation and mask are taken.
  public func append(
    observations before: Span<Float>, actions taken: Span<Float>, _ batch: StepBatch
  ) {
    precondition(
      batch.count == environments && batch.observationWidth == observationWidth
        && batch.maskWidth == maskWidth,
      "ReplayBuffer: \(batch.count) rows of \(batch.observationWidth) numbers do not fit")
    precondition(
      before.count == environments * observationWidth && taken.count == environments * actionWidth,
      "ReplayBuffer: \(before.count) observation and \(taken.count) action numbers are no rows of \(environments) environments"
    )
    let first = head * environments
    let width = observationWidth
    let after = batch.observations.baseAddress.unsafelyUnwrapped
    let final = batch.finalObservations.baseAddress.unsafelyUnwrapped
    Self.copy(before, to: observations + first * width)
    Self.copy(taken, to: actions + first * actionWidth)
    for i in 0..<environments {
      let ended = batch.terminated[i] || batch.truncated[i]
      let slot = first + i
      (nextObservations + slot * width).update(
        from: (ended ? final : after) + i * width, count: width)
      rewards[slot] = Float(batch.rewards[i])
      flags[slot] = (batch.terminated[i] ? 1 : 0) | (ended ? 2 : 0)
      let masks = ended ? batch.finalActionMasks : batch.actionMasks
      for j in 0..<maskWidth {
        nextMasks[slot * maskWidth + j] = masks[i * maskWidth + j] ? 1 : 0
      }
      priorities?[slot] = largestPriority
    }
    head = head + 1 == rows ? 0 : head + 1
    filledRows = min(rows, filledRows + 1)
  }

  private static func copy(_ numbers: Span<Float>, to target: UnsafeMutablePointer<Float>) {
    numbers.withUnsafeBufferPointer {
      if let source = $0.baseAddress { target.update(from: source, count: $0.count) }
    }
  }

  /// Marks the newest transitions as the last ones of their episodes, where what follows is lost.
  public func cut() {
    guard count > 0 else { return }
    let newest = (head == 0 ? rows : head) - 1
    for i in 0..<environments { flags[newest * environments + i] |= 2 }
  }

  // MARK: Drawing

  /// Fills in slots, each drawn with the same probability, with replacement.
  public func draw(_ slots: inout MutableSpan<Int>, using rng: inout SeededGenerator) {
    slots.withUnsafeMutableBufferPointer { draw($0, using: &rng) }
  }

  func draw(_ slots: UnsafeMutableBufferPointer<Int>, using rng: inout SeededGenerator) {
    precondition(count > 0, "ReplayBuffer: nothing to draw from")
    for i in slots.indices { slots[i] = rng.integer(below: count) }
  }

  /// Fills in slots, drawn with probabilities in proportion to their priorities, one from each equal share of the sum
  /// (Schaul et al. 2016, appendix B.2.1).
  ///
  /// - Parameters:
  ///   - slots: Where the slots go, as many as are drawn.
  ///   - correction: β, how much the importance weights make up for the uneven drawing (section 3.4).
  ///   - weights: Where the weights go, of which the largest is 1.
  ///   - rng: What is drawn from.
  public func draw(
    _ slots: inout MutableSpan<Int>, correction: Double, weights: inout MutableSpan<Float>,
    using rng: inout SeededGenerator
  ) {
    precondition(
      slots.count == weights.count,
      "ReplayBuffer: \(slots.count) slots and \(weights.count) weights")
    slots.withUnsafeMutableBufferPointer { slots in
      weights.withUnsafeMutableBufferPointer {
        draw(slots, correction: correction, weights: $0, using: &rng)
      }
    }
  }

  func draw(
    _ slots: UnsafeMutableBufferPointer<Int>, correction: Double,
    weights: UnsafeMutableBufferPointer<Float>, using rng: inout SeededGenerator
  ) {
    guard let priorities, count > 0 else {
      preconditionFailure("ReplayBuffer: nothing to draw from by priority")
    }
    let share = priorities.total / Double(slots.count)
    var largest = 0.0
    for i in slots.indices {
      slots[i] = priorities.item(at: (Double(i) + rng.uniform()) * share)
      let weight = pow(priorities[slots[i]] / share, -correction)
      weights[i] = Float(weight)
      largest = max(largest, weight)
    }
    for i in slots.indices { weights[i] /= Float(largest) }
  }

  /// Sets the priorities of drawn slots to `(|error| + 1e-6)` to the power of `exponent`, α.
  public func prioritize(_ slots: Span<Int>, errors: Span<Float>, exponent: Double) {
    for i in slots.indices {
      let priority = pow(Double(abs(errors[i])) + 1e-6, exponent)
      largestPriority = max(largestPriority, priority)
      priorities?[slots[i]] = priority
    }
  }

  /// One transition.
  public struct Transition: Sendable, Equatable {
    /// What the agent saw.
    public var observation: [Float]
    /// What it did, as it knows actions.
    public var action: [Float]
    /// What it got.
    public var reward: Float
    /// What it saw then; the true last observation where the episode ended.
    public var nextObservation: [Float]
    /// Which choices that observation allows; empty without masks.
    public var nextMask: [Bool]
    /// Whether the decision process ended.
    public var terminated: Bool
  }

  /// The transition in a slot, from 0 on.
  public func transition(in slot: Int) -> Transition {
    precondition(slot >= 0 && slot < count, "ReplayBuffer: there is nothing in slot \(slot)")
    func row(_ pointer: UnsafeMutablePointer<Float>, _ width: Int) -> [Float] {
      Array(UnsafeBufferPointer(start: pointer + slot * width, count: width))
    }
    return Transition(
      observation: row(observations, observationWidth), action: row(actions, actionWidth),
      reward: rewards[slot], nextObservation: row(nextObservations, observationWidth),
      nextMask: (0..<maskWidth).map { nextMasks[slot * maskWidth + $0] != 0 },
      terminated: flags[slot] & 1 != 0)
  }

  /// What came of a transition within at most `steps` steps.
  ///
  /// The sum stops at the end of the episode and at the newest transition.
  ///
  /// - Returns: The discounted sum of rewards, the slot whose next observation follows the last of them, and
  ///   the weight of that observation's value: `discount` to the power of the steps taken, or zero after
  ///   a termination.
  @inline(__always)
  public func outcome(of slot: Int, steps: Int, discount: Float) -> (
    reward: Float, last: Int, weight: Float
  ) {
    precondition(slot >= 0 && slot < count, "ReplayBuffer: there is nothing in slot \(slot)")
    var (reward, weight, last) = (rewards[slot], discount, slot)
    if steps > 1 {
      var row = slot / environments
      for _ in 1..<steps {
        if flags[last] & 2 != 0 { break }
        row = row + 1 == rows ? 0 : row + 1
        if row == head { break }
        last = row * environments + slot % environments
        reward += weight * rewards[last]
        weight *= discount
      }
    }
    return (reward, last, flags[last] & 1 != 0 ? 0 : weight)
  }

  // MARK: State

  /// The transitions that are there. A state that is refused changes nothing.
  public func visit(_ state: inout StateVisitor) throws(StateError) {
    var place = [filledRows, head]
    try state.array("place", &place, within: .within(0...rows))
    try state.require(
      place[1] < rows && (place[0] == rows || place[0] == place[1]), "place",
      "it is outside of the buffer")
    let (isRestoring, count) = (state.isRestoring, place[0] * environments)
    func numbers<T: Numeric>(_ pointer: UnsafeMutablePointer<T>, _ width: Int) -> [T] {
      isRestoring
        ? Array(repeating: 0, count: count * width)
        : Array(UnsafeBufferPointer(start: pointer, count: count * width))
    }
    var before = numbers(observations, observationWidth)
    var after = numbers(nextObservations, observationWidth)
    var (taken, paid) = (numbers(actions, actionWidth), numbers(rewards, 1))
    var (masks, marks) = (numbers(nextMasks, maskWidth), numbers(flags, 1))
    try state.array("observations", &before, within: observationRange)
    try state.array("next_observations", &after, within: observationRange)
    try state.array("actions", &taken, within: actionRange)
    try state.array("rewards", &paid)
    try state.array("next_masks", &masks, within: .within(0...1))
    try state.array("flags", &marks, within: .within(0...3))
    if let present = priorities {
      var weights =
        isRestoring
        ? Array(repeating: 0, count: count + 1)
        : (0..<count).map { present[$0] } + [largestPriority]
      try state.array("priorities", &weights, within: .within(0...Double.greatestFiniteMagnitude))
      if isRestoring {
        var tree = SumTree(count: rows * environments)
        for i in 0..<count { tree[i] = weights[i] }
        (priorities, largestPriority) = (tree, weights[count])
      }
    }
    guard isRestoring else { return }
    func copy<T>(_ numbers: [T], to pointer: UnsafeMutablePointer<T>) {
      numbers.withUnsafeBufferPointer {
        if let source = $0.baseAddress { pointer.update(from: source, count: $0.count) }
      }
    }
    copy(before, to: observations)
    copy(after, to: nextObservations)
    copy(taken, to: actions)
    copy(paid, to: rewards)
    copy(masks, to: nextMasks)
    copy(marks, to: flags)
    (filledRows, head) = (place[0], place[1])
  }
}
