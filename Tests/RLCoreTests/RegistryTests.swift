import RLCore
import RLSupport
import Synchronization
import Testing

/// Counts its steps; the flags at its end can be chosen.
struct Counter: DeterministicEnvironment, Codable {
  var length = 5
  var terminates = true
  private var age = 0
  init(length: Int = 5, terminates: Bool = true) {
    self.length = length
    self.terminates = terminates
  }
  var observationSpace: Box<1> { Box(0...1000) }
  var actionSpace: Discrete { Discrete(2) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    age = 0
    return [0]
  }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    age += 1
    return terminates && age == length
      ? .terminal([Float(age)], reward: 1) : .next([Float(age)], reward: 0)
  }
}

@Suite struct RegistryTests {
  private func registry() throws -> EnvironmentRegistry {
    var registry = EnvironmentRegistry()
    for id in ["Counter-v1", "Counter-v2", "Walk"] { try registry.register(id) { Counter() } }
    return registry
  }

  private func problem(_ name: String) throws -> String {
    do {
      _ = try registry().resolve(name)
      return ""
    } catch { return "\(error)" }
  }

  @Test func namesAndVersions() throws {
    let registry = try registry()
    #expect(try registry.resolve("Counter").entry.id == "Counter-v2")
    #expect(try registry.resolve("Counter-v2").warning == nil)
    #expect(try registry.resolve("Counter-v1").warning?.contains("Counter-v2") == true)
    #expect(try registry.resolve("Walk").entry.id == "Walk")
    #expect(try problem("Countr") == "Unknown environment 'Countr'. Did you mean 'Counter'?")
    #expect(try problem("Counter-v9").contains("Known versions: Counter-v1, Counter-v2"))
    #expect(try problem("Zebra").contains("rlgym envs"))
  }

