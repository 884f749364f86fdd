public import RLSupport

/// What agents and tools know of an environment.
public struct EnvironmentSpec: Sendable, Equatable {
  /// The full identifier, such as `CartPole-v1`.
  public var id: String
  /// The space of observations.
  public var observationSpace: SpaceSpec
  /// The space of actions.
  public var actionSpace: SpaceSpec
  /// The step after which an episode is truncated; `nil` for no limit.
  public var maxEpisodeSteps: Int?
  /// The mean return from which the task counts as solved.
  public var rewardThreshold: Double?
  /// Whether batches carry action masks.
  public var masksActions: Bool
  /// The arguments that it was made with, by name; those not given have their defaults.
  public var arguments: [String: JSONValue]
  /// The numbers of its steps' information, of which batches carry the rows; none for most.
  public var infos: [InfoField]

  /// A description with every field given.
  public init(
    id: String, observationSpace: SpaceSpec, actionSpace: SpaceSpec, maxEpisodeSteps: Int? = nil,
    rewardThreshold: Double? = nil, masksActions: Bool = false,
    arguments: [String: JSONValue] = [:], infos: [InfoField] = []
  ) {
    self.id = id
    self.observationSpace = observationSpace
    self.actionSpace = actionSpace
    self.maxEpisodeSteps = maxEpisodeSteps
    self.rewardThreshold = rewardThreshold
    self.masksActions = masksActions
    self.arguments = arguments
    self.infos = infos
  }
}
