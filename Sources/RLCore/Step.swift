/// What one step of an environment leads to.
///
/// `terminated` is an end inside the decision process: nothing comes after, so nothing is
/// bootstrapped. `truncated` is an end from outside, such as a time limit: the value of the last
/// observation still counts. Both may be true at once.
public struct Step<Observation: Sendable, Info: StepInfo>: Sendable {
  /// The observation after the step.
  public var observation: Observation
  /// The reward of the step.
  public var reward: Double
  /// Whether the decision process ended.
  public var terminated: Bool
  /// Whether the episode was cut from outside.
  public var truncated: Bool
  /// Diagnostics of the step.
  public var info: Info

  /// A step with every field given.
  @inlinable public init(
    observation: Observation, reward: Double, terminated: Bool, truncated: Bool, info: Info = Info()
  ) {
    self.observation = observation
    self.reward = reward
    self.terminated = terminated
    self.truncated = truncated
    self.info = info
  }

  /// A step after which the episode goes on.
  @inlinable public static func next(
    _ observation: Observation, reward: Double, info: Info = Info()
  ) -> Self {
    Self(observation: observation, reward: reward, terminated: false, truncated: false, info: info)
  }

  /// The last step of an episode that ended by itself.
  @inlinable public static func terminal(
    _ observation: Observation, reward: Double, info: Info = Info()
  ) -> Self {
    Self(observation: observation, reward: reward, terminated: true, truncated: false, info: info)
  }

  /// The last step of an episode that was cut from outside.
  @inlinable public static func truncation(
    _ observation: Observation, reward: Double, info: Info = Info()
  ) -> Self {
    Self(observation: observation, reward: reward, terminated: false, truncated: true, info: info)
  }

  /// Whether the episode is over.
  @inlinable public var ended: Bool { terminated || truncated }
}
