import Foundation
import RLCore
import RLEnvironments
import RLSupport
import Testing

@Suite(.needsMuJoCo) struct MuJoCoEnvironmentTests {
  /// Everything that some steps show, with the state of the physics.
  private func play<Task: MuJoCoTask>(
    _ environment: inout MuJoCoEnvironment<Task>, _ steps: Int, seed: UInt64
  ) -> [UInt64] {
    var draw = SeededGenerator(seed: seed)
    return (0..<steps).flatMap { _ -> [UInt64] in
      let action = MuJoCoFixture.action(environment.actionSpace.high, using: &draw)
      let step = environment.step(action)
      var numbers = environment.observation
      numbers += environment.positions
      numbers += environment.velocities
      numbers.append(step.reward)
      for geom in environment.geoms { numbers += [geom.position.x, geom.axes[2].z] }
      return numbers.map { $0.bitPattern }
    }
  }

  private func begun<Task: MuJoCoTask>(_ task: Task, steps: Int) throws -> MuJoCoEnvironment<Task> {
    var environment = try MuJoCoEnvironment(task)
    var rng = SeededGenerator(seed: 5)
    _ = environment.reset(using: &rng)
    _ = play(&environment, steps, seed: 6)
    return environment
  }

  /// In mid-episode, with contacts: the forces of the last step are where the solver begins the next one.
  private func snapshotsGoOn<Task: MuJoCoTask>(_ task: Task) throws {
    var original = try begun(task, steps: 40)
    var copies = [original, original, original]
    let expected = play(&original, 30, seed: 7)
    #expect(play(&copies[0], 30, seed: 7) == expected)
    _ = play(&copies[1], 12, seed: 8)
    #expect(play(&copies[2], 30, seed: 7) == expected)
    #expect(copies[0].model === original.model)
  }

  @Test func aCopyIsASnapshot() throws {
    try snapshotsGoOn(HalfCheetah())
    try snapshotsGoOn(Ant())
    try snapshotsGoOn(Humanoid())
  }

  private func encodingKeepsTheBits<Task: MuJoCoTask>(_ task: Task) throws {
    var original = try begun(task, steps: 40)
    let text = try JSONText.encode(original)
    var restored = try JSONText.decode(Array(text.utf8), as: MuJoCoEnvironment<Task>.self)
    #expect(play(&restored, 30, seed: 7) == play(&original, 30, seed: 7))
  }

  @Test func aSavedEnvironmentGoesOnWithTheSameBits() throws {
    try encodingKeepsTheBits(Hopper())
    try encodingKeepsTheBits(Ant())
    try encodingKeepsTheBits(HumanoidStandup())
    try encodingKeepsTheBits(Pusher())
  }

  @Test func oneThatHasNotBegunIsSavedWithoutPhysics() throws {
    let text = try JSONText.encode(MuJoCoEnvironment(Hopper()))
    #expect(!text.contains("physics") && text.contains("\"inf\""))
    var restored = try JSONText.decode(Array(text.utf8), as: MuJoCoEnvironment<Hopper>.self)
    var rng = SeededGenerator(seed: 0)
    _ = restored.reset(using: &rng)
    let known = try #require(MuJoCoFixture.loaded["Hopper-v5"]?.runs[0].first_numbers)
    #expect(restored.observation == known)
  }

