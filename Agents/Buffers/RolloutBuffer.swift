/// What on-policy agents collect between two updates: arrays `[steps, environments]` in one block.
public final class RolloutBuffer {
  /// Steps of each environment.
  public let steps: Int
  /// How many environments.
  public let environments: Int
  /// The width of a network input.
  let observationWidth: Int
  /// The distance between network inputs: their width, padded to 16.
  let observationStride: Int
  /// The width of an action row.
  let actionWidth: Int
  /// The width of an action-mask row.
  let maskWidth: Int
  /// The width of a row of information.
  let infoWidth: Int

  /// Network inputs before each step; padding is zero.
  let observations: UnsafeMutablePointer<Float>
  /// Network inputs at the true end of episodes; only rows that ended are written.
  let finalObservations: UnsafeMutablePointer<Float>
  /// Actions as they were sampled, before any clipping.
  let actions: UnsafeMutablePointer<Float>
  /// Rewards as agents learn from them.
  let rewards: UnsafeMutablePointer<Float>
  /// Rewards as environments paid them.
  let rawRewards: UnsafeMutablePointer<Double>
  /// V of each observation.
  let values: UnsafeMutablePointer<Float>
  /// log π of each action when it was taken.
  let logProbabilities: UnsafeMutablePointer<Float>
  /// Generalized advantages.
  let advantages: UnsafeMutablePointer<Float>
  /// What values are to learn.
  let returns: UnsafeMutablePointer<Float>
  /// Which steps terminated, or were cut where no action is allowed: nothing is bootstrapped.
  let terminated: UnsafeMutablePointer<Bool>
  /// Which steps ended an episode, either way.
  let ended: UnsafeMutablePointer<Bool>
  /// Action masks as 0 and 1.
  let masks: UnsafeMutablePointer<Float>
  /// V of the observations after the last step, `[environments]`.
  let lastValues: UnsafeMutablePointer<Float>
  /// The numbers of the steps' information, `[steps, environments, infoWidth]`.
  let infos: UnsafeMutablePointer<Double>
  /// What recurrent networks need beside, if there are any.
  let memory: RolloutMemory?
  private let block: UnsafeMutableRawPointer

  /// The number of transitions.
  public var count: Int { steps * environments }

  /// A zeroed buffer.
  ///
  /// - Parameters:
  ///   - memoryWidth: How many numbers a recurrent policy remembers; 0 for others.
  ///   - sequenceLength: The steps of a sequence that recurrent networks learn from at once.
  init(
    steps: Int, environments: Int, observationWidth: Int, actionWidth: Int, maskWidth: Int = 0,
    infoWidth: Int = 0, memoryWidth: Int = 0, sequenceLength: Int = 1
  ) {
    memory =
      memoryWidth == 0
      ? nil
      : RolloutMemory(
        steps: steps, environments: environments, sequenceLength: sequenceLength,
        width: memoryWidth)
    self.steps = steps
    self.environments = environments
    self.observationWidth = observationWidth
    observationStride = (observationWidth + 15) & ~15
    self.actionWidth = actionWidth
    self.maskWidth = maskWidth
    self.infoWidth = infoWidth
    let count = steps * environments
    let sizes = [
      count * observationStride * 4, count * observationStride * 4, count * actionWidth * 4,
      count * 4, count * 8, count * 4, count * 4, count * 4, count * 4, count, count,
      count * maskWidth * 4, environments * 4, count * infoWidth * 8,
    ].map { ($0 + 63) & ~63 }
    let total = max(64, sizes.reduce(0, +))
    let memory = UnsafeMutableRawPointer.allocate(byteCount: total, alignment: 64)
    block = memory
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: total)
    var offset = 0
    var index = 0
    func next<T>(_ type: T.Type) -> UnsafeMutablePointer<T> {
      defer {
        offset += sizes[index]
        index += 1
      }
      return (memory + offset).bindMemory(
        to: type, capacity: sizes[index] / MemoryLayout<T>.stride)
    }
    observations = next(Float.self)
    finalObservations = next(Float.self)
    actions = next(Float.self)
    rewards = next(Float.self)
    rawRewards = next(Double.self)
    values = next(Float.self)
    logProbabilities = next(Float.self)
    advantages = next(Float.self)
    returns = next(Float.self)
    terminated = next(Bool.self)
    ended = next(Bool.self)
    masks = next(Float.self)
    lastValues = next(Float.self)
    infos = next(Double.self)
  }

  deinit { block.deallocate() }

  /// What the policy knew of the steps when it took them.
  var annotations: TrainingReport.Rollout {
    TrainingReport.Rollout(
      logProbabilities: Array(all(logProbabilities)), values: Array(all(values)))
  }

  /// The numbers of all steps, of an array `[steps, environments]`.
  func all<T>(_ numbers: UnsafeMutablePointer<T>) -> UnsafeMutableBufferPointer<T> {
    UnsafeMutableBufferPointer(start: numbers, count: count)
  }
}
