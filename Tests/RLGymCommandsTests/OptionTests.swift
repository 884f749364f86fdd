import Foundation
import RLGym
import Testing

/// Options and settings: how numbers are written, what has no effect, what does not fit.
@Suite struct OptionTests {
  private func run(_ words: String, in folder: URL) throws -> Program {
    try Program.run(words.split(separator: " ").map(String.init), in: folder)
  }

  @Test func wholeNumbersAreTakenInScientificNotation() throws {
    try withFolder { folder in
      for (name, text) in [
        ("a.yaml", "steps: 1e3\nbufferSize: 1e4\nseed: 1e0\n"),
        (
          "study.yaml",
          "seeds: 1e0\nfirstSeed: 2e0\nsteps: 5e2\npoints: 2e0\nenvironments: [CartPole]\nagents: [{agent: ppo, steps: 1_000}]\n"
        ),
        ("space.yaml", "rolloutSteps: {low: 1.6e1, high: 6.4e1}\nbatchSize: 3.2e1\n"),
      ] { try FileStore.write(Array(text.utf8), to: folder.path + "/" + name) }
      for words in [
        "train dqn CartPole --config a.yaml --no-progress --output r",
        "train ppo CartPole --steps 5e2 --seed 1e0 --envs 2e0 --set batchSize=6.4e1 --evaluate-every 2.5e2 --keep-checkpoints 3e0 --no-progress --output s",
        "evaluate s --episodes 1e1 --seed 1e3", "collect s --episodes 2e0 --output d",
        "benchmark --config study.yaml --no-progress --output study",
        "tune ppo CartPole --trials 2e0 --steps 5e2 --confirm 0e0 --seeds-per-trial 1e0 --config space.yaml --no-progress --output search",
      ] {
        let result = try run(words, in: folder)
        #expect(result.code == 0, "\(words): \(result.errors)")
      }
      let plan = try ConfigurationFile.read(folder.path + "/r/config.yaml")
      #expect(plan["steps"] == 1_000 && plan["bufferSize"] == 10_000 && plan["seed"] == 1)
      #expect(try RunSummary(reading: folder.path + "/s").evaluation.episodes == 100)
      for (words, word) in [
        ("train ppo CartPole --steps 1.5e0", "--steps"),
        ("evaluate s --episodes 1e-1", "--episodes"), ("evaluate s --seed -1", "--seed"),
        ("train ppo CartPole --set batchSize=1.5e0", "batchSize"),
      ] {
        let result = try run(words, in: folder)
        #expect(result.code == 2 && result.errors.contains(word), "\(words): \(result.errors)")
      }
    }
  }

  @Test(arguments: [
    ("train sac Pendulum --steps 300 --stop-at-threshold", 2, "Pendulum-v1 has no threshold"),
    ("train ppo CartPole --steps 300 --threshold nan", 2, "must be a finite number"),
    ("train ppo CartPole --steps 300 --threshold inf --stop-at-threshold", 2, "must be a finite"),
    ("train dqn CartPole --steps 300 --set learningStarts=300", 0, "'learningStarts' (300) leaves"),
    (
      "train dqn CartPole --steps 300 --set trainFrequency=9 --set trainFrequencyUnit=episode --set learningStarts=299",
      0, ""
    ),
    ("train ppo CartPole --envs 4 --set environments=8", 2, "given twice"),
    ("train ppo CartPole --envs 4 --set n_envs=8", 2, "given twice"),
    ("train ppo CartPole --steps 512 --record-every 4096", 0, "steps between videos are more"),
    ("train ppo CartPole --steps 512 --evaluate-every 4096", 0, "is evaluated only in the end"),
    (
      "train ppo FrozenLake --steps 512 --env-set is_slippery=false --env-set success_rate=0.5", 0,
      "'success_rate' of FrozenLake-v1 has no effect without is_slippery=true"
    ),
    ("train --from x --no-preset", 2, "leave out --no-preset"),
    ("watch --random CartPole --text --stochastic", 2, "--random is random already"),
    ("record --random CartPole --episodes 1 --fps 3 --output pictures", 2, "leave out --fps"),
    ("play Taxi --text --fps 3", 2, "leave out --fps and --speed"),
    (
      "benchmark dqn CartPole --seeds 1 --steps 40 --no-progress --output s", 0,
      "dqn in CartPole-v1: 'learningStarts'"
    ),
    (
      "tune ppo CartPole --trials 2 --steps 200 --seeds-per-trial 1 --confirm 0 --sampler tpe --no-progress --output s",
      0, "--sampler tpe has no effect"
    ),
    (
      "tune dqn CartPole --trials 1 --steps 200 --seeds-per-trial 1 --confirm 0 --set learningStarts=500 --no-progress --output s",
      0, "'learningStarts' (500) leaves nothing"
    ),
  ])
  func whatHasNoEffectIsTold(_ words: String, _ code: Int32, _ text: String) throws {
    try withFolder { folder in
      let quiet = words.hasPrefix("train") ? " --no-progress" : ""
      let result = try run(words + quiet, in: folder)
      let isTold =
        text.isEmpty ? !result.errors.contains("warning") : result.errors.contains(text)
      #expect(result.code == code && isTold, "\(result.errors)")
    }
  }

