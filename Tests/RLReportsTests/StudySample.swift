import Foundation
import RLReports
import TestSupport

/// Results of a study, made up for a test.
struct StudySample {
  var names = ["ppo", "dqn"]
  var environments = ["CartPole-v1", "GridWorld-v0"]
  var seeds = 4
  var evaluations = 5
  var threshold: Double? = 40
  /// The return of an agent's run at an evaluation.
  var value: (_ agent: Int, _ seed: Int, _ evaluation: Int) -> Double = { agent, seed, i in
    Double(10 * (i + 1) + 3 * seed - 5 * agent)
  }
  /// Why the runs with a seed failed.
  var problem: (_ agent: Int, _ seed: Int) -> String? = { _, _ in nil }
  /// What the environments say of an episode.
  var infos: [String: Double]?
  /// How many episodes with each final model were cut.
  var cutEpisodes: Int?
  var settings = ["learningRate": "0.001"]
  var command = "rlgym benchmark ppo,dqn CartPole,GridWorld --output study"

  private func estimate(_ x: Double) -> [String: Any] {
    // A single run has no intervals.
    let none: Any = NSNull()
    return [
      "value": x, "low": seeds == 1 ? none : (x - abs(x) / 8) as Any,
      "high": seeds == 1 ? none : (x + abs(x) / 8) as Any,
    ]
  }

  private func task(_ agent: Int, _ environment: String) -> [String: Any] {
    let steps = (1...evaluations).map { 1_000 * $0 }
    let runs = (0..<seeds).map { seed -> [String: Any] in
      if let problem = problem(agent, seed) {
        let none: [Double] = []
        return [
          "seed": seed, "problem": problem, "final": 0, "steps": none, "seconds": none,
          "values": none, "stochasticValues": none,
        ]
      }
      let values = (0..<evaluations).map { value(agent, seed, $0) }
      var run: [String: Any] = [
        "seed": seed, "final": values[evaluations - 1], "steps": steps,
        "seconds": steps.map { Double($0) / 500 }, "values": values,
        "stochasticValues": values, "wallSeconds": 9.5, "stepsPerSecond": 500.0,
      ]
      run["infos"] = infos
      run["cutEpisodes"] = cutEpisodes
      run["cutValues"] = cutEpisodes.map { count in values.map { _ in count / 5 } }
      return run
    }
    let middle = (0..<evaluations).map { value(agent, seeds / 2, $0) }
    let none: [Any] = middle.map { _ in NSNull() }
    let band: [String: Any] = [
      "at": steps, "value": middle,
      "low": seeds == 1 ? none : middle.map { ($0 - abs($0) / 10) as Any },
      "high": seeds == 1 ? none : middle.map { ($0 + abs($0) / 10) as Any },
    ]
    var seconds = band
    seconds["at"] = steps.map { Double($0) / 500 }
    var result: [String: Any] = [
      "name": names[agent], "agent": "ppo", "environment": environment, "steps": 5_000,
      "settings": settings, "random": 0.0, "reference": 50.0, "runs": runs,
      "final": estimate(middle[evaluations - 1]), "mean": middle[evaluations - 1],
      "deviation": seeds == 1 ? none[0] : 2.5, "area": estimate(middle[0]), "overSteps": band,
      "overSeconds": seconds,
    ]
    if let threshold {
      result["threshold"] = threshold
      result["stepsToThreshold"] = ["count": 1, "of": seeds, "low": 4_000.0]
      result["secondsToThreshold"] = ["count": 1, "of": seeds, "low": 8.0]
    }
    return result
  }

  var json: Data {
    get throws {
      let profile: [String: Any] = [
        "at": [0, 0.5, 1.0], "value": [1, 0.5, 0.0], "low": [0.8, 0.3, 0], "high": [1, 0.7, 0.2],
      ]
      let object: [String: Any] = [
        "origin": [
          "rlgym": "0.1.0", "command": command, "date": "2026-01-02T03:04:05Z",
          "host": "machine", "system": "Debian", "cpu": "Some CPU", "cores": 2,
          "evaluations": evaluations, "seeds": seeds, "repetitions": 50_000,
        ],
        "tasks": environments.flatMap { environment in
          names.indices.map { task($0, environment) }
        },
        "commonEnvironments": environments,
        "aggregates": names.map { name -> [String: Any] in
          [
            "name": name, "interquartileMean": estimate(0.9), "median": estimate(0.8),
            "mean": estimate(0.7), "optimalityGap": estimate(0.2), "profile": profile,
          ]
        },
        "improvements": names.count < 2
          ? []
          : [
            [
              "better": names[0], "than": names[1], "environments": environments,
              "probability": ["value": 0.6, "low": 0.4, "high": 0.8],
            ] as [String: Any]
          ],
      ]
      return try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    }
  }

  /// The page that is made of it.
  func html() throws -> String {
    try withFolder { folder in
      let path = folder + "/results.json"
      try json.write(to: URL(fileURLWithPath: path))
      return try StudyReport(reading: path).html
    }
  }
}
