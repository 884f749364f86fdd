import Foundation
import RLGym
import Testing

@Suite struct SpeedTests {
  private struct Figure: Decodable {
    var name: String
    var value: Double
  }

  /// A registered environment is measured by itself; masked actions are drawn as the masks say.
  @Test(arguments: [("Taxi", "step/Taxi-v4/1"), ("Pendulum", "step/Pendulum-v1/64")])
  func anEnvironmentIsMeasured(_ name: String, _ benchmark: String) throws {
    try withFolder { folder in
      let result = try Program.run(["speed", name, "--only", benchmark, "--json"], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      let figures = try JSONDecoder().decode([Figure].self, from: Data(result.output.utf8))
      #expect(figures.contains { $0.name == benchmark && $0.value > 0 })
    }
  }

  @Test func whatIsNotMeasuredIsTold() throws {
    try withFolder { folder in
      let unknown = try Program.run(["speed", "Cartpol"], in: folder)
      #expect(unknown.code == 2 && unknown.errors.contains("CartPole"))
      let none = try Program.run(["speed", "CartPole", "--only", "train"], in: folder)
      #expect(none.code == 2 && none.errors.contains("step/CartPole-v1/1024"))
    }
  }

  /// What rebuilds the networks stands in the file.
  @Test func modelsSayWhatTheyAre() throws {
    try withFolder { folder in
      let run = try Program.run(
        [
          "train", "ppo", "CartPole", "--steps", "256", "--no-preset", "--set", "rolloutSteps=64",
          "--set", "activation=relu", "--output", "r", "--no-progress", "--json",
        ], in: folder)
      #expect(run.code == 0, "\(run.errors)")
      let bytes = try FileStore.read(folder.path + "/r/final/policy.safetensors")
      let header = String(decoding: bytes.prefix(4096), as: UTF8.self)
      #expect(header.contains("\"agent\":\"ppo\"") && header.contains("\"format\":\"pt\""))
      #expect(header.contains("\\\"activation\\\":\\\"relu\\\""))
    }
  }
}