  /// Nothing learned within the budget, whatever the reason.
  @Test func aTrainingWithoutAnUpdateIsTold() throws {
    try withFolder { folder in
      let result = try run(
        "train dqn CartPole --steps 300 --set learningStarts=300 --seed 1 --no-progress --output r",
        in: folder)
      #expect(result.code == 0 && result.errors.contains("No update took place"))
      let other = try run(
        "train dqn CartPole --steps 300 --set learningStarts=10 --seed 1 --no-progress --output s",
        in: folder)
      #expect(other.code == 0 && !other.errors.contains("No update took place"))
    }
  }

  @Test(arguments: [
    ("train ppo CartPole --envs 100000000000", "--envs"),
    (
      "train ppo CartPole --set policyWidths=\(Array(repeating: 16_384, count: 500))",
      "'policyWidths'"
    ),
    ("train dqn CartPole --envs 1000000000 --set bufferSize=2147483648", "--envs"),
    ("evaluate r --episodes 9223372036854775807", "--episodes"),
    ("evaluate r --episodes 1e12", "--episodes"),
    ("collect r --episodes 1e12 --envs 1e12 --output d", "--envs"),
  ])
  func whatDoesNotFitIntoMemoryIsRefused(_ words: String, _ text: String) throws {
    try withFolder { folder in
      if words.contains(" r ") {
        let run = try run(
          "train ppo CartPole --steps 64 --set rolloutSteps=8 --seed 1 --no-progress --output r",
          in: folder)
        #expect(run.code == 0, "\(run.errors)")
      }
      let list = words.replacing(", ", with: ",")
      let result = try run(list, in: folder)
      #expect(result.code == 2 && result.errors.contains(text), "\(result.errors)")
      #expect(result.errors.contains("memory") || result.errors.contains("must be"))
    }
  }

  @Test func oneEpisodeHasNoInterval() throws {
    try withFolder { folder in
      let run = try run(
        "train ppo CartPole --steps 512 --seed 1 --no-progress --output r", in: folder)
      #expect(run.code == 0)
      let one = try self.run("evaluate r --episodes 1", in: folder)
      #expect(
        one.output.contains("one episode has no interval") && one.output.contains("deviation -"))
      #expect(
        try self.run("evaluate r --episodes 1 --json", in: folder).output.contains("\"std\":null"))
      let two = try self.run("evaluate r --episodes 9 --seed 1", in: folder)
      #expect(two.output.contains("(95% interval)"), "\(two.output)")
    }
  }

  @Test func equalStudiesOfFewSeedsGetNoVerdict() throws {
    try withFolder { folder in
      for (name, first) in [("a", 0), ("b", 50)] {
        let file =
          "seeds: 2\nfirstSeed: \(first)\nsteps: 1000\nenvironments: [CartPole]\nagents: [ppo, {name: other, agent: ppo}]\n"
        try FileStore.write(Array(file.utf8), to: folder.path + "/\(name).yaml")
        let result = try run(
          "benchmark --config \(name).yaml --no-progress --output \(name)", in: folder)
        #expect(result.code == 0 && result.errors.contains("cannot be told apart"))
      }
      let compare = try run("benchmark compare a b", in: folder)
      #expect(compare.code == 0 && compare.output.contains("no difference shown"))
      #expect(compare.output.contains("Too few seeds for a verdict (2 and 2)"))
      #expect(compare.output.contains("With 5 seeds a study"))
      let page = try String(contentsOfFile: folder.path + "/a/report.html", encoding: .utf8)
      #expect(page.contains("so few runs tell nothing apart"))
      let one = try run(
        "benchmark ppo CartPole --seeds 1 --steps 500 --no-progress --output c", in: folder)
      #expect(one.code == 0 && one.errors.contains("One seed says nothing"))
      #expect(one.output.contains("[–]") && one.output.contains("± –"), "\(one.output)")
      let json = try String(contentsOfFile: folder.path + "/c/results.json", encoding: .utf8)
      #expect(json.contains("\"low\":null") && json.contains("\"deviation\":null"))
    }
  }
}
