import Foundation
import RLAgents
import RLCore
import RLDatasets
import RLEnvironments
import RLSupport
import Testing

#if DEBUG
  private let isOptimized = false
#else
  private let isOptimized = true
#endif

/// States whose numbers are impossible, as of another program, or made up: they are refused, or the training goes on
/// with them; nothing traps.
@Suite struct ImpossibleStateTests {
  /// An agent in an environment, small enough to be restored a thousand times.
  struct Case: CustomTestStringConvertible {
    var agent: String
    var environment: String
    var arguments: [String: JSONValue] = [:]
    var settings: [String: JSONValue] = [:]
    var testDescription: String { "\(agent) \(environment) \(arguments)" }

    static let onPolicy: [String: JSONValue] = [
      "environments": 2, "rolloutSteps": 8, "batchSize": 8, "epochs": 1, "policyWidths": [4],
      "valueWidths": [4],
    ]
    static let dqn: [String: JSONValue] = [
      "environments": 2, "bufferSize": 64, "learningStarts": 16, "batchSize": 8, "widths": [4],
      "prioritizedReplay": true,
    ]
    static let offPolicy: [String: JSONValue] = [
      "environments": 2, "bufferSize": 64, "learningStarts": 16, "batchSize": 8,
      "trainFrequency": 8, "actorWidths": [4], "criticWidths": [4], "normalizeObservations": true,
    ]
    static let all = [
      Case(agent: "ppo", environment: "CartPole", settings: onPolicy),
      Case(agent: "ppo", environment: "Blackjack", settings: onPolicy),
      Case(
        agent: "ppo", environment: "Taxi", arguments: ["fickle_passenger": true],
        settings: onPolicy),
      Case(agent: "dqn", environment: "Taxi", settings: dqn),
      Case(agent: "dqn", environment: "Acrobot", settings: dqn),
      Case(agent: "dqn", environment: "FrozenLake", settings: dqn),
      Case(agent: "sac", environment: "Pendulum", settings: offPolicy),
      Case(agent: "td3", environment: "MountainCarContinuous", settings: offPolicy),
      Case(
        agent: "sac", environment: "Pendulum",
        settings: offPolicy.merging(["batchNormalization": true, "targetCritics": false]) { $1 }),
    ]

    func make() throws -> any Agent {
      let kind = try AgentRegistry.builtIn.named(agent)
      let entry = try EnvironmentRegistry.builtIn.resolve(environment, arguments).entry
      return try kind.type.make(
        try kind.settings([settings]), environments: RecordedEnvironments(entry.makeVector(2)),
        seed: 1, steps: 400, threads: 1)
    }
  }

  /// Values at the edges of their types, and out of any space.
  private static func extremes(_ values: StateArchive.Values) -> [StateArchive.Values] {
    func changed<T>(_ old: [T], _ new: [T], _ wrap: ([T]) -> StateArchive.Values)
      -> [StateArchive.Values]
    {
      // A debug build is some thirty times slower.
      new.enumerated().filter { isOptimized || $0.offset % 3 == 2 }.map { i, value in
        var changed = old
        for place in i % 2 == 0 ? Array(old.indices) : [old.count / 2] { changed[place] = value }
        return wrap(changed)
      }
    }
    return switch values {
    case .float(let a):
      changed(a, [-1, 0.5, 700, 3e9, -1e38, .nan, .infinity], StateArchive.Values.float)
    case .double(let a):
      changed(a, [-1, 0.5, 1e18, 1e308, -1e308, .nan, .infinity], StateArchive.Values.double)
    case .int(let a):
      changed(
        a, [-1, 3, 1000, 1 << 31, 1 << 40, 1 << 60, .max, .min], StateArchive.Values.int)
    case .uint(let a): changed(a, [0, .max], StateArchive.Values.uint)
    case .bytes(let a): changed(a, [0, 2, 255], StateArchive.Values.bytes)
    }
  }

