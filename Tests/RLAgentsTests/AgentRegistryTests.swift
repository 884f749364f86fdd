import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import RLTensor
import Testing

@Suite struct AgentRegistryTests {
  @Test func theBuiltInAgentsHaveValidPresets() throws {
    #expect(AgentRegistry.builtIn.names == ["ppo", "dqn", "sac", "td3"])
    for entry in AgentRegistry.builtIn.entries {
      #expect(!entry.presets.isEmpty)
      for (id, preset) in entry.presets {
        try preset.settings.validate()
        #expect(preset.steps > 0)
        // Some need a library that a build may lack.
        guard let spec = try? EnvironmentRegistry.builtIn.resolve(id).entry.spec else { continue }
        #expect(spec.id == id)
        #expect(entry.type.unsupportedReason(in: spec) == nil)
        #expect(
          preset.settings.warnings(in: spec, steps: preset.steps).isEmpty, "\(entry.name) \(id)")
      }
    }
  }

  @Test func agentsArePutInOnceAndFoundByName() throws {
    var registry = AgentRegistry()
    try registry.register(PPO.self, variants: ["a2c": { $0.epochs = 1 }])
    #expect(try registry.named("PPO").name == "ppo")
    #expect(throws: AgentRegistryError.duplicate("ppo")) { try registry.register(PPO.self) }
    func problem(_ name: String) -> String {
      do {
        _ = try registry.named(name)
        return ""
      } catch { return "\(error)" }
    }
    #expect(problem("pp").contains("Did you mean 'ppo'?"))
    #expect(problem("reinforce").contains("There is: ppo."))
    #expect(problem("A2C").contains("train ppo ENV --set epochs=1"))
  }

  @Test func usersAddPresets() throws {
    var registry = AgentRegistry.builtIn
    let preset = Preset<PPOSettings>(steps: 7) { $0.epochs = 3 }
    try registry.setPreset(preset, of: PPO.self, in: "Corridor-v0")
    let entry = try registry.named("ppo")
    #expect(entry.presets["Corridor-v0"]?.steps == 7)
    let settings = try entry.settings(
      from: entry.presets["Corridor-v0"]?.settings, [["discount": 0.5], ["discount": 0.6]])
    #expect(settings.changes.map { "\($0.name)=\($0.value.word)" } == ["epochs=3", "discount=0.6"])
    #expect(throws: SettingsError.self) { try entry.settings([["epochs": 0]]) }
    var empty = AgentRegistry()
    #expect(throws: AgentRegistryError.self) { try empty.setPreset(preset, of: PPO.self, in: "A") }
  }

  @Test func settingsOfAnotherAgentAreRefused() throws {
    let environments = try EnvironmentRegistry.builtIn.make("CartPole", count: 1)
    #expect(throws: AgentRegistryError.otherSettings(agent: "ppo")) {
      _ = try AgentRegistry.builtIn.named("ppo").type.make(
        DQNSettings(), environments: environments, seed: 1, steps: 10, threads: 1)
    }
  }

  // MARK: Words of users

  @Test func namesOfStableBaselines3AreTaken() throws {
    let c = try PPOSettings().overlaid(by: [
      "n_steps": 512, "ent_coef": 0.01, "net_arch[pi]": "8,8",
    ])
    #expect(c.rolloutSteps == 512 && c.entropyCoefficient == 0.01 && c.policyWidths == [8, 8])
    #expect(try DQNSettings().overlaid(by: ["n_steps": 3]).returnSteps == 3)
    #expect(
      try PPOSettings().translated(["n_steps": 512]).notes == ["n_steps is rolloutSteps here."])
    #expect(throws: SettingsError.twice(name: "discount", peer: "gamma")) {
      try SACSettings().overlaid(by: ["gamma": 0.9, "discount": 0.8])
    }
    #expect {
      try PPOSettings().overlaid(by: ["net_arch": "8,8"])
    } throws: {
      "\($0)" == "There is no setting 'net_arch'. There is: net_arch[pi], net_arch[vf]."
    }
  }

  @Test func formsOfSchedulesAreTold() {
    #expect(
      PPOSettings().sheet.contains {
        $0.contains("learning_rate") && $0.contains("cosine(from, to)")
      })
    do {
      _ = try PPOSettings().overlaid(by: ["learningRate": "lin(1)"])
      Issue.record("lin was taken")
    } catch {
      #expect("\(error)".contains("a number, linear(from, to) or cosine(from, to), not lin(1)"))
    }
  }

  // MARK: Settings without effect

  private func warnings<S: AgentSettings>(
    _: S.Type, in name: String, steps: Int = 1_000, _ change: (inout S) -> Void
  ) throws -> [String] {
    var settings = S()
    change(&settings)
    return settings.warnings(
      in: try EnvironmentRegistry.builtIn.resolve(name).entry.spec, steps: steps)
  }

  @Test func settingsWithoutEffectAreTold() throws {
    #expect(
      try warnings(DQNSettings.self, in: "CartPole") { $0.priorityExponent = 0.5 } == [
        "'priorityExponent' has no effect without prioritizedReplay=true; add --set prioritizedReplay=true."
      ])
    #expect(
      try warnings(DQNSettings.self, in: "CartPole") {
        $0.priorityExponent = 0.5
        $0.prioritizedReplay = true
      }.isEmpty)
    let sac = try warnings(SACSettings.self, in: "Pendulum") {
      $0.explorationInterval = 4
      $0.initialLogDeviation = -2
      $0.entropyCoefficient = 0.1
      $0.targetEntropy = -1
    }
    #expect(sac.count == 3 && sac[0].contains("entropyCoefficient=auto"))
    #expect(
      try warnings(PPOSettings.self, in: "Taxi") {
        $0.normalizeObservations = true
        $0.initialLogDeviation = -1
      } == [
        "'normalizeObservations' has no effect: Taxi-v4 has discrete observations.",
        "'initialLogDeviation' has no effect: Taxi-v4 has discrete actions.",
      ])
    #expect(
      try warnings(TD3Settings.self, in: "Pendulum") { $0.noiseProcess = .ornsteinUhlenbeck }
        .first?.contains("explorationNoise=0.1") == true)
    #expect(
      try warnings(DQNSettings.self, in: "CartPole", steps: 300) { $0.learningStarts = 5_000 } == [
        "'learningStarts' (5000) leaves nothing of the budget (300) to learn in."
      ])
    #expect(try warnings(PPOSettings.self, in: "CartPole") { _ in }.isEmpty)
    // What comes round only every so many updates, or steps, of which the budget has fewer.
    let delay = try warnings(TD3Settings.self, in: "Pendulum") { $0.policyDelay = 5_000 }
    #expect(delay.count == 1 && delay[0].hasPrefix("'policyDelay' (5000) is more than the updates"))
    let target = try warnings(DQNSettings.self, in: "CartPole") { $0.targetUpdateInterval = 2_000 }
    #expect(target.count == 1 && target[0].contains("never moves"))
    let round = try warnings(DQNSettings.self, in: "CartPole") { $0.trainFrequency = 2_000 }
    #expect(round.count == 1 && round[0].contains("rounded up"))
    let layers = try warnings(SACSettings.self, in: "Pendulum") {
      ($0.actorWidths, $0.criticWidths, $0.activation) = ([], [], .tanh)
    }
    #expect(layers == ["'activation' has no effect: no network has a hidden layer."])
    let start = try warnings(DQNSettings.self, in: "CartPole") {
      ($0.explorationStart, $0.explorationFraction) = (0.5, 0)
    }
    #expect(start.count == 1 && start[0].contains("explorationFraction=0.1"))
  }

  // MARK: Ranges

  @Test func absurdNumbersAreRefusedByTheirSetting() throws {
    func problem<S: AgentSettings>(_: S.Type, _ name: String, _ word: String) -> String {
      do {
        try S().overlaid(by: [name: JSONValue(word: word)]).validate()
        return ""
      } catch {
        return "\(error)"
      }
    }
    for word in ["1e30", "11", "nan", "inf", "-1e-3", "0", "linear(1e-3, 1e30)", "linear(nan, 0)"] {
      #expect(problem(PPOSettings.self, "learningRate", word).hasPrefix("'learningRate' must"))
      #expect(problem(SACSettings.self, "learningRate", word).hasPrefix("'learningRate' must"))
    }
    #expect(problem(PPOSettings.self, "learningRate", "1").isEmpty)
    for word in ["nan", "1e30", "-1e30"] {
      #expect(
        problem(PPOSettings.self, "initialLogDeviation", word).hasPrefix("'initialLogDeviation'"))
    }
    // One setting that is no number does not blame another.
    for name in ["learningRate", "clipRange", "entropyCoefficient", "targetKL", "maxGradientNorm"] {
      do {
        _ = try PPOSettings().overlaid(by: ["rolloutSteps": 32, name: JSONValue(word: "nan")])
          .validate()
        Issue.record("\(name) was taken")
      } catch { #expect("\(error)".hasPrefix("'\(name)' "), "\(error)") }
    }
  }

  // MARK: Memory

  @Test func trainingsThatDoNotFitIntoMemoryAreRefusedWithTheSetting() throws {
    func problem<S: AgentSettings>(_: S.Type, in name: String, _ change: (inout S) -> Void) throws
      -> String
    {
      var settings = S()
      change(&settings)
      let spec = try EnvironmentRegistry.builtIn.resolve(name).entry.spec
      do {
        try settings.requireMemory(in: spec)
        return ""
      } catch {
        return "\(error)"
      }
    }
    let many = 1_000_000_000
    let environments = try problem(PPOSettings.self, in: "CartPole") {
      ($0.environments, $0.rolloutSteps) = (many, 1)
    }
    #expect(environments.hasPrefix("'environments' of 1000000000 is too much"), "\(environments)")
    #expect(
      environments.contains(" GB of memory in CartPole-v1") && environments.contains("--envs"))
    #expect(environments.contains("lower it"))
    let wide = Array(repeating: 16_384, count: 200)
    #expect(
      try problem(PPOSettings.self, in: "CartPole") { $0.policyWidths = wide }
        .hasPrefix("'policyWidths'"))
    #expect(
      try problem(SACSettings.self, in: "Pendulum") { $0.criticWidths = wide }
        .hasPrefix("'criticWidths'"))
    #expect(
      try problem(TD3Settings.self, in: "Pendulum") { $0.actorWidths = wide }
        .hasPrefix("'actorWidths'"))
    #expect(
      try problem(DQNSettings.self, in: "Taxi") { $0.bufferSize = 1 << 39 }
        .hasPrefix("'bufferSize'"))
    #expect(
      try problem(PPOSettings.self, in: "Taxi") {
        ($0.environments, $0.rolloutSteps) = (1 << 14, 1 << 14)
      }.hasPrefix("'rolloutSteps'"))
    #expect(
      try problem(PPOSettings.self, in: "Pendulum") {
        ($0.stateDependentExploration, $0.explorationInterval) = (true, 1)
        ($0.environments, $0.rolloutSteps, $0.policyWidths) = (64, 1 << 20, [16_384])
      }.hasPrefix("'explorationInterval' of 1 is too much"))
    // All that is preset fits into half a gigabyte, a million transitions of observations of more than 100 numbers into three.
    for entry in AgentRegistry.builtIn.entries {
      for (id, preset) in entry.presets {
        let spec = try EnvironmentRegistry.builtIn.resolve(id).entry.spec
        let most = spec.observationSpace.flatWidth > 100 ? 3e9 : 5e8
        #expect(preset.settings.memoryNeed(in: spec).total < most, "\(entry.name) \(id)")
      }
    }
  }

  /// What grows with a setting is counted.
  @Test func prioritiesQuantilesAndNoiseTakeMemory() throws {
    func need<S: AgentSettings>(_: S.Type, in name: String, _ change: (inout S) -> Void) throws
      -> MemoryNeed
    {
      var settings = S()
      change(&settings)
      return settings.memoryNeed(in: try EnvironmentRegistry.builtIn.resolve(name).entry.spec)
    }
    let plain = try need(DQNSettings.self, in: "Taxi") { _ in }
    let prioritized = try need(DQNSettings.self, in: "Taxi") { $0.prioritizedReplay = true }
    // A million transitions, a tree of 2^21 numbers.
    #expect(prioritized.total - plain.total == Double(1 << 24))
    let few = try need(DQNSettings.self, in: "Taxi") { $0.quantiles = 50 }.bytes["quantiles"] ?? 0
    let many = try need(DQNSettings.self, in: "Taxi") { $0.quantiles = 500 }.bytes["quantiles"] ?? 0
    #expect(few > Double(4 * 6 * 64 * 50 * 5) && many > 9 * few)
    let smooth = try need(PPOSettings.self, in: "Pendulum") {
      ($0.stateDependentExploration, $0.explorationInterval, $0.environments) = (true, 4, 8)
    }
    #expect(smooth.bytes["explorationInterval"] == Double(4 * (2048 / 4) * 8 * 64))
    let buffer = ReplayBuffer(
      capacity: 1000, environments: 1, observationWidth: 1, actionWidth: 1, isPrioritized: true)
    let without = ReplayBuffer(
      capacity: 1000, environments: 1, observationWidth: 1, actionWidth: 1)
    #expect(buffer.byteCount - without.byteCount == 2 * 1024 * 8)
  }
}