  @Test func aStateOfAnotherModelIsRefused() throws {
    let hopper = try JSONText.encode(try begun(Hopper(), steps: 3))
    var other = Hopper()
    other.modelFile = "walker2d_v5.xml"
    _ = try MuJoCoEnvironment(other)
    for (a, b) in [("hopper.xml", "walker2d_v5.xml"), ("\"physics\":\"", "\"physics\":\"AAAA")] {
      let changed = hopper.replacingOccurrences(of: a, with: b)
      #expect(changed != hopper)
      #expect(throws: (any Error).self) {
        try JSONText.decode(Array(changed.utf8), as: MuJoCoEnvironment<Hopper>.self)
      }
    }
  }

  @Test func copiesCanBeSteppedByOtherThreads() async throws {
    let original = try begun(Ant(), steps: 20)
    let results = await withTaskGroup(of: [UInt64].self) { group in
      for _ in 0..<6 {
        group.addTask {
          var copy = original
          return self.play(&copy, 25, seed: 9)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.count == 6 && Set(results).count == 1)
  }

  @Test func numbersThatAreNoActionsLeadNowhereElse() throws {
    var environment = try begun(HalfCheetah(), steps: 3)
    let step = environment.step([1e30, -1e30, 3e38, 0, 0, 0])
    #expect(step.observation.allSatisfy(\.isFinite) && environment.failure == nil)
  }

  /// MuJoCo begins anew where velocities are huge: Gymnasium goes on, and so does this, but it can be seen.
  @Test func aSimulationThatBreaksDownIsCounted() throws {
    var wild = HalfCheetah()
    wild.resetNoiseScale = 1e12
    var environment = try MuJoCoEnvironment(wild)
    var rng = SeededGenerator(seed: 1)
    _ = environment.reset(using: &rng)
    _ = environment.step([0, 0, 0, 0, 0, 0])
    #expect(environment.warningCount > 0)
    #expect(environment.oddity?.contains("were huge or no numbers") == true)
    #expect(environment.positions.allSatisfy { abs($0) < 1 })
    #expect(!FileManager.default.fileExists(atPath: "MUJOCO_LOG.TXT"))
  }

  /// Whoever acts in a vector is told once, with the environment.
  @Test(arguments: [1, 2])
  func theInspectorTellsOfIt(threads: Int) throws {
    let entry = try EnvironmentRegistry.builtIn.resolve(
      "HalfCheetah", ["reset_noise_scale": 1e12, "max_episode_steps": 2]
    ).entry
    var vector = entry.makeVector(2)
    if threads > 1 { vector = ParallelEnvironments(vector, threads: threads) }
    let batch = StepBatch(count: 2, for: vector.spec)
    var inspector = StepInspector(vector.spec)
    vector.reset(seed: 1, into: batch)
    var remarks: [EnvironmentFault] = []
    for _ in 0..<6 {
      vector.step([Float](repeating: 0, count: 12), into: batch)
      #expect(inspector.inspect(batch) == nil)
      if let remark = inspector.takeRemark() { remarks.append(remark) }
    }
    #expect(remarks.count == 1)
    let words = remarks.first?.remarkText ?? ""
    #expect(words.contains("HalfCheetah-v5, environment 0: "), "\(words)")
  }

  @Test func geomsAreWhereTheModelHasThem() throws {
    let environment = try begun(HalfCheetah(), steps: 2)
    let geoms = environment.geoms
    #expect(geoms.count == 9 && geoms[0].kind == .plane && geoms[0].name == "floor")
    #expect(geoms.dropFirst().allSatisfy { $0.kind == .capsule && $0.size.x == 0.046 })
    let thigh = try #require(geoms.first { $0.name == "bthigh" })
    #expect(
      abs(thigh.size.y - 0.145) < 1e-12
        && thigh.body == environment.model.index(of: "bthigh", .body))
    for axis in thigh.axes { #expect(abs((axis * axis).sum() - 1) < 1e-12) }
    #expect(abs(thigh.position.y) < 1e-12 && thigh.position.z > 0)
    #expect(thigh.color == SIMD4(0.8, 0.6, 0.4, 1))
  }

  @Test func modelsAreSharedWhileTheyAreInUse() throws {
    let first = try MuJoCoModel.load("ant.xml")
    #expect(try MuJoCoModel.load("ant.xml") === first)
    #expect(try MuJoCoModel.load(first.path) === first)
    #expect(first.timeStep == 0.01 && first.positionCount == 15 && first.velocityCount == 14)
    #expect(first.controlCount == 8 && first.bodyCount == 14)
    #expect(first.name(of: 1, .body) == "torso" && first.index(of: "nobody", .body) == nil)
    #expect(first.values(of: "no_such_field") == nil && first.integers(of: "body_mass") == nil)
    #expect(first.highestControls == Array(repeating: 1, count: 8))
  }

  @Test(
    arguments: [
      ("HalfCheetah", "xml_file", "nowhere.xml", "There is no model file"),
      ("HalfCheetah", "xml_file", "./nowhere.xml", "There is no model file ./nowhere.xml"),
      ("HalfCheetah", "xml_file", "/etc/passwd", "MuJoCo cannot load the model /etc/passwd: XML"),
      ("HalfCheetah", "xml_file", "./nowhere.xml", "'xml_file' cannot be taken. There is"),
      ("Reacher", "xml_file", "ant.xml", "has no body 'fingertip'"),
      ("Humanoid", "xml_file", "reacher.xml", "it has 4 positions and 4 velocities"),
      ("InvertedDoublePendulum", "xml_file", "swimmer.xml", "fewer than 1 sites"),
      ("Ant", "main_body", "wing", "it has no body wing"),
      ("Ant", "main_body", "wing", "Ant-v5: 'main_body' cannot be taken. The model "),
      ("Ant", "main_body", "14", "it has no body 14"),
      ("Hopper", "healthy_z_range", "2,1", "two numbers such as 0.7,inf"),
      ("Hopper", "frame_skip", "0", "from 1 to 10000"),
    ])
  func argumentsThatDoNotFitAreTold(
    _ task: String, _ name: String, _ value: String, _ words: String
  )
    throws
  {
    let given: JSONValue = Int(value).map { .int($0) } ?? .string(value)
    let error = #expect(throws: RegistryError.self) {
      try EnvironmentRegistry.builtIn.resolve(task, [name: given])
    }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  /// The argument without which it would do, or all of them.
  @Test func theArgumentThatIsToBlameIsNamed() throws {
    func problem(_ arguments: [String: JSONValue]) -> String {
      do {
        _ = try EnvironmentRegistry.builtIn.resolve("Ant", arguments)
        return ""
      } catch { return error.description }
    }
    let innocent: [String: JSONValue] = ["healthy_reward": 2, "frame_skip": 4]
    let one = problem(innocent.merging(["main_body": "wing"]) { $1 })
    #expect(one.hasPrefix("Ant-v5: 'main_body' cannot be taken. "), "\(one)")
    let other = problem(innocent.merging(["xml_file": "nowhere.xml"]) { $1 })
    #expect(other.hasPrefix("Ant-v5: 'xml_file' cannot be taken. "), "\(other)")
    let both = problem(["main_body": "wing", "xml_file": "nowhere.xml"])
    #expect(both.hasPrefix("Ant-v5: 'xml_file' cannot be taken with 'main_body'. "), "\(both)")
    #expect(try EnvironmentRegistry.builtIn.resolve("Ant", innocent).entry.id == "Ant-v5")
  }

  @Test func argumentsChangeTheObservation() throws {
    let registry = EnvironmentRegistry.builtIn
    func width(_ name: String, _ arguments: [String: JSONValue]) throws -> Int {
      try registry.resolve(name, arguments).entry.spec.observationSpace.rowWidth
    }
    #expect(try width("Ant", [:]) == 105)
    #expect(try width("Ant", ["include_cfrc_ext_in_observation": false]) == 27)
    #expect(try width("Humanoid", ["include_cinert_in_observation": false]) == 348 - 130)
    #expect(try width("HalfCheetah", ["exclude_current_positions_from_observation": false]) == 18)
    let range = try registry.resolve("Hopper", ["healthy_z_range": "0.5,inf"]).entry
    #expect(range.arguments.sheet.contains { $0.contains("[0.5, inf]") })
  }
}