  /// The JSON of saved environments with one number in it replaced; the sizes are mended.
  private static func changedEnvironments(_ archive: StateArchive) throws -> [StateArchive] {
    let (name, sizes) = ("environments/environments", "environments/environments.sizes")
    guard archive.entries[name] != nil else { return [] }
    let counts = try archive.ints(sizes)
    let bytes = try archive.bytes(name)
    let first = String(decoding: bytes.prefix(Int(counts[0])), as: UTF8.self)
    return first.ranges(of: /-?\d+(\.\d+)?/).flatMap { range in
      ["-1", "31", "9223372036854775807", "1e300"].map { word in
        var archive = archive
        let text = first.replacingCharacters(in: range, with: word)
        archive.set(name, .bytes(Array(text.utf8) + bytes.dropFirst(Int(counts[0]))))
        archive.set(sizes, .int([Int64(text.utf8.count)] + counts.dropFirst()))
        return archive
      }
    }
  }

  /// - Returns: Whether the state was refused.
  private func tryOut(_ archive: StateArchive, _ agent: any Agent) -> Bool {
    do throws(StateError) { try agent.restore(from: archive) } catch {
      #expect(!error.name.isEmpty)
      return true
    }
    // Learning may break down; that is an error of its own.
    var reports = 0
    try? agent.train { _ in
      reports += 1
      return reports == (isOptimized ? 2 : 1) ? .stop : .proceed
    }
    return false
  }

  @Test(arguments: Case.all) func impossibleNumbersAreRefusedOrHarmless(_ one: Case) throws {
    let agent = try one.make()
    var reports = 0
    try agent.train { _ in
      reports += 1
      return reports == 2 ? .stop : .proceed
    }
    var good = StateArchive()
    agent.save(to: &good)
    #expect(!tryOut(good, agent))
    var (tried, refused) = (0, 0)
    for (name, entry) in good.entries.sorted(by: { $0.key < $1.key })
    where entry.values.count > 0 && !name.hasPrefix("policy/") {
      for values in Self.extremes(entry.values) {
        var bad = good
        bad.set(name, values, shape: entry.shape)
        tried += 1
        if tryOut(bad, agent) { refused += 1 }
      }
    }
    for bad in try Self.changedEnvironments(good) {
      tried += 1
      if tryOut(bad, agent) { refused += 1 }
    }
    #expect(refused > tried / 4 && refused < tried, "\(refused) of \(tried)")
  }

  /// The places in which made-up numbers once ended the program.
  @Test(arguments: [
    ("replay/actions", Case.all[3]), ("replay/next_observations", Case.all[3]),
    ("replay/observations", Case.all[3]), ("collector/observations", Case.all[3]),
    ("environments/log.actions", Case.all[3]), ("environments/log.observations", Case.all[3]),
    ("replay/actions", Case.all[6]), ("replay/rewards", Case.all[6]),
  ]) func numbersOutOfTheirSpaceAreRefused(_ name: String, _ one: Case) throws {
    let agent = try one.make()
    try agent.train { _ in .stop }
    var state = StateArchive()
    agent.save(to: &state)
    let numbers = try state.floats(name)
    for value: Float in [.nan, .infinity, 1e30, 3e9].prefix(name == "replay/rewards" ? 2 : 4) {
      var bad = state
      bad.set(name, .float(numbers.dropLast() + [value]))
      let error = #expect(throws: StateError.self, "\(value)") { try agent.restore(from: bad) }
      #expect(try #require(error).description.contains("'\(name)' cannot be used: number"))
    }
  }

  @Test(arguments: [
    ("collector/lengths", Case.all[0]), ("environments/elapsed", Case.all[0]),
    ("environments/elapsed", Case.all[3]), ("optimizer/steps", Case.all[3]),
    ("counters", Case.all[0]), ("counters", Case.all[6]), ("replay/place", Case.all[6]),
  ]) func countsThatAreNoneAreRefused(_ name: String, _ one: Case) throws {
    let agent = try one.make()
    try agent.train { _ in .stop }
    var state = StateArchive()
    agent.save(to: &state)
    let numbers = try state.ints(name)
    for value: Int64 in [-1, .max, .min, 1 << 54] {
      var bad = state
      bad.set(name, .int(numbers.dropLast() + [value]), shape: state.entries[name]?.shape)
      #expect(throws: StateError.self, "\(value)") { try agent.restore(from: bad) }
    }
  }
}
