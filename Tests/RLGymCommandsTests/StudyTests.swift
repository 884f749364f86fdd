import Foundation
import RLGym
import Testing

/// `rlgym benchmark` as a user starts it.
@Suite struct StudyTests {
  private func study(_ arguments: [String], in folder: URL) throws -> Program {
    try Program.run(["benchmark"] + arguments, in: folder)
  }

  private struct Results: Decodable {
    struct Estimate: Decodable, Equatable {
      var value: Double
      var low, high: Double?
    }
    struct Run: Decodable, Equatable {
      var seed: UInt64
      var problem: String?
      var final: Double
      var steps: [Int]
      var values, stochasticValues: [Double]
    }
    struct Reached: Decodable, Equatable {
      var count, of: Int
      var median: Double?
    }
    struct Task: Decodable, Equatable {
      var name, environment: String
      var steps: Int
      var random: Double
      var runs: [Run]
      var final, area: Estimate
      var mean: Double
      var stepsToThreshold: Reached?
    }
    struct Improvement: Decodable, Equatable {
      var better, than: String
      var probability: Estimate
    }
    var tasks: [Task]
    var improvements: [Improvement]
    var commonEnvironments: [String]
  }

  private func results(_ directory: String, in folder: URL) throws -> Results {
    let bytes = try FileStore.read(folder.path + "/\(directory)/results.json")
    return try JSONDecoder().decode(Results.self, from: Data(bytes))
  }

  @Test func aStudyReportsEveryRun() throws {
    try withFolder { folder in
      let result = try study(
        ["ppo,dqn", "CartPole,Pendulum", "--seeds", "3", "--steps", "4096", "--output", "whole"],
        in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.errors.contains("dqn is left out in Pendulum-v1"))
      #expect(result.errors.contains("With 3 seeds intervals are wide"))
      let found = try results("whole", in: folder)
      #expect(
        found.tasks.map { "\($0.name) \($0.environment)" } == [
          "ppo CartPole-v1", "ppo Pendulum-v1", "dqn CartPole-v1",
        ])
      #expect(found.commonEnvironments == ["CartPole-v1"])
      for task in found.tasks {
        #expect(task.runs.map(\.seed) == [0, 1, 2] && task.steps == 4096)
        let finals = task.runs.map(\.final)
        #expect(abs(task.mean - finals.reduce(0, +) / 3) < 1e-9)
        // The middle half of three runs is all of them.
        #expect(abs(task.final.value - interquartileMean(of: finals)) < 1e-9)
        let low = try #require(task.final.low)
        #expect(low <= task.final.value && task.final.value <= task.final.high ?? -.infinity)
        for run in task.runs {
          #expect(run.problem == nil && run.steps.last ?? 0 >= 4096 - 81)
          #expect(
            run.values.count == run.steps.count && run.stochasticValues.count == run.steps.count)
        }
      }
      // Random actions keep the pole up for some twenty steps.
      #expect((15...30).contains(found.tasks[0].random))
      #expect(found.improvements.map { "\($0.better) \($0.than)" } == ["ppo dqn"])
      let csv = try String(
        contentsOf: folder.appendingPathComponent("whole/results.csv"), encoding: .utf8)
      let rows = found.tasks.flatMap(\.runs).reduce(0) { $0 + $1.steps.count }
      #expect(csv.split(separator: "\n").count == rows + 1)
      #expect(result.output.contains("CartPole-v1") && result.output.contains("3 of 3") == false)

