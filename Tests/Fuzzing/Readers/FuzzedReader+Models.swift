import RLAgents
import RLCore
import RLDatasets
import RLEnvironments
import RLSupport

// Policies that act, and states of trainings that go on.
extension FuzzedReader {
  static let models = SavedAgent.all.flatMap { agent in
    [
      FuzzedReader("policy-" + agent.name) { bytes in
        let spec = try agent.entry.spec
        let policy = try agent.kind.type.loadPolicy(
          agent.kind.settings([agent.settings]), spec: spec, from: Safetensors.decode(bytes))
        var generator = SeededGenerator(seed: 1)
        var rows = [RowSpace(spec.observationSpace).sample(using: &generator)]
        if case .box = spec.observationSpace {
          rows.append(rows[0].map { _ in -1e30 })
        }
        for row in rows {
          let action = policy.action(for: row)
          precondition(RowSpace(spec.actionSpace).contains(action) || action.contains { $0.isNaN })
        }
      },
      FuzzedReader("training-" + agent.name) { bytes in
        var state = try Safetensors.decode(bytes)
        let learner = try agent.make()
        state.merge(learner.policyState, prefix: "policy/")
        try learner.restore(from: state)
        var reports = 0
        try learner.train { _ in
          reports += 1
          return reports < 2 ? .proceed : .stop
        }
      },
    ]
  }
}

/// An agent in an environment, so small that it is restored hundreds of times a second.
package struct SavedAgent: Sendable {
  /// The agent's name in the registry.
  package let name: String
  let environment: String
  let settings: [String: JSONValue]

  package static let all = [
    SavedAgent(
      name: "ppo", environment: "CartPole",
      settings: [
        "environments": 2, "rolloutSteps": 8, "batchSize": 8, "epochs": 1, "policyWidths": [4],
        "valueWidths": [4], "normalizeObservations": true,
      ]),
    SavedAgent(
      name: "dqn", environment: "FrozenLake",
      settings: [
        "environments": 2, "bufferSize": 32, "learningStarts": 16, "batchSize": 8, "widths": [4],
        "prioritizedReplay": true,
      ]),
    SavedAgent(
      name: "sac", environment: "Pendulum",
      settings: [
        "environments": 2, "bufferSize": 32, "learningStarts": 16, "batchSize": 8,
        "trainFrequency": 8, "actorWidths": [4], "criticWidths": [4],
      ]),
    SavedAgent(
      name: "td3", environment: "MountainCarContinuous",
      settings: [
        "environments": 2, "bufferSize": 32, "learningStarts": 16, "batchSize": 8,
        "trainFrequency": 8, "actorWidths": [4], "criticWidths": [4],
        "normalizeObservations": true,
      ]),
  ]

  var kind: AgentRegistry.Entry {
    get throws { try AgentRegistry.builtIn.named(name) }
  }

  var entry: EnvironmentRegistry.Entry {
    get throws { try EnvironmentRegistry.builtIn.resolve(environment).entry }
  }

  func make() throws -> any Agent {
    try kind.type.make(
      kind.settings([settings]), environments: RecordedEnvironments(entry.makeVector(2)), seed: 1,
      steps: 400, threads: 1)
  }

  /// What an agent saves that has trained a little: its policy and its training state, as two files.
  package func files() throws -> (policy: [UInt8], training: [UInt8]) {
    let learner = try make()
    var reports = 0
    try learner.train { _ in
      reports += 1
      return reports < 5 ? .proceed : .stop
    }
    var state = StateArchive()
    learner.save(to: &state)
    return (
      Safetensors.encode(state.removingPrefix("policy/")),
      Safetensors.encode(state.removing("policy/"))
    )
  }
}
