import RLSupport
import Testing

/// A part of a vector: what it has of each kind of state.
private struct Part: Stateful, Equatable {
  var rows: [Float]
  var flags: [Bool]
  var generators: [SeededGenerator]
  var blobs: [[UInt8]]

  init(_ range: Range<Int>) {
    rows = range.flatMap { [Float($0), Float($0) + 0.5] }
    flags = range.map { $0 % 2 == 0 }
    generators = range.map { SeededGenerator(seed: UInt64($0)) }
    blobs = range.map { Array(repeating: 7, count: $0) }
  }

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows("rows", &rows, width: 2)
    try state.rows("flags", &flags)
    try state.rows("generators", &generators)
    try state.rows("blobs", &blobs)
  }
}

private struct Whole: Stateful, Equatable {
  struct Scalars: Codable, Equatable {
    var best = -Double.infinity
    var solvedAt: Int?
    var name = "a \"name\"\n"
  }

  var numbers: [Double] = [1, 2]
  var steps = 3
  var updates = 4
  var scalars = Scalars()
  var part = Part(0..<2)

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.array("numbers", &numbers)
    try state.integers("counters", of: &self, \.steps, \.updates)
    try state.require(steps >= 0 && updates >= 0, "counters", "one is negative")
    try state.value("scalars", &scalars)
    try state.part("part.", &part)
  }
}

@Suite struct StateVisitorTests {
  private func changed() -> Whole {
    var whole = Whole()
    (whole.numbers, whole.steps, whole.updates) = ([0.1, .pi], 1 << 60, 0)
    whole.scalars = Whole.Scalars(best: 0.1, solvedAt: 12, name: "ü")
    whole.part = Part(5..<7)
    return whole
  }

  @Test func oneDeclarationServesBothDirections() throws {
    for saved in [Whole(), changed()] {
      var archive = StateArchive()
      saved.save(to: &archive, prefix: "x/")
      #expect(archive.entries.keys.allSatisfy { $0.hasPrefix("x/") })
      let file = try Safetensors.decode(Safetensors.encode(archive))
      #expect(file == archive)
      var restored = Whole()
      try restored.restore(from: file, prefix: "x/")
      #expect(restored == saved)
    }
  }

  @Test func partsLeaveWhatTheWholeLeaves() throws {
    var (whole, parts) = (StateArchive(), StateArchive())
    Part(0..<6).save(to: &whole)
    for range in [0..<1, 1..<4, 4..<6] { Part(range).save(to: &parts) }
    #expect(whole == parts)
    for range in [0..<6, 2..<3, 3..<6] {
      var part = Part(10..<10 + range.count)
      try part.restore(from: whole, offset: range.lowerBound)
      #expect(part == Part(range))
    }
  }

  @Test func damagedStatesAreRefusedAndChangeNothing() throws {
    var archive = StateArchive()
    changed().save(to: &archive)
    for name in archive.entries.keys {
      var bad = archive.removing(name)
      var whole = Whole()
      #expect(throws: StateError.self, "\(name)") { try whole.restore(from: bad) }
      bad.set(name, .bytes([1]))
      #expect(throws: StateError.self, "\(name)") { try whole.restore(from: bad) }
      #expect(whole == Whole())
    }
    for text in ["", "{", "[]", "{\"best\":1}", "{\"best\":1e999,\"name\":\"\"}", "null"] {
      var bad = archive
      bad.set("scalars", json: text)
      var whole = Whole()
      #expect(throws: StateError.self, "\(text)") { try whole.restore(from: bad) }
      #expect(whole == Whole())
    }
    var negative = archive
    negative.set("counters", .int([-1, 2]))
    var whole = Whole()
    #expect(throws: StateError.invalid("counters", "one is negative")) {
      try whole.restore(from: negative)
    }
    for sizes: [Int64] in [[-1, 1], [1, .max], [.max, 1]] {
      var bad = archive
      bad.set("part.blobs.sizes", .int(sizes))
      #expect(throws: StateError.self) { try whole.restore(from: bad) }
    }
  }

  /// Wherever restoring begins, nothing outside of the arrays is read.
  @Test func partsBeyondTheEndAreRefused() throws {
    var archive = StateArchive()
    Part(0..<3).save(to: &archive)
    var part = Part(0..<2)
    #expect(throws: StateError.self) { try part.restore(from: archive, offset: 2) }
  }
}
