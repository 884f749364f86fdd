import Foundation
import RLAgents
import RLCore
import RLDatasets
import RLSupport
import RLTensor
import Testing

@Suite struct AdvantageTests {
  private func estimate(
    rewards: [Float], values: [Float], ended: [Bool], last: Float, discount: Float, lambda: Float
  ) -> (advantages: [Float], returns: [Float]) {
    AdvantageEstimation.compute(
      rewards: rewards, values: values, ended: ended, lastValues: [last], discount: discount,
      lambda: lambda)
  }

  private let rewards: [Float] = [1, -2, 0.5, 3, 1, 0]
  private let values: [Float] = [0.5, 1, -1, 2, 0.25, 1.5]

  @Test func lambdaZeroIsTheOneStepError() {
    let ended = [false, false, true, false, false, false]
    let result = estimate(
      rewards: rewards, values: values, ended: ended, last: 4, discount: 0.9, lambda: 0)
    for i in rewards.indices {
      let next: Float = ended[i] ? 0 : i + 1 < values.count ? values[i + 1] : 4
      #expect(abs(result.advantages[i] - (rewards[i] + 0.9 * next - values[i])) < 1e-6)
    }
  }

  @Test func lambdaOneIsTheDiscountedReturn() {
    let result = estimate(
      rewards: rewards, values: values, ended: Array(repeating: false, count: 6), last: 4,
      discount: 0.9, lambda: 1)
    var expected: Float = 4
    for i in rewards.indices.reversed() {
      expected = rewards[i] + 0.9 * expected
      #expect(abs(result.returns[i] - expected) < 1e-5)
      #expect(abs(result.advantages[i] - (expected - values[i])) < 1e-5)
    }
  }

  @Test func theClosedFormHoldsForAnyLambda() {
    let (discount, lambda): (Float, Float) = (0.97, 0.8)
    let ended = [false, false, false, true, false, false]
    let result = estimate(
      rewards: rewards, values: values, ended: ended, last: -1, discount: discount, lambda: lambda)
    for start in rewards.indices {
      var sum: Float = 0
      var weight: Float = 1
      for i in start..<rewards.count {
        let next: Float = ended[i] ? 0 : i + 1 < values.count ? values[i + 1] : -1
        sum += weight * (rewards[i] + discount * next - values[i])
        if ended[i] { break }
        weight *= discount * lambda
      }
      #expect(abs(result.advantages[start] - sum) < 1e-5)
    }
  }
}

@Suite struct ScheduleTests {
  @Test func valuesAtExactPoints() {
    #expect(Schedule.constant(3).value(at: 0.7) == 3)
    #expect(Schedule.linear(from: 1, to: 0).value(at: 0.25) == 0.75)
    #expect(Schedule.linear(from: 1, to: 0).value(at: 2) == 0)
    #expect(abs(Schedule.cosine(from: 1, to: 0).value(at: 0.5) - 0.5) < 1e-12)
    #expect(Schedule.cosine(from: 2, to: 1).value(at: 1) == 1)
  }

  @Test func formsInFiles() {
    #expect(Schedule("3e-4") == .constant(3e-4))
    #expect(Schedule("linear(1e-3,0)") == .linear(from: 1e-3, to: 0))
    #expect(Schedule("linear(1e-3, 1e-4)") == .linear(from: 1e-3, to: 1e-4))
    #expect(Schedule("cosine(1, 0.5)") == .cosine(from: 1, to: 0.5))
    for text in [
      "linear", "linear(", "linear(a)", "linear(1)", "linear(,1)", "linear(1,)", "linear()",
      "linear(1,2,3)", "step(1)", "",
    ] {
      #expect(Schedule(text) == nil)
    }
  }
}

@Suite struct SettingsTests {
  @Test func settingsOverlayDefaults() throws {
    let c = try PPOSettings().overlaid(by: [
      "learningRate": "linear(1e-3, 0)", "epochs": 4, "policyWidths": [128, 64],
      "valueClipRange": 0.3, "normalizeRewards": true, "activation": "relu", "discount": 1,
    ])
    #expect(c.learningRate == .linear(from: 1e-3, to: 0))
    #expect(c.epochs == 4 && c.policyWidths == [128, 64] && c.valueClipRange == .constant(0.3))
    #expect(c.normalizeRewards && c.activation == .relu && c.discount == 1)
    #expect(try c.overlaid(by: ["valueClipRange": nil]).valueClipRange == nil)
  }

  @Test func mistakesAreNamed() {
    func problem(_ settings: [String: JSONValue]) -> String {
      do {
        _ = try PPOSettings().overlaid(by: settings)
        return ""
      } catch { return "\(error)" }
    }
    #expect(problem(["learningrate": 1]).contains("Did you mean 'learningRate'"))
    #expect(problem(["epochs": "many"]).contains("'epochs' must be a whole number, not many"))
    #expect(problem(["epochs": 2.5]).contains("whole number"))
    #expect(problem(["policyWidths": 64]).contains("list"))
    #expect(problem(["activation": "tahn"]).contains("activation"))
    #expect(problem(["normalizeRewards": 1]).contains("true or false"))
  }

  @Test func everyFieldIsAKeyAndEveryKeyAField() throws {
    let data = try JSONEncoder().encode(PPOSettings())
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let names = Set(PPOSettings.table.settings.map(\.name))
    // Optionals without a value are not encoded.
    #expect(names == Set(object.keys).union(["valueClipRange", "targetKL", "recurrent"]))
  }
}

@Suite struct CheckpointTests {
  private func agent() throws -> PPO {
    var c = PPOSettings()
    c.rolloutSteps = 32
    c.policyWidths = [4]
    c.valueWidths = [4]
    let agent = try PPO(
      c, environments: makeVector(1) { Probe(.endless) }, seed: 1, steps: 64, threads: 1)
    try agent.train { _ in .proceed }
    return agent
  }

  private func folder() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("rlgym-\(UUID().uuidString)").path
  }

  @Test func everythingComesBack() throws {
    let (agent, path) = (try agent(), folder())
    defer { try? FileManager.default.removeItem(atPath: path) }
    var extra = StateArchive()
    extra.set("note", .int([42]))
    try Checkpoint.write(agent, extra: extra, to: path)
    try Checkpoint.write(agent, extra: extra, to: path)
    let (state, restored) = try Checkpoint.read(path)
    #expect(state == RLAgentsTests.state(of: agent) && restored == extra)
    #expect(try Checkpoint.readPolicy(path).entries["action_net.weight"]?.shape == [1, 4])
    #expect(!FileManager.default.fileExists(atPath: path + ".tmp"))
  }

  @Test func damageIsNoticed() throws {
    let (agent, path) = (try agent(), folder())
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Checkpoint.write(agent, extra: StateArchive(), to: path)
    let file = path + "/policy.safetensors"
    let bytes = try FileStore.read(file)
    for position in Swift.stride(from: 0, to: bytes.count, by: 37) {
      var damaged = bytes
      damaged[position] ^= 0x10
      try FileStore.write(damaged, to: file)
      #expect(throws: (any Error).self) { try Checkpoint.readPolicy(path) }
    }
    for length in Swift.stride(from: 0, to: bytes.count, by: 41) {
      try FileStore.write(Array(bytes.prefix(length)), to: file)
      #expect(throws: (any Error).self) { try Checkpoint.readPolicy(path) }
    }
    try FileManager.default.removeItem(atPath: file)
    #expect(throws: (any Error).self) { try Checkpoint.readPolicy(path) }
  }
}