      // A run of the study is the run that `train` makes.
      let alone = try Program.run(
        [
          "train", "ppo", "CartPole", "--seed", "1", "--steps", "4096", "--no-progress",
          "--output", "alone",
        ],
        in: folder)
      #expect(alone.code == 0)
      #expect(
        try FileStore.read(folder.path + "/alone/final/policy.safetensors")
          == FileStore.read(
            folder.path + "/whole/runs/ppo/CartPole-v1/seed-1/final/policy.safetensors"))
      // More seeds go on with what is there; another study is refused.
      let more = try study(
        ["ppo,dqn", "CartPole,Pendulum", "--seeds", "4", "--steps", "4096", "--output", "whole"],
        in: folder)
      #expect(more.code == 0, "\(more.errors)")
      let grown = try results("whole", in: folder)
      #expect(grown.tasks.map { Array($0.runs.prefix(3)) } == found.tasks.map(\.runs))
      #expect(grown.tasks.allSatisfy { $0.runs.count == 4 })
      let other = try study(["td3", "Pendulum", "--output", "whole"], in: folder)
      #expect(other.code == 2 && other.errors.contains("holds another study"))
    }
  }

  @Test func partsJoinToTheWhole() throws {
    try withFolder { folder in
      let plan = ["ppo", "CartPole", "--seeds", "5", "--steps", "2048"]
      #expect(try study(plan + ["--output", "whole"], in: folder).code == 0)
      #expect(try study(plan + ["--output", "a", "--shard", "1/2"], in: folder).code == 0)
      // The second part is an element of a Slurm array.
      let slurm = [
        "SLURM_ARRAY_TASK_ID": "12", "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_MIN": "10",
        "SLURM_ARRAY_TASK_STEP": "2",
      ]
      let second = try Program.run(
        ["benchmark"] + plan + ["--output", "b"], in: folder, environment: slurm)
      #expect(second.code == 0 && second.errors.contains("part 2 of 2: 2 runs"), "\(second.errors)")
      let merged = try study(["merge", "a", "b", "--output", "joined"], in: folder)
      #expect(merged.code == 0, "\(merged.errors)")
      #expect(
        try results("joined", in: folder).tasks == results("whole", in: folder).tasks)
      let part = try study(["report", "a"], in: folder)
      #expect(part.code == 0 && part.errors.contains("2 of 5 runs are missing"))
    }
  }

  @Test func aKilledStudyGoesOn() throws {
    try withFolder { folder in
      let plan = ["ppo", "CartPole", "--seeds", "6", "--steps", "40960"]
      #expect(try study(plan + ["--output", "whole"], in: folder).code == 0)
      for (number, signal) in [SIGKILL, SIGTERM].enumerated() {
        let (process, _, _) = try Program.start(
          ["benchmark"] + (number == 0 ? plan : []) + ["--output", "part"], in: folder)
        waitForFile(folder.path + "/part/runs/ppo/CartPole-v1/seed-0/progress.csv")
        Thread.sleep(forTimeInterval: 0.1)
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
      }
      let rest = try study(["--output", "part"], in: folder)
      #expect(rest.code == 0, "\(rest.errors)")
      #expect(
        try results("part", in: folder).tasks == results("whole", in: folder).tasks)
    }
  }

  @Test func aFailedRunCountsAsRandom() throws {
    try withFolder { folder in
      let file = """
        seeds: 2
        steps: 1024
        environments: [CartPole]
        agents:
          - ppo
          - name: broken
            agent: ppo
            set:
              valueCoefficient: 1e38
              normalizeRewards: false
        """
      try FileStore.write(Array(file.utf8), to: folder.path + "/study.yaml")
      let result = try study(["--config", "study.yaml", "--output", "s"], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.errors.contains("warning: broken in CartPole-v1, seed 0, failed:"))
      #expect(result.output.contains("Failed runs"))
      let found = try results("s", in: folder)
      let broken = try #require(found.tasks.first { $0.name == "broken" })
      #expect(broken.runs.allSatisfy { $0.problem != nil && $0.final == broken.random })
    }
  }

  @Test func theBudgetOfTheCommandLineHoldsForAll() throws {
    try withFolder { folder in
      let file = """
        seeds: 1
        environments: [CartPole]
        agents: [{name: a, agent: ppo, steps: 9000}, {name: b, agent: ppo}]
        """
      try FileStore.write(Array(file.utf8), to: folder.path + "/study.yaml")
      let result = try study(
        ["--config", "study.yaml", "--steps", "1024", "--output", "s"], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(try results("s", in: folder).tasks.map(\.steps) == [1024, 1024])
      // The runs of a study can be drawn from any of their logs.
      for source in ["evaluations", "progress", "monitor"] {
        let drawn = try Program.run(
          ["plot", "s", "--from", source, "--output", "\(source).svg"], in: folder)
        #expect(drawn.code == 0, "\(drawn.errors)")
      }
      let pictures = try ["evaluations", "progress", "monitor"].map {
        try FileStore.read(folder.path + "/\($0).svg")
      }
      #expect(Set(pictures).count == 3)
    }
  }

  @Test(arguments: [
    ("\"values\":[", "\"values\":[1,", "has evaluations without steps, times or returns"),
    ("\"runs\":[", "\"runs\":[],\"other\":[", "has no runs"),
    ("\"steps\":[", "\"steps\":[-1,", "has evaluations without steps, times or returns"),
    (
      "\"stochasticValues\":", "\"infoValues\":{\"x\":[1]},\"stochasticValues\":",
      "has evaluations without steps, times or returns"
    ),
    (
      "\"stochasticValues\":", "\"cutEpisodes\":9223372036854775807,\"stochasticValues\":",
      "has more cut episodes than episodes"
    ),
    ("\"low\":[", "\"low\":[0,", "not whole"),
    ("{", "[", "does not hold the results"),
  ])
  func damagedResultsAreTold(_ part: String, _ replacement: String, _ words: String) throws {
    try withFolder { folder in
      #expect(
        try study(
          ["ppo", "CartPole", "--seeds", "1", "--steps", "1024", "--output", "s"], in: folder
        )
        .code == 0)
      let path = folder.path + "/s/results.json"
      let text = String(decoding: try FileStore.read(path), as: UTF8.self)
      let place = try #require(text.firstRange(of: part))
      try FileStore.write(
        Array(text.replacingCharacters(in: place, with: replacement).utf8), to: path)
      for command in [["benchmark", "compare", "s", "s"], ["plot", "s", "--output", "x.svg"]] {
        let result = try Program.run(command, in: folder)
        #expect(result.code == 1 && result.errors.contains(words), "\(result.errors)")
      }
    }
  }

  @Test func aWorseStudyIsToldByTheExitCode() throws {
    try withFolder { folder in
      for (name, rate) in [("good", "2e-3"), ("bad", "1e-9")] {
        let file = """
          seeds: 6
          steps: 8192
          environments: CartPole
          agents: [{name: \(name), agent: ppo, set: {learningRate: \(rate)}}]
          """
        try FileStore.write(Array(file.utf8), to: folder.path + "/\(name).yaml")
        let result = try study(["--config", "\(name).yaml", "--output", name], in: folder)
        #expect(result.code == 0, "\(result.errors)")
      }
      let worse = try study(["compare", "good", "bad"], in: folder)
      #expect(worse.code == 3 && worse.output.contains("worse in 1 of 1"), "\(worse.output)")
      let better = try study(["compare", "bad", "good"], in: folder)
      #expect(better.code == 0 && better.output.contains("better in 1 of 1"))
      let same = try study(["compare", "good", "good"], in: folder)
      #expect(same.code == 0 && same.output.contains("No task shows a difference"))
    }
  }

  @Test func runsAreComparedWithoutAVerdict() throws {
    try withFolder { folder in
      for (name, rate) in [("fast", "2e-3"), ("slow", "1e-9")] {
        for seed in ["1", "2"] {
          let run = try Program.run(
            ["train", "ppo", "CartPole", "--steps", "2048", "--seed", seed, "--no-progress"]
              + ["--set", "learningRate=\(rate)", "--output", "runs/\(name)/\(seed)"], in: folder)
          #expect(run.code == 0, "\(run.errors)")
        }
      }
      let sides = try study(["compare", "runs/slow", "runs/fast"], in: folder)
      #expect(sides.code == 0 && sides.output.contains("between 2 runs"), "\(sides.errors)")
      #expect(sides.output.contains("learningRate") && sides.output.contains("No verdict"))
      let back = try study(["compare", "runs/fast/1", "runs/slow/1", "--json"], in: folder)
      #expect(back.code == 0, "a worse run has no exit code of its own")
      let comparison = try JSONDecoder().decode(
        RunComparison.self, from: Data(back.output.utf8))
      #expect(comparison.first.runs.count == 1 && comparison.differences.count == 1)
      #expect(
        try study(
          ["ppo", "CartPole", "--seeds", "1", "--steps", "512", "--output", "s"], in: folder
        )
        .code == 0)
      let mixed = try study(["compare", "s", "runs/fast"], in: folder)
      #expect(mixed.code == 2 && mixed.errors.contains("'s' is a study"), "\(mixed.errors)")
    }
  }

  @Test(arguments: [
    ("agents: [ppo]\nenvironment: [CartPole]", "Did you mean 'environments'?"),
    ("agents: [ppo]\nenvironments: [CartPol]", "CartPole"),
    ("agents: [{name: a/b, agent: ppo}]\nenvironments: CartPole", "no name for an agent"),
    ("agents: [ppo, ppo]\nenvironments: CartPole", "two agents called 'ppo'"),
    ("agents: [{agent: ppo, set: {gama: 1}}]\nenvironments: CartPole", "gama"),
    ("agents: [dqn]\nenvironments: Pendulum", "None of the agents"),
    ("seeds: many\nagents: [ppo]\nenvironments: CartPole", "whole number"),
    (
      "agents: [ppo]\nenvironments: CartPole\nenvironmentArguments: {Pendulum: {g: 1}}",
      "arguments of Pendulum-v1, which is none of its environments: CartPole-v1"
    ),
    (
      "agents: [ppo]\nenvironments: Pendulum\nenvironmentArguments: {Pendulum: {g: 1}, Pendulum-v1: {g: 2}}",
      "arguments of Pendulum-v1 twice"
    ),
    (
      "agents: [ppo]\nenvironments: CartPole\nenvironmentArguments: [g]",
      "environment: {key: value}"
    ),
    ("agents: &a [ppo]\nenvironments: CartPole", "anchor"),
  ])
  func mistakesInAStudyAreTold(_ yaml: String, _ words: String) throws {
    try withFolder { folder in
      try FileStore.write(Array(yaml.utf8), to: folder.path + "/study.yaml")
      let result = try study(["--config", "study.yaml", "--output", "s"], in: folder)
      #expect(result.code == 2 && result.errors.contains(words), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/s"))
    }
  }
}
