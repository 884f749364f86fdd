import Foundation
import RLCore
import RLEnvironments
import RLSupport
import TestSupport
import Testing

/// What is saved of an environment, and which states are taken.
@Suite(.needsMuJoCo) struct MuJoCoStateTests {
  /// An environment of a model of one's own after some steps.
  private func begun(_ file: String, steps: Int = 15) throws -> MuJoCoEnvironment<MuJoCoOwnTask> {
    var environment = try MuJoCoEnvironment(MuJoCoOwnTask(file))
    var rng = SeededGenerator(seed: 3)
    _ = environment.reset(using: &rng)
    for i in 0..<steps { _ = environment.step([Float(i % 5) / 4]) }
    return environment
  }

  private func saved(_ environment: MuJoCoEnvironment<MuJoCoOwnTask>) throws -> [UInt8] {
    Array(try JSONText.encode(environment).utf8)
  }

  private func restored(_ bytes: [UInt8]) throws -> MuJoCoEnvironment<MuJoCoOwnTask> {
    try JSONText.decode(bytes)
  }

  private func write(_ model: String, to file: String) throws {
    try Data(model.utf8).write(to: URL(fileURLWithPath: file))
  }

  /// Arrays of the state and outputs of MuJoCo, which are a step behind, by a task that acts by them.
  @Test(arguments: ["dyntype='filter' dynprm='0.1'", "delay='0.02' nsample='12' interp='linear'"])
  func allThatCanBeReadIsRestored(actuator: String) throws {
    try withFolder { folder in
      let file = folder + "/own.xml"
      try write(MuJoCoOwnTask.model(actuator: actuator), to: file)
      var original = try begun(file)
      let isSlow = actuator.contains("filter")
      // act, mocap_pos, time.
      let time = original.observation[isSlow ? 4 : 3]
      #expect(abs(time - original.model.timeStep * 30) < 1e-12)
      #expect(!isSlow || original.observation[0] != 0)
      #expect(original.observation.dropFirst(isSlow ? 1 : 0).prefix(3) == [0, 1, 2])
      // Forces of the ground on the box.
      #expect(original.observation.contains { abs($0) > 5 })
      let state = try saved(original)
      var copies = [original, try restored(state)]
      copies.append(copies[1])
      for copy in copies {
        #expect(copy.observation == original.observation && copy.geoms == original.geoms)
        #expect(copy.positions == original.positions && copy.warningCount == 0)
        #expect(try saved(copy) == state)
      }
      for i in 0..<20 {
        let expected = original.step([Float(i % 3) / 2])
        for k in copies.indices {
          let step = copies[k].step([Float(i % 3) / 2])
          #expect(step.observation == expected.observation && step.reward == expected.reward)
          #expect(copies[k].observation == original.observation)
        }
      }
    }
  }

  @Test func warningsAreRestored() throws {
    var wild = HalfCheetah()
    wild.resetNoiseScale = 1e12
    var environment = try MuJoCoEnvironment(wild)
    var rng = SeededGenerator(seed: 1)
    _ = environment.reset(using: &rng)
    _ = environment.step([0, 0, 0, 0, 0, 0])
    let text = try JSONText.encode(environment)
    let copy = environment
    var restored = try JSONText.decode(text.utf8, as: MuJoCoEnvironment<HalfCheetah>.self)
    #expect(restored.warningCount == environment.warningCount && restored.warningCount > 0)
    #expect(restored.oddity == environment.oddity && copy.oddity == environment.oddity)
    var same = environment
    var (first, second) = (rng, rng)
    _ = restored.reset(using: &first)
    _ = same.reset(using: &second)
    #expect(restored.oddity == same.oddity && restored.warningCount == same.warningCount)
    #expect(
      restored.step([1, 0, 0, 0, 0, 0]).observation == same.step([1, 0, 0, 0, 0, 0]).observation)
  }

  /// A state from before outputs and models were kept goes on with the same bits.
  @Test func earlierStatesAreTaken() throws {
    do {
      var original = try MuJoCoEnvironment(Hopper())
      var rng = SeededGenerator(seed: 3)
      _ = original.reset(using: &rng)
      for _ in 0..<5 { _ = original.step([0.1, 0.2, -0.3]) }
      let text = try JSONText.encode(original)
      guard case .object(var state) = JSONValue(text: Array(text.utf8)) else {
        Issue.record("The state is no object: \(text)")
        return
      }
      for key in ["model", "outputs", "observation"] {
        #expect(state.removeValue(forKey: key) != nil)
      }
      let old = JSONValue.object(state).text()
      var restored = try JSONText.decode(old.utf8, as: MuJoCoEnvironment<Hopper>.self)
      #expect(restored.observation == original.observation)
      #expect(restored.step([0.3, 0, 0]).observation == original.step([0.3, 0, 0]).observation)
    }
  }

  /// A model that was changed is refused, with its file; one that only looks different is not.
  @Test func aStateOfAChangedModelIsRefused() throws {
    try withFolder { folder in
      let file = folder + "/own.xml"
      let model = MuJoCoOwnTask.model()
      try write(model, to: file)
      var registry = EnvironmentRegistry()
      try registry.registerMuJoCo("Own-v0", maxSteps: 50) { MuJoCoOwnTask(file) }
      var vector = try registry.make("Own", count: 2)
      let batch = StepBatch(count: 2, for: vector.spec)
      vector.reset(seed: 1, into: batch)
      for _ in 0..<5 { vector.step([0.1, -0.2], into: batch) }
      var archive = StateArchive()
      vector.save(to: &archive, prefix: "")
      func resume() throws {
        var registry = EnvironmentRegistry()
        try registry.registerMuJoCo("Own-v0", maxSteps: 50) { MuJoCoOwnTask(file) }
        var vector = try registry.make("Own", count: 2)
        try vector.restore(from: archive, prefix: "", offset: 0)
      }
      try resume()
      let commented = model.replacingOccurrences(of: "<sensor>", with: "<!-- hinge --><sensor>")
      try write(commented, to: file)
      try resume()
      let changes = [
        ("size=\".05\"", "size=\".06\""), ("<mujoco>", "<mujoco><option timestep=\"0.003\"/>"),
      ]
      for (old, new) in changes {
        try write(model.replacingOccurrences(of: old, with: new), to: file)
        let error = #expect(throws: StateError.self) { try resume() }
        let words = error?.description ?? ""
        #expect(words.contains("the model \(file) has changed: compiled, it had "), "\(words)")
        #expect(words.contains("put it back as it was, or begin a new training"), "\(words)")
      }
    }
  }

  /// What MuJoCo keeps beside the state would be lost.
  @Test(arguments: ["sleep"])
  func modelsThatCannotBeSavedAreRefused(flag: String) throws {
    try withFolder { folder in
      let file = folder + "/own.xml"
      try write(
        MuJoCoOwnTask.model("<option><flag \(flag)=\"enable\"/></option>"), to: file)
      let error = #expect(throws: MuJoCoError.self) { try MuJoCoEnvironment(MuJoCoOwnTask(file)) }
      let words = error?.description ?? ""
      #expect(words.contains("\(file) does not fit the task: its option flag '\(flag)' is on"))
      // Bare physics can have it.
      let physics = try MuJoCoSimulation(MuJoCoModel.load(file))
      physics.advance(3)
    }
  }
}
