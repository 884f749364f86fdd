import Foundation
import RLAgents
import RLCore
import RLEnvironments
import RLSupport
import RLTensor
import Testing

@Suite struct OffPolicySettingsTests {
  private func expectFields<C: AgentSettings>(_: C.Type, optional: Set<String>) throws {
    let data = try JSONEncoder().encode(C())
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let names = C.table.settings.map(\.name)
    #expect(names.count == Set(names).count)
    // Optionals without a value are not encoded.
    #expect(Set(names) == Set(object.keys).union(optional))
    #expect(C.table.settings.allSatisfy { !$0.meaning.isEmpty })
    #expect(try JSONDecoder().decode(C.self, from: data) == C())
  }

  @Test func everyFieldIsAKeyAndEveryKeyAField() throws {
    try expectFields(DQNSettings.self, optional: [])
    try expectFields(SACSettings.self, optional: ["targetEntropy"])
    try expectFields(TD3Settings.self, optional: [])
  }

  // MARK: Bad values

  private typealias Settings = [(key: String, value: JSONValue)]

  private let shared: Settings = [
    ("environments", 0), ("learningRate", 0), ("learningRate", "linear(0, 1e-3)"),
    ("learningRate", "linear(1e-3, -1e-3)"), ("bufferSize", 0), ("bufferSize", 4_294_967_296),
    ("learningStarts", -1), ("batchSize", 1), ("batchSize", 2_000_000), ("tau", 0), ("tau", 1.5),
    ("discount", -0.1), ("discount", 1.1), ("trainFrequency", 0), ("gradientSteps", 0),
    ("gradientSteps", -2), ("returnSteps", 0), ("returnSteps", 20_000), ("adamEpsilon", 0),
    ("trainFrequencyUnit", "day"), ("tau", 1e-60),
  ]

