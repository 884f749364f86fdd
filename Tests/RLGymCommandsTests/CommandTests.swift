import Foundation
import RLCore
import RLSupport
import Testing

/// Help, lists and mistakes of all commands.
@Suite struct CommandTests {
  @Test func debugBuildsSaySo() throws {
    let result = try Program.run(["envs"], in: FileManager.default.temporaryDirectory)
    #if DEBUG
      #expect(result.errors.contains("swift run -c release rlgym envs"), "\(result.errors)")
    #else
      #expect(result.errors == "")
    #endif
  }

  @Test(arguments: [
    "train", "evaluate", "watch", "play", "record", "benchmark", "tune", "plot", "runs", "envs",
    "agents",
    "check",
    "collect", "log", "speed", "doctor",
  ])
  func everyCommandHasHelp(_ command: String) throws {
    try withFolder {
      let result = try Program.run([command, "--help"], in: $0)
      #expect(result.code == 0 && result.output.contains("USAGE: rlgym \(command)"))
    }
  }

  struct Mistake: Sendable {
    var arguments: [String]
    var code: Int32
    var words: [String]
    init(_ arguments: [String], _ code: Int32, _ words: String...) {
      (self.arguments, self.code, self.words) = (arguments, code, words)
    }
  }

  @Test(arguments: [
    Mistake(["train", "ppo", "CartPol"], 2, "Unknown environment 'CartPol'", "'CartPole'"),
    Mistake(["train", "pp", "CartPole"], 2, "Unknown agent 'pp'", "'ppo'"),
    Mistake(["train"], 2, "rlgym train ppo CartPole"),
    Mistake(["train", "ppo", "CartPole", "--set", "epoch=3"], 2, "'epoch'", "'epochs'"),
    Mistake(["train", "ppo", "CartPole", "--set", "epochs=x"], 2, "whole number", "x"),
    Mistake(["train", "ppo", "CartPole", "--set", "epochs"], 2, "key=value"),
    Mistake(["train", "ppo", "CartPole", "--set", "batchSize=1"], 2, "batchSize"),
    Mistake(["train", "ppo", "CartPole", "--steps", "0"], 2, "--steps"),
    Mistake(["train", "ppo", "CartPole", "--checkpoint-every", "0"], 2, "--checkpoint-every"),
    Mistake(["train", "ppo", "CartPole", "--record-every", "0"], 2, "--record-every"),
    Mistake(["train", "ppo", "CartPole", "--nonsense"], 2, "--nonsense", "--help"),
    Mistake(["train", "ppo", "CartPole", "--config", "missing.yaml"], 1, "missing.yaml"),
    Mistake(["train", "ppo", "CartPole", "--output", "/proc/none/run"], 1, "/proc/none/run"),
    Mistake(["train", "ppo", "CartPole", "--output", ""], 2, "no name"),
    Mistake(["record", "--random", "CartPole", "--output", ""], 2, "--output has no name"),
    Mistake(["collect", "--random", "CartPole", "--output", ""], 2, "--output has no name"),
    Mistake(["tune", "ppo", "CartPole", "--output", ""], 2, "--output has no name"),
    Mistake(["benchmark", "ppo", "CartPole", "--output", ""], 2, "--output has no name"),
    Mistake(["train", "sac", "Pendulum", "--stop-at-threshold"], 2, "no threshold", "--threshold"),
    Mistake(
      ["train", "ppo", "CartPole", "--set", "net_arch=8"], 2, "net_arch[pi]", "net_arch[vf]"),
    Mistake(["train", "--resume", "nowhere"], 2, "nowhere", "config.yaml"),
    Mistake(["evaluate", "nowhere"], 2, "nowhere"), Mistake(["check", "Nothing"], 2, "Nothing"),
    Mistake(["speed", "--only", "nothing"], 2, "step/CartPole/1"),
    Mistake(["nonsense"], 2, "--help"),
  ])
  func mistakesAreToldInOneOrTwoLines(_ mistake: Mistake) throws {
    try withFolder {
      let result = try Program.run(mistake.arguments, in: $0)
      #expect(result.code == mistake.code, "\(result.errors)")
      #expect(result.output.isEmpty)
      #expect(result.errors.split(separator: "\n").count <= 2, "\(result.errors)")
      for word in mistake.words { #expect(result.errors.contains(word), "\(result.errors)") }
    }
  }

  @Test func listsAndSheetsShowWhatThereIs() throws {
    try withFolder { folder in
      let list = try Program.run(["envs"], in: folder)
      #expect(list.output.contains("CartPole-v1") && list.output.contains("FrozenLake8x8-v1"))
      let sheet = try Program.run(["envs", "Pendulum"], in: folder)
      #expect(sheet.output.contains("Box(-2.0, 2.0, (1,))") && sheet.output.contains("200 steps"))
      let agent = try Program.run(["agents", "ppo"], in: folder)
      #expect(agent.output.contains("gaeLambda") && agent.output.contains("gae_lambda"))
      let check = try Program.run(["check", "CartPole"], in: folder)
      #expect(check.code == 0 && check.output.contains("CartPole-v1: passed"))
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScriptsKnowTheEnvironments(_ shell: String) throws {
    try withFolder {
      let result = try Program.run(["--generate-completion-script", shell], in: $0)
      #expect(result.code == 0 && result.output.contains("CartPole"))
    }
  }
}
