import Foundation
import RLAgents
import RLExperiments
import RLSupport
import Testing

/// What the command makes is what the library makes.
@Suite struct RunFromSwiftTests {
  private static let words = [
    "--seed", "5", "--steps", "2048", "--no-preset", "--no-progress", "--set", "rolloutSteps=256",
    "--set", "epochs=2",
  ]

  private func swiftRun(_ directory: String) throws -> TrainingRun {
    try TrainingRun(
      PPO.self, in: "CartPole", usesPreset: false, steps: 2048, seed: 5, directory: directory
    ) {
      $0.rolloutSteps = 256
      $0.epochs = 2
    }
  }

  private func state(_ run: URL) throws -> [[UInt8]] {
    let newest = try #require(
      FileManager.default.contentsOfDirectory(atPath: run.path + "/checkpoints").sorted()
        .last { $0.hasPrefix("step-") && !$0.contains(".") })
    return try [
      "config.yaml", "final/policy.safetensors", "checkpoints/\(newest)/policy.safetensors",
    ]
    .map { try FileStore.read(run.path + "/" + $0) }
  }

  @Test func eachGoesOnWithTheOthersRun() throws {
    try withFolder { folder in
      let (whole, ours, theirs) = (
        folder.appendingPathComponent("whole"), folder.appendingPathComponent("ours"),
        folder.appendingPathComponent("theirs")
      )
      let train = try Program.run(
        ["train", "ppo", "CartPole", "--output", "whole"] + Self.words, in: folder)
      #expect(train.code == 0, "\(train.errors)")

      // Begun in Swift, finished by the command.
      do {
        try swiftRun(ours.path).train { event in
          if case .update(let report) = event, report.stepsDone >= 768 { return .stop }
          return .proceed
        }
      }
      let rest = try Program.run(["train", "--resume", "ours", "--no-progress"], in: folder)
      #expect(rest.code == 0, "\(rest.errors)")
      #expect(try state(ours) == state(whole))

      // Begun by the command, for fewer steps, and finished in Swift.
      try swiftRun(theirs.path).train()
      #expect(try state(theirs) == state(whole))
      let evaluation = try #require(
        try swiftRun(whole.path).plan.yaml == swiftRun(theirs.path).plan.yaml
          ? TrainedPolicy(run: whole.path).evaluate() : nil)
      #expect(try evaluation == TrainedPolicy(run: theirs.path).evaluate())
      let command = try Program.run(
        ["evaluate", "whole/final/policy.safetensors", "--json"], in: folder)
      #expect(command.output.contains("\"mean\":"))
      #expect(try RunSummary(reading: whole.path).evaluation.mean == evaluation.mean)
    }
  }

  @Test func aRunOfTheCommandGoesOnInSwift() throws {
    try withFolder { folder in
      let half = try Program.run(
        ["train", "ppo", "CartPole", "--output", "a"] + Self.words + ["--steps", "1024"], in: folder
      )
      #expect(half.code == 0, "\(half.errors)")
      let longer = try Program.run(
        ["train", "ppo", "CartPole", "--output", "b"] + Self.words + ["--steps", "1024"], in: folder
      )
      #expect(longer.code == 0)
      let run = try TrainingRun(resuming: folder.path + "/a", steps: 2048)
      try run.train()
      let command = try Program.run(
        ["train", "--resume", "b", "--steps", "2048", "--no-progress"], in: folder)
      #expect(command.code == 0 && command.errors.contains("they go on at 50% of it"))
      #expect(
        try state(folder.appendingPathComponent("a")) == state(folder.appendingPathComponent("b")))
    }
  }

  @Test func runsAreListedAndBeginWithOthersWeights() throws {
    try withFolder { folder in
      let first = try Program.run(
        ["train", "ppo", "CartPole", "--output", "runs/a", "--name", "first", "--tag", "t"]
          + ["--checkpoint-every", "256", "--keep-checkpoints", "all"] + Self.words, in: folder)
      #expect(first.code == 0, "\(first.errors)")
      let kept = try FileManager.default.contentsOfDirectory(
        atPath: folder.path + "/runs/a/checkpoints")
      #expect(kept.count { $0.hasPrefix("step-") && !$0.contains(".") } == 8)
      let second = try Program.run(
        ["train", "--from", "runs/a", "--output", "runs/b", "--steps", "512", "--seed", "6"]
          + ["--set", "epochs=3", "--no-progress"], in: folder)
      #expect(second.code == 0, "\(second.errors)")
      let config = String(
        decoding: try FileStore.read(folder.path + "/runs/b/config.yaml"), as: UTF8.self)
      #expect(config.contains("rolloutSteps: 256") && config.contains("epochs: 3"))
      let list = try Program.run(["runs"], in: folder)
      let lines = list.output.split(separator: "\n")
      #expect(list.code == 0 && lines.count == 3)
      #expect(lines[1].contains("2,048/2,048") && lines[1].hasSuffix("'first' #t epochs=2"))
      #expect(lines[2].contains("finished") && lines[2].hasSuffix("epochs=3"))
      let tagged = try Program.run(["runs", "--tag", "t", "--json"], in: folder)
      #expect(tagged.output.contains("runs/a") && !tagged.output.contains("runs/b"))
      let wrong = try Program.run(
        ["train", "--from", "runs/a", "--output", "c", "--set", "policyWidths=[8]"], in: folder)
      #expect(wrong.code == 2 && wrong.errors.contains("must be the same"))
      let count = try Program.run(
        ["train", "ppo", "CartPole", "--keep-checkpoints", "0"], in: folder)
      #expect(count.code == 2)
    }
  }
}