  private func expectRefused<C: AgentSettings>(_: C.Type, _ settings: Settings) throws {
    try C().validate()
    for (key, value) in shared + settings {
      do {
        try C().overlaid(by: [key: value]).validate()
        Issue.record("\(key): \(value) was taken")
      } catch { #expect("\(error)".contains("'\(key)'"), "\(error)") }
    }
  }

  @Test func impossibleValuesAreRefusedByName() throws {
    try expectRefused(
      DQNSettings.self,
      [
        ("targetUpdateInterval", 0), ("explorationFraction", 1.5), ("explorationStart", -0.1),
        ("explorationEnd", 2), ("maxGradientNorm", 0), ("maxGradientNorm", 1e-60),
        ("widths", [0]), ("widths", [20_000]),
        ("quantiles", -1), ("quantiles", 10_001), ("priorityExponent", 1.1),
        ("priorityCorrection", "linear(0.4, 2)"),
      ])
    try expectRefused(
      SACSettings.self,
      [
        ("entropyCoefficient", -0.1), ("entropyCoefficient", "auto(0)"),
        ("entropyCoefficient", "auto(-1)"), ("entropyCoefficient", "inf"),
        ("entropyCoefficient", "nan"), ("entropyCoefficient", "auto(inf)"),
        ("targetUpdateInterval", 0), ("policyDelay", 0), ("actorWidths", [64, -1]),
        ("criticCount", 0), ("criticWidths", [0]), ("explorationInterval", 0),
        ("explorationInterval", -2), ("adamBeta1", -0.1), ("adamBeta1", 1), ("weightDecay", -0.1),
        ("weightDecay", 1.1), ("batchNormalization", true), ("actorWidths", [0]),
      ])
    try expectRefused(
      TD3Settings.self,
      [
        ("policyDelay", 0), ("targetNoise", -0.1), ("targetNoiseClip", -1), ("criticCount", 0),
        ("criticCount", 17), ("explorationNoise", -1), ("explorationNoise", "linear(0.1, -0.1)"),
        ("actorWidths", [0]), ("criticWidths", [0]), ("preactivationPenalty", -1),
      ])
    // Quantiles have neither.
    for key in ["isDueling", "usesSquaredLoss"] {
      #expect(throws: SettingsError.self) {
        try DQNSettings().overlaid(by: ["quantiles": 5, key: true]).validate()
      }
    }
    // A matrix takes the means of quantiles.
    var c = DQNSettings()
    c.quantiles = 10_000
    #expect(throws: SettingsError.self) {
      try DQN(
        c, environments: makeVector(1) { Unsavable(Discrete(1_000)) }, seed: 1, steps: 1, threads: 1
      )
    }
    // Which of them would count?
    #expect(throws: SettingsError.self) {
      try TD3Settings().overlaid(by: ["environments": 2, "trainFrequencyUnit": "episode"])
        .validate()
    }
    // The buffer must hold a row.
    #expect(throws: SettingsError.self) {
      try DQNSettings().overlaid(by: ["environments": 8, "bufferSize": 7]).validate()
    }
    #expect(throws: SettingsError.self) {
      try SACSettings().overlaid(by: ["stateDependentExploration": true, "actorWidths": []])
        .validate()
    }
    let plain: [String: JSONValue] = ["batchNormalization": true, "targetCritics": false]
    let residual: [String: JSONValue] = [
      "residualBlocks": true, "actorWidths": [64], "criticWidths": [128, 128],
    ]
    try SACSettings().overlaid(by: plain).validate()
    try SACSettings().overlaid(by: residual).validate()
    // Each would normalize in its own way.
    for (settings, more) in [
      (plain, ["residualBlocks": true]), (plain, ["normalizeLayers": true]),
      (residual, ["normalizeLayers": true]),
    ] as [([String: JSONValue], [String: JSONValue])] {
      #expect(throws: SettingsError.self) {
        try SACSettings().overlaid(by: settings).overlaid(by: more).validate()
      }
    }
    // A block's result is added to its input.
    for (name, widths) in [("actorWidths", []), ("criticWidths", [64, 32])] as [(String, JSONValue)]
    {
      do {
        try SACSettings().overlaid(by: residual).overlaid(by: [name: widths]).validate()
        Issue.record("\(name): \(widths) was taken")
      } catch { #expect("\(error)".contains("'\(name)'"), "\(error)") }
    }
  }

  /// Most of them cannot come from files, but from programs.
  @Test func numbersThatAreNotFiniteAreRefusedByName() {
    func problem<C: AgentSettings>(_ c: C, _ change: (inout C) -> Void) -> String {
      var c = c
      change(&c)
      do {
        try c.validate()
        return ""
      } catch { return "\(error)" }
    }
    for bad in [Double.nan, .infinity] {
      #expect(problem(DQNSettings()) { $0.tau = bad }.contains("tau"))
      #expect(problem(DQNSettings()) { $0.maxGradientNorm = bad }.contains("maxGradientNorm"))
      #expect(problem(DQNSettings()) { $0.discount = bad }.contains("discount"))
      #expect(problem(DQNSettings()) { $0.learningRate = .constant(bad) }.contains("learning"))
      #expect(problem(SACSettings()) { $0.targetEntropy = bad }.contains("targetEntropy"))
      #expect(problem(SACSettings()) { $0.initialLogDeviation = bad }.contains("initialLog"))
      #expect(
        problem(SACSettings()) { $0.entropyCoefficient = .fixed(bad) }.contains("entropy"))
      #expect(
        problem(SACSettings()) { $0.entropyCoefficient = .automatic(start: bad) }
          .contains("entropy"))
      #expect(
        problem(TD3Settings()) { $0.explorationNoise = .constant(bad) }.contains("exploration")
      )
      #expect(problem(TD3Settings()) { $0.targetNoise = bad }.contains("targetNoise"))
      #expect(problem(TD3Settings()) { $0.targetNoiseClip = bad }.contains("targetNoiseClip"))
      #expect(problem(TD3Settings()) { $0.adamEpsilon = bad }.contains("adamEpsilon"))
    }
  }

  // MARK: Forms in files

  @Test func entropyCoefficientsInFiles() throws {
    let forms: [(JSONValue, EntropyCoefficient, String)] = [
      ("auto", .automatic(start: 1), "auto"), ("auto(0.1)", .automatic(start: 0.1), "auto(0.1)"),
      (0.2, .fixed(0.2), "0.2"), (0, .fixed(0), "0"), (1, .fixed(1), "1"),
      ("auto_0.1", .automatic(start: 0.1), "auto(0.1)"),
    ]
    for (value, expected, text) in forms {
      let c = try SACSettings().overlaid(by: ["entropyCoefficient": value])
      #expect(c.entropyCoefficient == expected)
      #expect(c.values.first { $0.name == "entropyCoefficient" }?.value.word == text)
      let data = try JSONEncoder().encode(c)
      #expect(try JSONDecoder().decode(SACSettings.self, from: data) == c)
      #expect(EntropyCoefficient("\(expected)") == expected)
    }
    for text in ["", "automatic", "auto_", "auto()", "auto(", "auto(a)", "auto(1", "Auto", "[1]"] {
      #expect(EntropyCoefficient(text) == nil, "\(text)")
      #expect(throws: SettingsError.self) {
        try SACSettings().overlaid(by: ["entropyCoefficient": .string(text)])
      }
    }
    #expect(try SACSettings().overlaid(by: ["targetEntropy": -3]).targetEntropy == -3)
    var c = SACSettings()
    c.targetEntropy = -3
    #expect(try c.overlaid(by: ["targetEntropy": nil]).targetEntropy == nil)
  }

  @Test func noiseProcessesInFiles() throws {
    for process in NoiseProcess.allCases {
      let c = try TD3Settings().overlaid(by: ["noiseProcess": .string(process.rawValue)])
      #expect(c.noiseProcess == process)
      #expect(c.values.first { $0.name == "noiseProcess" }?.value.word == process.rawValue)
      let data = try JSONEncoder().encode(c)
      #expect(try JSONDecoder().decode(TD3Settings.self, from: data) == c)
    }
    do {
      _ = try TD3Settings().overlaid(by: ["noiseProcess": "pink"])
      Issue.record("an unknown process was taken")
    } catch {
      let words = ["'noiseProcess'", "pink", "gaussian or ornsteinUhlenbeck"]
      #expect(words.allSatisfy { "\(error)".contains($0) }, "\(error)")
    }
    let c = try TD3Settings().overlaid(by: ["explorationNoise": "linear(0.2, 0.1)"])
    #expect(c.explorationNoise == .linear(from: 0.2, to: 0.1))
  }

  // MARK: Obstacles

  private func unsupportedReason<A: Agent>(
    _: A.Type, _ configuration: A.Settings, in vector: any VectorEnvironment
  ) -> String {
    do {
      _ = try A(configuration, environments: vector, seed: 1, steps: 10, threads: 1)
      return ""
    } catch { return "\(error)" }
  }

  @Test func unsuitableEnvironmentsAreRefusedWithAReason() throws {
    let registry = EnvironmentRegistry.builtIn
    let dqn = unsupportedReason(
      DQN.self, DQNSettings(), in: try registry.make("Pendulum", count: 1))
    #expect(dqn.contains("dqn cannot learn Pendulum-v1") && dqn.contains("discrete"), "\(dqn)")
    let sac = unsupportedReason(
      SAC.self, SACSettings(), in: try registry.make("CartPole", count: 1))
    #expect(sac.contains("sac cannot learn CartPole-v1") && sac.contains("continuous"), "\(sac)")
    let td3 = unsupportedReason(
      TD3.self, TD3Settings(), in: try registry.make("CartPole", count: 1))
    #expect(td3.contains("td3 cannot learn CartPole-v1") && td3.contains("continuous"), "\(td3)")
    for range in [-1...Float.infinity, -Float.infinity...1] {
      let unbounded = makeVector(1) { Unsavable(Box<1>(range)) }
      #expect(unsupportedReason(SAC.self, SACSettings(), in: unbounded).contains("bounds"))
      #expect(unsupportedReason(TD3.self, TD3Settings(), in: unbounded).contains("bounds"))
    }
    let many = makeVector(1) { IdentityMultiDiscrete() }
    #expect(unsupportedReason(DQN.self, DQNSettings(), in: many).contains("discrete"))
  }

  @Test func theAgentsAreListed() throws {
    for name in ["dqn", "sac", "td3"] {
      let kind = try AgentRegistry.builtIn.named(name)
      #expect(kind.name == name && !kind.summary.isEmpty)
      let spec = try EnvironmentRegistry.builtIn.resolve("CartPole").entry.spec
      #expect((kind.type.unsupportedReason(in: spec) == nil) == (name == "dqn"))
    }
    // Others count these as agents.
    for (name, setting) in [("DDPG", "criticCount=1"), ("qrdqn", "quantiles=")] {
      do {
        _ = try AgentRegistry.builtIn.named(name)
        Issue.record("\(name) was found")
      } catch { #expect("\(error)".contains(setting), "\(error)") }
    }
  }
}
