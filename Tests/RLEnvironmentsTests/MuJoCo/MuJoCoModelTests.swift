import Foundation
import RLCore
import RLEnvironments
import RLSupport
import TestSupport
import Testing

@Suite(.needsMuJoCo) struct MuJoCoModelTests {
  private func write(_ model: String, to file: String) throws {
    try Data(model.utf8).write(to: URL(fileURLWithPath: file))
  }

  private func registry(_ file: String) throws -> EnvironmentRegistry {
    var registry = EnvironmentRegistry()
    try registry.registerMuJoCo("Own-v0", maxSteps: 50) { MuJoCoOwnTask(file) }
    return registry
  }

  /// What MuJoCo says of a model of one's own is a warning of whoever asks for the environment; what it says of
  /// Gymnasium's HalfCheetah is nobody's business.
  @Test func warningsOfLoadingAreTold() throws {
    try withFolder { folder in
      let file = folder + "/own.xml"
      try write(MuJoCoOwnTask.model("<compiler settotalmass=\"3\"/>"), to: file)
      let warnings = try registry(file).resolve("Own").entry.warnings
      #expect(warnings.count == 1)
      #expect(warnings.first?.hasPrefix("MuJoCo warns of the model \(file): ") == true)
      #expect(warnings.first?.contains("'settotalmass' is deprecated") == true)
      #expect(try EnvironmentRegistry.builtIn.resolve("HalfCheetah").entry.warnings.isEmpty)
    }
  }

  /// A list of environments loads no model: that one is none shows where it is asked for.
  @Test func listingLoadsNoModel() throws {
    try withFolder { folder in
      let file = folder + "/own.xml"
      try write("<mujoco><nonsense/></mujoco>", to: file)
      let registry = try registry(file)
      #expect(registry.listing.map(\.needs) == [nil])
      let error = #expect(throws: RegistryError.self) { try registry.resolve("Own") }
      #expect(error?.description.contains("cannot load the model \(file)") == true)
      #expect(registry.listing.first?.needs?.contains("cannot load the model") == true)
      let absent = try self.registry(folder + "/other.xml").listing.first?.needs
      #expect(absent == "a model that fits. There is no model file \(folder)/other.xml")
    }
  }

  /// Environments of an entry share what was made of the file when it was first asked for.
  @Test func vectorsDoWithoutTheFile() throws {
    try withFolder { folder in
      let file = folder + "/own.xml"
      try write(MuJoCoOwnTask.model(), to: file)
      let entry = try registry(file).resolve("Own").entry
      try FileManager.default.removeItem(atPath: file)
      var vector = entry.makeVector(3)
      let batch = StepBatch(count: 3, for: vector.spec)
      vector.reset(seed: 1, into: batch)
      vector.step([0.1, 0.2, 0.3], into: batch)
      #expect(batch.observations.allSatisfy(\.isFinite) && entry.check().passed)
    }
  }

  /// Too little memory for the physics of the model is told in MuJoCo's words.
  @Test func tooLittleMemoryIsTold() throws {
    try withFolder { folder in
      let file = folder + "/own.xml"
      try write(MuJoCoOwnTask.model("<size memory=\"8K\"/>"), to: file)
      let error = #expect(throws: MuJoCoError.self) { try MuJoCoEnvironment(MuJoCoOwnTask(file)) }
      let text = error?.description ?? ""
      #expect(
        text.contains("\(file) does not fit the task: mj_stackAlloc: out of memory"), "\(text)")
      #expect(text.contains("increase <size memory="), "\(text)")
    }
  }

  /// MuJoCo goes on with a pointer to nothing where there is no memory for a model's copy.
  @Test func anErrorThatMuJoCoCannotReturnEndsTheProcess() async throws {
    let result = await #expect(
      processExitsWith: .exitCode(1), observing: [\.standardErrorContent]
    ) {
      let model = try MuJoCoModel.load("ant.xml")
      let library = dlopen(
        String(model.path.dropLast("models/ant.xml".count)) + "libmujoco.so.3.17.0", RTLD_NOW)
      let allocate = dlsym(library, "mju_user_malloc")
      let lacking: @convention(c) (Int) -> UnsafeMutableRawPointer? = { _ in nil }
      allocate?.storeBytes(of: lacking, as: (@convention(c) (Int) -> UnsafeMutableRawPointer?).self)
      _ = try MuJoCoSimulation(model)
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("error: MuJoCo cannot go on with /"), "\(words)")
    #expect(words.contains("/ant.xml: Could not allocate memory."), "\(words)")
  }
}
