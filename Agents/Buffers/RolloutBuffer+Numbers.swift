extension RolloutBuffer {
  /// Numbers of a transition.
  public enum Field: Sendable {
    /// Network inputs, `observationSpace.flatWidth` a transition: one-hot where discrete.
    case observations
    /// Choices as indices from 0 on, `actionSpace.rowWidth` a transition.
    case actions
    /// 1 for allowed choices, `actionSpace.choiceWidth` a transition; empty without masks.
    case masks
    /// Rewards; with γ times the value of the true last observation where an episode was cut.
    case rewards
    /// V of the observation.
    case values
    /// log π of the action.
    case logProbabilities
    /// Generalized advantages.
    case advantages
    /// What values are to learn.
    case returns
  }

  /// The numbers of all transitions, `[steps, environments]`, row-major; copied.
  public subscript(field: Field) -> [Float] {
    func rows(_ numbers: UnsafePointer<Float>, _ width: Int, stride: Int) -> [Float] {
      (0..<count).flatMap { UnsafeBufferPointer(start: numbers + $0 * stride, count: width) }
    }
    return switch field {
    case .observations: rows(observations, observationWidth, stride: observationStride)
    case .actions: rows(actions, actionWidth, stride: actionWidth)
    case .masks: rows(masks, maskWidth, stride: maskWidth)
    case .rewards: Array(all(rewards))
    case .values: Array(all(values))
    case .logProbabilities: Array(all(logProbabilities))
    case .advantages: Array(all(advantages))
    case .returns: Array(all(returns))
    }
  }

  /// Whether an episode ended with each transition, terminated or cut, `[steps, environments]`; copied.
  public var ends: [Bool] { Array(all(ended)) }
}
