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
    try state.value("scalars", &scalars)
    try state.part("part.", &part)
  }
}

@Suite struct StateVisitorTests {
  private func changed() -> Whole {
    var whole = Whole()
    (whole.numbers, whole.steps, whole.updates) = ([0.1, .pi], 1 << 50, 0)
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
    #expect(throws: StateError.invalid("counters", "number 0 is -1, not a count from 0 to 2^53")) {
      try whole.restore(from: negative)
    }
    for sizes: [Int64] in [[-1, 1], [1, .max], [.max, 1]] {
      var bad = archive
      bad.set("part.blobs.sizes", .int(sizes))
      #expect(throws: StateError.self) { try whole.restore(from: bad) }
    }
  }

  /// What is declared as a range is checked before anything is taken over.
  @Test func numbersOutOfTheirRangeAreRefused() throws {
    struct Dice: Stateful, Equatable {
      var faces = [1, 6]
      var weights: [Float] = [0.5, 0.5]
      var limits: [Double] = [.infinity]
      var isRolled = [true]
      mutating func visit(_ state: inout StateVisitor) throws(StateError) {
        try state.array("faces", &faces, within: .within(1...6))
        try state.rows("weights", &weights)
        try state.array("limits", &limits, within: .any)
        try state.array("isRolled", &isRolled)
      }
    }
    var good = StateArchive()
    Dice().save(to: &good)
    let bad: [(String, StateArchive.Values, String)] = [
      ("faces", .int([1, 7]), "number 1 is 7, not from 1 to 6"),
      ("faces", .int([.min, 1]), "number 0 is -9223372036854775808, not from 1 to 6"),
      ("weights", .float([.nan, 1]), "number 0 is nan, not finite"),
      ("weights", .float([1, -.infinity]), "number 1 is -inf, not finite"),
      ("isRolled", .bytes([2]), "number 0 is 2, not from 0 to 1"),
    ]
    for (name, values, problem) in bad {
      var archive = good
      archive.set(name, values)
      var dice = Dice()
      #expect(throws: StateError.invalid(name, problem)) { try dice.restore(from: archive) }
      #expect(dice == Dice())
    }
    var dice = Dice(faces: [2, 3])
    try dice.restore(from: good)
    #expect(dice == Dice())
  }

  @Test func rangesOfCounts() throws {
    try StateRange<Int>.counts.check([0, 1 << 53], "x")
    try StateRange<Int64>.counts(below: 5).check([0, 4], "x")
    for bad in [-1, (1 << 53) + 1, .max, .min] {
      #expect(throws: StateError.self) { try StateRange<Int>.counts.check([bad], "x") }
    }
    #expect(throws: StateError.invalid("x", "number 1 is 5, not a count from 0 to 4")) {
      try StateRange<Int32>.counts(below: 5).check([0, 5], "x")
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
