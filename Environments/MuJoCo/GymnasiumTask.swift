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