  @Test func namesAreUniqueAndPlain() throws {
    var registry = try registry()
    #expect(throws: RegistryError.duplicate("Walk")) { try registry.register("Walk") { Counter() } }
    #expect(throws: RegistryError.malformedName("a b")) {
      try registry.register("a b") { Counter() }
    }
    #expect(throws: RegistryError.badLimit("Short", 0)) {
      try registry.register("Short", maxSteps: 0) { Counter() }
    }
  }

  /// Rows are single-precision numbers, which have whole numbers up to 2^24.
  @Test func spacesThatRowsCannotCarryAreRefused() throws {
    struct Ledger: DeterministicEnvironment {
      var pages: Discrete
      var observationSpace: Discrete { pages }
      var actionSpace: Discrete { Discrete(2) }
      mutating func reset(using rng: inout SeededGenerator) -> Int { pages.start }
      mutating func step(_ action: Int) -> Step<Int, NoInfo> { .terminal(pages.start, reward: 0) }
    }
    var registry = EnvironmentRegistry()
    for (count, start) in [(20_000_000, 0), (2, 1 << 24), (2, -1 << 25), (Int.max, 5)] {
      let pages = Discrete(count, start: start)
      let error = #expect(throws: RegistryError.self) {
        try registry.register("Ledger") { Ledger(pages: pages) }
      }
      #expect(error?.description.contains("beyond 16,777,216") == true)
      let check = checkEnvironment(Ledger(pages: pages))
      #expect(check.findings.map(\.rule) == ["observation-space"])
    }
    try registry.register("Ledger") { Ledger(pages: Discrete(1 << 24)) }
    #expect(SpaceSpec.multiDiscrete(counts: [2, 1 << 25]).rowProblem != nil)
  }

  @Test func anEnvironmentThatTheBuildLacksTellsWhatItNeeds() throws {
    var registry = EnvironmentRegistry()
    registry.setMissing("Lander-v3", needs: "a library")
    for name in ["Lander", "Lander-v3"] {
      let error = #expect(throws: RegistryError.missing(name, needs: "a library")) {
        try registry.resolve(name)
      }
      #expect(error?.description == "'\(name)' cannot be made here: it needs a library.")
    }
    #expect(throws: RegistryError.self) { try registry.resolve("Lander-v2") }
    #expect(registry.names.isEmpty && registry.entries.isEmpty)
    #expect(registry.listing.map(\.needs) == ["a library"])
    try registry.register("Lander-v3") { Counter() }
    #expect(try registry.resolve("Lander").entry.id == "Lander-v3")
    #expect(registry.listing.map(\.needs) == [nil])
  }

  /// What it needs is looked for when somebody asks for it, and once.
  @Test func anEnvironmentCanBeMadeWhenItIsFirstAskedFor() throws {
    let calls = Mutex(0)
    var source = EnvironmentRegistry()
    try source.register("Counter-v2", summary: "count") { Counter() }
    let entry = try source.resolve("Counter").entry
    var registry = EnvironmentRegistry()
    try registry.register("Counter-v1") { Counter() }
    try registry.addDeferred("Counter-v2", summary: "count") { () throws(RegistryError) in
      calls.withLock { $0 += 1 }
      return entry
    }
    try registry.addDeferred("Lander-v1", summary: "land") { () throws(RegistryError) in
      calls.withLock { $0 += 1 }
      throw .missing("Lander-v1", needs: "a library")
    }
    #expect(calls.withLock { $0 } == 0)
    #expect(registry.names == ["Counter", "Counter-v1", "Counter-v2", "Lander", "Lander-v1"])
    #expect(throws: RegistryError.duplicate("Counter-v2")) {
      try registry.register("Counter-v2") { Counter() }
    }
    #expect(throws: RegistryError.duplicate("Counter-v1")) {
      try registry.addDeferred("Counter-v1", summary: "") { () throws(RegistryError) in entry }
    }
    for _ in 0..<2 {
      #expect(try registry.resolve("Counter").entry.id == "Counter-v2")
      #expect(try registry.resolve("Counter-v1").warning?.contains("Counter-v2") == true)
      for name in ["Lander", "Lander-v1"] {
        #expect(throws: RegistryError.missing(name, needs: "a library")) {
          try registry.resolve(name)
        }
      }
    }
    #expect(registry.entries.map(\.id) == ["Counter-v1", "Counter-v2"])
    #expect(registry.listing.map(\.summary) == ["", "count", "land"])
    #expect(registry.listing.map(\.needs) == [nil, nil, "a library"])
    #expect(calls.withLock { $0 } == 2)
  }

  /// What cannot be is told at once where it can be seen, and as it is for others.
  @Test func whatIsMadeLaterIsCheckedLikeTheOthers() throws {
    var source = EnvironmentRegistry()
    try source.register("Counter-v2") { Counter() }
    var entry = try source.resolve("Counter").entry
    var registry = EnvironmentRegistry()
    for name in ["", "a b", "x:y"] {
      #expect(throws: RegistryError.malformedName(name)) {
        try registry.addDeferred(name, summary: "") { [entry] () throws(RegistryError) in entry }
      }
    }
    #expect(throws: RegistryError.badLimit("Counter-v3", 0)) {
      try registry.addDeferred("Counter-v3", maxSteps: 0, summary: "") {
        [entry] () throws(RegistryError) in entry
      }
    }
    entry.spec.observationSpace = .discrete(count: 1 << 30, start: 0)
    try registry.addDeferred("Counter-v4", summary: "") { [entry] () throws(RegistryError) in
      entry
    }
    let error = #expect(throws: RegistryError.self) { try registry.resolve("Counter-v4") }
    guard case .badSpace = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// Asked whether something is lacking, a list makes nothing.
  @Test func aListAsksWhatIsLacking() throws {
    let calls = Mutex(0)
    var registry = EnvironmentRegistry()
    try registry.addDeferred("Lander-v1", summary: "land", needs: { "a library" }) {
      () throws(RegistryError) in
      calls.withLock { $0 += 1 }
      throw .missing("Lander-v1", needs: "a library of today")
    }
    #expect(registry.listing.map(\.needs) == ["a library"] && calls.withLock { $0 } == 0)
    #expect(throws: RegistryError.self) { try registry.resolve("Lander") }
    #expect(registry.listing.map(\.needs) == ["a library of today"])
  }

  /// Rows of observation, final observation (if ended) and flags over some steps.
  private func table(_ make: @escaping @Sendable () -> Counter, limit: Int?, steps: Int) throws
    -> [String]
  {
    var registry = EnvironmentRegistry()
    try registry.register("Counter", maxSteps: limit, make)
    var vector = try registry.make("Counter", count: 1)
    let batch = StepBatch(count: 1, for: vector.spec)
    vector.reset(seed: 0, into: batch)
    return (0..<steps).map { _ in
      vector.step([0], into: batch)
      let ended = batch.terminated[0] || batch.truncated[0]
      return "\(Int(batch.observations[0]))"
        + (ended ? " final \(Int(batch.finalObservations[0]))" : "")
        + (batch.terminated[0] ? " terminated" : "") + (batch.truncated[0] ? " truncated" : "")
    }
  }

  @Test func episodesAreResetInTheStepThatEndsThem() throws {
    #expect(
      try table({ Counter(length: 3) }, limit: nil, steps: 5) == [
        "1", "2", "0 final 3 terminated", "1", "2",
      ])
    #expect(
      try table({ Counter(terminates: false) }, limit: 2, steps: 4) == [
        "1", "0 final 2 truncated", "1", "0 final 2 truncated",
      ])
    #expect(
      try table({ Counter(length: 2) }, limit: 2, steps: 2) == [
        "1", "0 final 2 terminated truncated",
      ])
    #expect(try table({ Counter() }, limit: 1, steps: 1) == ["0 final 1 truncated"])
  }
}
