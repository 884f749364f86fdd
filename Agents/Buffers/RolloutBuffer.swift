/// What on-policy agents collect between two updates: arrays `[steps, environments]` in one block.
public final class RolloutBuffer {
  /// Steps of each environment.
  public let steps: Int
  /// How many environments.
  public let environments: Int
  /// The distance between observation rows: the network's input width, padded to 16.
  public let observationStride: Int
  /// The width of an action row.
  public let actionWidth: Int
  /// The width of an action-mask row.
  public let maskWidth: Int

  /// Network inputs before each step; padding is zero.
  public let observations: UnsafeMutablePointer<Float>
  /// Network inputs at the true end of episodes; only rows that ended are written.
  public let finalObservations: UnsafeMutablePointer<Float>
  /// Actions as they were sampled, before any clipping.
  public let actions: UnsafeMutablePointer<Float>
  /// Rewards as agents learn from them.
  public let rewards: UnsafeMutablePointer<Float>
  /// Rewards as environments paid them.
  public let rawRewards: UnsafeMutablePointer<Double>
  /// V of each observation.
  public let values: UnsafeMutablePointer<Float>
  /// log π of each action when it was taken.
  public let logProbabilities: UnsafeMutablePointer<Float>
  /// Generalized advantages.
  public let advantages: UnsafeMutablePointer<Float>
  /// What values are to learn.
  public let returns: UnsafeMutablePointer<Float>
  /// Which steps terminated.
  public let terminated: UnsafeMutablePointer<Bool>
  /// Which steps ended an episode, either way.
  public let ended: UnsafeMutablePointer<Bool>
  /// Action masks as 0 and 1.
  public let masks: UnsafeMutablePointer<Float>
  private let memory: UnsafeMutableRawPointer

  /// The number of transitions.
  public var count: Int { steps * environments }

  /// A zeroed buffer.
  public init(
    steps: Int, environments: Int, observationWidth: Int, actionWidth: Int, maskWidth: Int = 0
  ) {
    self.steps = steps
    self.environments = environments
    observationStride = (observationWidth + 15) & ~15
    self.actionWidth = actionWidth
    self.maskWidth = maskWidth
    let count = steps * environments
    let sizes = [
      count * observationStride * 4, count * observationStride * 4, count * actionWidth * 4,
      count * 4, count * 8, count * 4, count * 4, count * 4, count * 4, count, count,
      count * maskWidth * 4,
    ].map { ($0 + 63) & ~63 }
    let total = max(64, sizes.reduce(0, +))
    let memory = UnsafeMutableRawPointer.allocate(byteCount: total, alignment: 64)
    self.memory = memory
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
  }

  deinit { memory.deallocate() }

  /// What the policy knew of the steps when it took them.
  var annotations: TrainingReport.Rollout {
    TrainingReport.Rollout(
      logProbabilities: Array(UnsafeBufferPointer(start: logProbabilities, count: count)),
      values: Array(UnsafeBufferPointer(start: values, count: count)))
  }
}
