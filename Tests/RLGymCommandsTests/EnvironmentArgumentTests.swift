import Foundation
import RLGym
import Testing

@Suite struct EnvironmentArgumentTests {
  private func run(_ words: String, in folder: URL) throws -> Program {
    try Program.run(words.split(separator: " ").map(String.init), in: folder)
  }

  @Test func aRunKeepsTheArgumentsOfItsEnvironment() throws {
    try withFolder { folder in
      let words =
        "train dqn FrozenLake --steps 1500 --seed 3 --no-progress --log-rollouts --output r"
      let train = try run(
        words + " --env-set desc=[SFF,FHF,FFG] --env-set is_slippery=false", in: folder)
      #expect(train.code == 0, "\(train.errors)")
      let config = try String(
        contentsOf: folder.appendingPathComponent("r/config.yaml"), encoding: .utf8)
      #expect(
        config.contains("env_set: [\"desc=[SFF, FHF, FFG]\", is_slippery=false]\n"), "\(config)")
      let evaluate = try run("evaluate r --episodes 5", in: folder)
      #expect(evaluate.code == 0, "\(evaluate.errors)")
      let verify = try run("log verify r", in: folder)
      #expect(
        verify.code == 0 && verify.output.contains("every bit is the same"),
        "\(verify.output)\(verify.errors)")
      let info = try run("log info r", in: folder)
      #expect(info.output.contains("FrozenLake-v1, desc=[SFF, FHF, FFG], is_slippery=false"))
      let again = try run(
        "train dqn FrozenLake --config r/config.yaml --steps 1500 --no-progress --output s",
        in: folder)
      #expect(again.code == 0, "\(again.errors)")
      func model(_ run: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent("\(run)/final/policy.safetensors"))
      }
      #expect(try model("r") == model("s"))
      #expect(try run("train --resume r --no-progress", in: folder).code == 0)
    }
  }

  /// As `gymnasium.make(..., max_episode_steps=)`.
  @Test func aRunKeepsItsTimeLimit() throws {
    try withFolder { folder in
      let train = try run(
        "train ppo MountainCar --steps 2048 --seed 3 --no-progress --output r --env-set max_episode_steps=30",
        in: folder)
      #expect(train.code == 0, "\(train.errors)")
      for words in [
        "evaluate r --episodes 5 --json", "train --resume r --steps 8192 --no-progress --json",
      ] {
        let result = try run(words, in: folder)
        #expect(
          result.code == 0 && result.output.contains("-30"), "\(result.output)\(result.errors)")
        #expect(!result.output.contains("-200"))
      }
      let rows = try String(
        contentsOf: folder.appendingPathComponent("r/monitor.csv"), encoding: .utf8
      ).split(separator: "\n").dropFirst(2)
      #expect(rows.count > 100 && rows.allSatisfy { $0.hasPrefix("-30,30,") })
    }
  }

  @Test func studiesKeepTheArgumentsOfTheirEnvironments() throws {
    try withFolder { folder in
      let yaml = """
        agents: [dqn]
        environments: [FrozenLake]
        environmentArguments: {FrozenLake: {is_slippery: false, desc: [SFF, FHG]}}
        steps: 600
        seeds: 1
        points: 2
        """
      let file = folder.appendingPathComponent("study.yaml")
      try yaml.write(to: file, atomically: true, encoding: .utf8)
      let study = try run("benchmark --config study.yaml --output s", in: folder)
      #expect(study.code == 0, "\(study.errors)")
      let path = "s/runs/dqn/FrozenLake-v1/seed-0/config.yaml"
      let config = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
      #expect(config.contains("is_slippery=false"), "\(config)")
      // The file of the study is read back.
      let again = try run("benchmark --output s --seeds 2", in: folder)
      #expect(again.code == 0, "\(again.errors)")
      try yaml.replacing("is_slippery", with: "slippery")
        .write(to: file, atomically: true, encoding: .utf8)
      let wrong = try run("benchmark --config study.yaml --output t", in: folder)
      #expect(wrong.code == 2 && wrong.errors.contains("is_slippery"), "\(wrong.errors)")
      // What the command line says is the same study.
      let typed = try run(
        "benchmark dqn FrozenLake --env-set is_slippery=false --env-set desc=[SFF,FHG] --steps 600 --seeds 1 --output u",
        in: folder)
      #expect(typed.code == 0, "\(typed.errors)")
      func model(_ study: String) throws -> Data {
        let run = "\(study)/runs/dqn/FrozenLake-v1/seed-0/final/policy.safetensors"
        return try Data(contentsOf: folder.appendingPathComponent(run))
      }
      #expect(try model("u") == model("s"))
    }
  }

  @Test func searchesKeepTheArgumentsOfTheirEnvironment() throws {
    try withFolder { folder in
      let tune = try run(
        "tune ppo CartPole --env-set sutton_barto_reward=true --trials 2 --steps 512 --confirm 0 --seeds-per-trial 1 --output s",
        in: folder)
      #expect(tune.code == 0, "\(tune.errors)")
      func text(_ path: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
      }
      #expect(try text("s/best.yaml").contains("env_set: [sutton_barto_reward=true]"))
      #expect(
        try text("s/tune.yaml").contains("environmentArguments:\n  sutton_barto_reward: true\n"))
      #expect(try run("tune --trials 3 --output s", in: folder).code == 0)
    }
  }

  @Test func collectedEpisodesAreOfTheVariantThatWasAskedFor() throws {
    try withFolder { folder in
      let collect = try run(
        "collect --random CartPole --env-set sutton_barto_reward=true --episodes 5 --seed 1 --output a-v0",
        in: folder)
      #expect(collect.code == 0, "\(collect.errors)")
      #expect(try run("log verify a-v0", in: folder).code == 0)
      let metadata = try String(
        contentsOf: folder.appendingPathComponent("a-v0/data/metadata.json"), encoding: .utf8)
      #expect(metadata.contains(#"\"kwargs\":{\"sutton_barto_reward\":true}"#), "\(metadata)")
      #expect(try run("log verify a-v0 --environment CartPole", in: folder).code == 1)
      let from = try run(
        "train dqn CartPole --steps 500 --from-log a-v0 --no-progress --output r", in: folder)
      #expect(
        from.code == 0
          && from.errors.contains("recorded in CartPole-v1 with sutton_barto_reward=true"),
        "\(from.errors)")
      #expect(
        try run("collect --random CartPole --episodes 5 --seed 1 --output b-v0", in: folder).code
          == 0)
      #expect(try run("log merge a-v0 b-v0 --output c-v0", in: folder).code != 0)
    }
  }

  @Test(arguments: [
    ("train ppo CartPole --env-set sutton=true", "sutton_barto_reward"),
    ("train ppo CartPole --env-set sutton_barto_reward", "must have the form key=value"),
    ("check Pendulum --env-set g=heavy", "must be a number"),
    ("watch --random CartPole --text --env-set g=1", "takes no argument 'g'"),
    ("train --resume x --env-set g=1", "leave out --env-set"),
    ("collect x --env-set g=1 --output y", "goes with --random"),
    ("benchmark ppo CartPole,Acrobot --env-set sutton_barto_reward=true --output y", "Acrobot-v1"),
    ("benchmark --output y --env-set g=1", "leave out --steps, --no-preset and --env-set"),
  ])
  func mistakes(_ words: String, _ text: String) throws {
    try withFolder { folder in
      let result = try run(words, in: folder)
      #expect(result.code == 2 && result.errors.contains(text), "\(result.errors)")
    }
  }

  @Test func sheetsShowArguments() throws {
    try withFolder { folder in
      let sheet = try run("envs FrozenLake", in: folder)
      #expect(sheet.output.contains("is_slippery") && sheet.output.contains("[SFFF, FHFH"))
      let other = try run("envs FrozenLake --env-set is_slippery=false", in: folder)
      #expect(other.output != sheet.output)
      #expect(try run("check FrozenLake --env-set is_slippery=false", in: folder).code == 0)
    }
  }
}
