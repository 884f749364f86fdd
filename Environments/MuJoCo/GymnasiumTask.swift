internal import RLCore
package import RLSupport

/// A task of Gymnasium's with its arguments and its sheet.
package protocol GymnasiumTask: MuJoCoTask {
  var modelFile: String { get set }
  var frameSkip: Int { get set }
  /// The task with Gymnasium's defaults.
  init()
  /// Gymnasium's arguments.
  static var arguments: SettingsTable<Self> { get }
  /// Action, observation, reward, start, end, versions.
  static var sheet: String { get }
}

extension GymnasiumTask {
  /// The arguments that all tasks take.
  static var shared: [Setting<Self>] {
    [
      Setting(
        \.modelFile, "xml_file",
        "the model: a path that begins with /, . or ~, or a name of Gymnasium's models"),
      Setting(
        \.frameSkip, "frame_skip", "steps of physics for each step",
        in: Limits("from 1 to 10000") { (1...10_000).contains($0) }),
    ]
  }
}

/// A task that pays for the speed along a track, the x axis.
package protocol TrackTask: GymnasiumTask {
  var forwardRewardWeight: Double { get set }
  var controlCostWeight: Double { get set }
  var resetNoiseScale: Double { get set }
  var excludesPosition: Bool { get set }
}

extension TrackTask {
  /// The arguments that all tasks and those on a track take.
  static var tracked: [Setting<Self>] {
    shared + [
      Setting(
        \.forwardRewardWeight, "forward_reward_weight", "what a m/s forwards is worth", in: .finite),
      Setting(\.controlCostWeight, "ctrl_cost_weight", "cost of the action's squares", in: .finite),
      Setting(\.resetNoiseScale, "reset_noise_scale", "noise at the start", in: .atLeast(0)),
      Setting(
        \.excludesPosition, "exclude_current_positions_from_observation",
        "whether the observation lacks the position on the ground"),
    ]
  }
}

/// A task of the body with 17 joints.
package protocol HumanoidTask: GymnasiumTask {
  var view: HumanoidView { get set }
}

extension HumanoidTask {
  /// The arguments that all tasks take, and what is observed of the body.
  static var viewed: [Setting<Self>] {
    shared + [
      Setting(
        \.view.excludesPosition, "exclude_current_positions_from_observation",
        "whether the observation lacks the position in the plane"),
      Setting(
        \.view.includesInertia, "include_cinert_in_observation",
        "whether it has the bodies' inertia"),
      Setting(
        \.view.includesVelocity, "include_cvel_in_observation",
        "whether it has the bodies' velocity"),
      Setting(
        \.view.includesActuatorForces, "include_qfrc_actuator_in_observation",
        "whether it has the actuators' forces"),
      Setting(
        \.view.includesContactForces, "include_cfrc_ext_in_observation",
        "whether it has contact forces"),
    ]
  }
}

extension EnvironmentRegistry {
  /// Gymnasium's tasks, which are made when they are first asked for; without MuJoCo they tell how to get it.
  mutating func registerMuJoCo() throws(RegistryError) {
    func add<Task: GymnasiumTask>(
      _ id: String, _ type: Task.Type, maxSteps: Int = 1000, solvedAt threshold: Double? = nil,
      _ summary: String
    ) throws(RegistryError) {
      try registerMuJoCo(
        id, maxSteps: maxSteps, rewardThreshold: threshold, summary: summary,
        documentation: Task.sheet, tags: ["mujoco", "continuous-actions"],
        arguments: Task.arguments
      ) { Task() }
    }
    try add("HalfCheetah-v5", HalfCheetah.self, solvedAt: 4800, "Run on two legs in a plane.")
    try add("Hopper-v5", Hopper.self, solvedAt: 3800, "Hop on one leg in a plane without falling.")
    try add("Walker2d-v5", Walker2d.self, "Walk on two legs in a plane without falling.")
    try add("Ant-v5", Ant.self, solvedAt: 6000, "Walk on four legs without turning over.")
    try add("Humanoid-v5", Humanoid.self, "Walk on two legs with a body of 17 joints.")
    try add("HumanoidStandup-v5", HumanoidStandup.self, "Stand up with a body of 17 joints.")
    try add(
      "InvertedPendulum-v5", InvertedPendulum.self, solvedAt: 950,
      "Balance a pole on a cart on a rail.")
    try add(
      "InvertedDoublePendulum-v5", InvertedDoublePendulum.self, solvedAt: 9100,
      "Balance two poles, one on the other, on a cart.")
    try add("Swimmer-v5", Swimmer.self, solvedAt: 360, "Swim with three links in a viscous fluid.")
    try add(
      "Reacher-v5", Reacher.self, maxSteps: 50, solvedAt: -3.75,
      "Bring the tip of an arm to a target.")
    try add(
      "Pusher-v5", Pusher.self, maxSteps: 100, solvedAt: 0, "Push a cylinder to a goal with an arm."
    )
  }
}
