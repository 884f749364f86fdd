internal import RLCore
internal import RLSupport

/// What Gymnasium 1.4 knows of the environments that it shares with rlgym, as its `EnvSpec.to_json` writes
/// it, so that `recover_environment` works.
struct GymnasiumSpec {
  /// The name in Gymnasium.
  var id: String
  private var entryPoint: String
  private var rewardThreshold: JSONValue
  private var maxSteps: Int?
  private var keywords: [String: JSONValue]
  private var vectorEntryPoint: String?

  /// The environment that a log's spec describes, if Gymnasium has it with that threshold, and with that time limit or
  /// the argument for it.
  init?(_ spec: EnvironmentSpec) {
    guard let known = Self.known[spec.id],
      known.rewardThreshold == (spec.rewardThreshold.map { JSONValue.double($0) } ?? .null)
    else { return nil }
    var own = spec.arguments
    let isLimited = own.removeValue(forKey: Self.limit) != nil
    guard isLimited || known.maxSteps == spec.maxEpisodeSteps,
      own.keys.allSatisfy(Self.arguments(of: known.id).contains)
    else { return nil }
    self = known
    maxSteps = spec.maxEpisodeSteps
    keywords.merge(own) { $1 }
  }

  /// The argument of `gymnasium.make` for a time limit, which its specs have beside the environment's own.
  private static let limit = "max_episode_steps"

  /// The names of the arguments that Gymnasium's environment takes.
  private static func arguments(of id: String) -> [String] {
    switch id {
    case "CartPole-v0", "CartPole-v1": ["sutton_barto_reward"]
    case "Pendulum-v1": ["g"]
    case "MountainCar-v0", "MountainCarContinuous-v0": ["goal_velocity"]
    case "FrozenLake-v1", "FrozenLake8x8-v1":
      ["map_name", "desc", "is_slippery", "success_rate", "reward_schedule"]
    case "CliffWalking-v1", "CliffWalkingSlippery-v1": ["is_slippery"]
    case "Taxi-v4": ["is_rainy", "fickle_passenger", "rainy_probability", "fickle_probability"]
    case "Blackjack-v1": ["natural", "sab"]
    default: []
    }
  }

  /// The arguments in a spec that Gymnasium wrote, its time limit among them, without those that say how to draw and
  /// those that the name stands for.
  static func arguments(in json: String) -> [String: JSONValue] {
    let spec = JSONValue(text: Array(json.utf8))
    let standard = spec?["id"]?.string.flatMap { known[$0] }
    var arguments = (spec?["kwargs"]?.object ?? [:]).filter { name, value in
      name != "render_mode" && value != .null && standard?.keywords[name] != value
    }
    if let standard, let steps = spec?[limit], steps.int != standard.maxSteps {
      arguments[limit] = .int(steps.int ?? -1)
    }
    return arguments
  }

  private init(
    _ id: String, _ entryPoint: String, threshold: Double?, maxSteps: Int?,
    keywords: [String: JSONValue] = [:], vector: String? = nil
  ) {
    self.id = id
    self.entryPoint = "gymnasium.envs." + entryPoint
    rewardThreshold = threshold.map { .double($0) } ?? .null
    self.maxSteps = maxSteps
    self.keywords = keywords
    vectorEntryPoint = vector.map { "gymnasium.envs." + $0 }
  }

  private static let known: [String: GymnasiumSpec] = {
    let cartPole = "classic_control.cartpole:CartPole"
    let taxi = GymnasiumSpec("Taxi-v4", "toy_text.taxi:TaxiEnv", threshold: 8, maxSteps: 200)
    var specs = [
      GymnasiumSpec(
        "CartPole-v0", cartPole + "Env", threshold: 195, maxSteps: 200,
        vector: cartPole + "VectorEnv"),
      GymnasiumSpec(
        "CartPole-v1", cartPole + "Env", threshold: 475, maxSteps: 500,
        vector: cartPole + "VectorEnv"),
      GymnasiumSpec(
        "Pendulum-v1", "classic_control.pendulum:PendulumEnv", threshold: nil, maxSteps: 200),
      GymnasiumSpec(
        "MountainCar-v0", "classic_control.mountain_car:MountainCarEnv", threshold: -110,
        maxSteps: 200),
      GymnasiumSpec(
        "MountainCarContinuous-v0",
        "classic_control.continuous_mountain_car:Continuous_MountainCarEnv", threshold: 90,
        maxSteps: 999),
      GymnasiumSpec(
        "Acrobot-v1", "classic_control.acrobot:AcrobotEnv", threshold: -100, maxSteps: 500), taxi,
      GymnasiumSpec(
        "FrozenLake-v1", "toy_text.frozen_lake:FrozenLakeEnv", threshold: 0.7, maxSteps: 100,
        keywords: ["map_name": .string("4x4")]),
      GymnasiumSpec(
        "FrozenLake8x8-v1", "toy_text.frozen_lake:FrozenLakeEnv", threshold: 0.85, maxSteps: 200,
        keywords: ["map_name": .string("8x8")]),
      GymnasiumSpec(
        "CliffWalking-v1", "toy_text.cliffwalking:CliffWalkingEnv", threshold: nil, maxSteps: nil),
      GymnasiumSpec(
        "CliffWalkingSlippery-v1", "toy_text.cliffwalking:CliffWalkingEnv", threshold: nil,
        maxSteps: nil, keywords: ["is_slippery": .bool(true)]),
      GymnasiumSpec(
        "Blackjack-v1", "toy_text.blackjack:BlackjackEnv", threshold: nil, maxSteps: nil,
        keywords: ["sab": .bool(true), "natural": .bool(false)]),
    ].reduce(into: [:]) { $0[$1.id] = $1 }
    // Gymnasium no longer has Taxi-v3; as v4 is by default, it is the same.
    specs["Taxi-v3"] = taxi
    return specs
  }()

  /// The text that Gymnasium's `EnvSpec.from_json` reads.
  var json: String {
    JSONValue.object([
      "id": .string(id), "entry_point": .string(entryPoint), "reward_threshold": rewardThreshold,
      "nondeterministic": .bool(false), "max_episode_steps": maxSteps.map { .int($0) } ?? .null,
      "order_enforce": .bool(true), "disable_env_checker": .bool(false),
      "kwargs": .object(keywords), "additional_wrappers": .array([]),
      "vector_entry_point": vectorEntryPoint.map { .string($0) } ?? .null,
    ]).text()
  }
}
