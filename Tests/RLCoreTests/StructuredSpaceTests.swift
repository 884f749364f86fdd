import Foundation
import RLCore
import RLSupport
import Testing

/// A space of `make_spaces.py`: what Gymnasium and Minari say of it.
private struct Original: Decodable {
  struct Value: Decodable {
    var value: JSONValue
    var flat: [Float]
  }
  var json: String
  var text: String
  var flatdim: Int
  var values: [Value]
  var outside: [JSONValue]

  static func all() throws -> [String: Original] {
    let url = try #require(Bundle.module.url(forResource: "spaces", withExtension: "json"))
    return try JSONDecoder().decode([String: Original].self, from: Data(contentsOf: url))
  }
}

private let infinity = Float.infinity
private let spaces: [String: SpaceSpec] = [
  "blackjack": .tuple([
    .discrete(count: 32, start: 0), .discrete(count: 11, start: 0), .discrete(count: 2, start: 0),
  ]), "picture": .bytes(shape: [2, 3, 2], low: 0, high: 1),
  "sorted": .dict([
    .init("Z", .multiBinary(count: 3)), .init("a", .box(shape: [2], low: [0, 0], high: [9, 9])),
    .init("b", .discrete(count: 2, start: 0)),
  ]),
  "nested": .dict([
    .init("stock", .box(shape: [3], low: [0, 0, 0], high: [100, 100, 100])),
    .init("season", .discrete(count: 4, start: -1)),
    .init(
      "inner",
      .tuple([
        .multiDiscrete(counts: [2, 5]),
        .dict([
          .init("y", .multiBinary(count: 3)),
          .init(
            "x", .box(shape: [2, 2], low: [-1, 0, -infinity, 2.5], high: [1, infinity, 0, 3.5])),
        ]), .tuple([.box(shape: [], low: [-1], high: [1])]),
      ])), .init("shelf", .bytes(shape: [2, 3, 1], low: 0, high: 255)),
    .init("map", .bytes(shape: [4], low: 3, high: 7)),
  ]),
]

@Suite struct StructuredSpaceTests {
  @Test(arguments: ["blackjack", "picture", "sorted", "nested"])
  func spacesAreGymnasiums(_ name: String) throws {
    let (space, original) = (try #require(spaces[name]), try #require(Original.all()[name]))
    #expect(space.flatWidth == original.flatdim)
    var rng = SeededGenerator(seed: 42)
    for (i, value) in original.values.enumerated() {
      let row = try space.row(from: value.value)
      #expect(space.sample(using: &rng) == row, "value \(i)")
      #expect(space.json(of: row) == value.value && space.contains(row), "value \(i)")
      #expect(space.flatten(row) == value.flat && space.unflattened(value.flat) == row)
    }
    for value in original.outside { #expect(!space.contains(try space.row(from: value))) }
  }

  @Test(arguments: ["blackjack", "picture", "sorted", "nested"])
  func descriptionsAreMinaris(_ name: String) throws {
    let (space, original) = (try #require(spaces[name]), try #require(Original.all()[name]))
    #expect(SpaceSpec(json: space.json) == space)
    let theirs = try #require(JSONValue(text: Array(original.json.utf8)))
    var ours = try #require(JSONValue(text: Array(space.json.utf8)))
    if name == "nested" {
      // Minari sorts the names where nobody says their order.
      let order: JSONValue = ["stock", "season", "inner", "shelf", "map"]
      #expect(ours["order"] == order)
      #expect(ours["subspaces"]?["inner"]?["subspaces"]?.array?[1]["order"] == ["y", "x"])
      ours = ours.removing("order")
    } else {
      #expect(SpaceSpec(json: theirs.text()) == space)
    }
    #expect(ours == theirs)
    if name == "blackjack" || name == "picture" { #expect(space.description == original.text) }
  }

  /// What Python writes of a Dict without an order has its names in the order of their characters' numbers.
  @Test func namesAreSortedAsInPython() throws {
    let text =
      #"{"type":"Dict","subspaces":{"b":{"type":"MultiBinary","n":1},"é":{"type":"MultiBinary","n":2},"Z":{"type":"MultiBinary","n":3},"a.b":{"type":"MultiBinary","n":4},"a":{"type":"MultiBinary","n":5}}}"#
    let space = try SpaceSpec(reading: text)
    #expect(space.layout.leaves.map(\.name) == ["Z", "a", "a.b", "b", "é"])
    #expect(!space.json.contains("order"))
  }

  @Test func whatCannotBeReadSaysWhatToDo() throws {
    func reason(_ text: String) -> String? {
      do throws(SpaceError) {
        _ = try SpaceSpec(reading: text)
        return nil
      } catch { return error.description }
    }
    #expect(
      reason(#"{"type":"Sequence","space":{}}"#)
        == "a Sequence has no fixed length; give a Box of the most items and a MultiBinary of those that are there"
    )
    #expect(reason(#"{"type":"Graph"}"#)?.contains("MultiBinary of the edges") == true)
    #expect(reason(#"{"type":"Text"}"#)?.contains("a MultiDiscrete of word numbers") == true)
    #expect(reason(#"{"type":"OneOf"}"#)?.contains("a Dict of all") == true)
    #expect(reason(#"{"type":"Cube"}"#) == "spaces of type 'Cube' are not known")
    #expect(reason("{}") == "it describes no space" && reason("") != nil)
    let inner =
      #"{"type":"Tuple","subspaces":[{"type":"Dict","subspaces":{"stock":{"type":"Text"}}}]}"#
    #expect(reason(inner)?.hasPrefix("its part '0.stock': a Text is not made") == true)
    #expect(
      reason(#"{"type":"Box","dtype":"uint8","shape":[1],"low":[0.5],"high":[9]}"#)
        == "a Box of uint8 has bounds that are whole numbers from 0 to 255")
    // Bytes of several pairs of bounds are read as numbers.
    #expect(
      try SpaceSpec(
        reading: #"{"type":"Box","dtype":"uint8","shape":[2],"low":[0,1],"high":[9,9]}"#)
        == .box(shape: [2], low: [0, 1], high: [9, 9]))
    for text in [
      #"{"type":"Box","dtype":"uint8","shape":[1],"low":[0],"high":[256]}"#,
      #"{"type":"Tuple","subspaces":[]}"#, #"{"type":"Dict","subspaces":{}}"#,
      #"{"type":"Dict","subspaces":{"a/b":{"type":"MultiBinary","n":1}}}"#,
      #"{"type":"Dict","subspaces":{"a":{"type":"MultiBinary","n":1}},"order":["b"]}"#,
      #"{"type":"Dict","subspaces":{"a":{"type":"MultiBinary","n":1}},"order":["a","a"]}"#,
      String(repeating: #"{"type":"Tuple","subspaces":["#, count: 17)
        + #"{"type":"MultiBinary","n":1}"# + String(repeating: "]}", count: 17),
    ] { #expect(reason(text) != nil, "\(text)") }
    var deep = SpaceSpec.multiBinary(count: 1)
    for _ in 0..<16 { deep = .tuple([deep]) }
    #expect(SpaceSpec(json: deep.json) == deep && deep.rowProblem == nil)
    #expect(SpaceSpec.tuple([deep]).rowProblem != nil)
  }

  @Test func partsThatCannotBeAreNamed() {
    let flags = SpaceSpec.multiBinary(count: 1)
    func problem(_ parts: SpaceSpec.Named...) -> String? { SpaceSpec.dict(parts).rowProblem }
    #expect(problem(.init("a", flags), .init("b c", flags)) == nil)
    #expect(problem()?.contains("without parts") == true)
    #expect(SpaceSpec.tuple([]).rowProblem?.contains("without parts") == true)
    #expect(problem(.init("a", flags), .init("a", flags))?.contains("named 'a'") == true)
    for name in ["", ".", "..", "a/b", "a\0", String(repeating: "x", count: 256)] {
      #expect(problem(.init(name, flags))?.contains("rename it") == true, "\(name)")
    }
    let large = SpaceSpec.tuple([flags, .discrete(count: 1 << 25, start: 0)])
    #expect(
      problem(.init("a", large))?.hasPrefix("has a part 'a.1' that cannot be: Discrete(") == true)
    let picture = problem(.init("view", .bytes(shape: [8, 8, 1], low: 0, high: 255)))
    #expect(picture?.contains("'view'") == true && picture?.contains("bytes") == true)
    #expect(SpaceSpec.tuple(Array(repeating: flags, count: 4097)).rowProblem != nil)
  }

  @Test func layoutsSayWherePartsLie() throws {
    let layout = try #require(spaces["nested"]).layout
    #expect(
      layout.leaves.map(\.name) == [
        "stock", "season", "inner.0", "inner.1.y", "inner.1.x", "inner.2.0", "shelf", "map",
      ])
    #expect(
      layout.leaves.map(\.numbers) == [
        0..<3, 3..<4, 4..<6, 6..<9, 9..<13, 13..<14, 14..<14, 14..<14,
      ])
    #expect(layout.leaves.map(\.bytes.count) == [0, 0, 0, 0, 0, 0, 6, 4])
    #expect(layout.leaves.map(\.flat.lowerBound) == [0, 3, 7, 14, 17, 21, 22, 28])
    #expect(
      layout.leaves.map(\.mask) == [
        0..<0, 0..<4, 4..<11, 11..<11, 11..<11, 11..<11, 11..<11, 11..<11,
      ])
    let space = try #require(spaces["nested"])
    #expect(space.rowWidth == 14 && space.byteWidth == 10 && space.choices == [4, 2, 5])
    #expect(space.choiceWidth == 11)
    // Of a space that some file claims, no sum goes beyond its type.
    let huge = SpaceSpec.tuple([
      .multiDiscrete(counts: [.max, .max]), .discrete(count: .max, start: 5),
    ])
    #expect(huge.flatWidth == .max && huge.choiceWidth == .max && huge.layout.leaves.count == 2)
    #expect(!huge.contains([1, 2, 1]))
  }

  /// A choice without an allowed value gets its first one; others are drawn from those that are allowed.
  @Test func masksLeaveOutChoicesOfParts() throws {
    let space = SpaceSpec.dict([
      .init("move", .discrete(count: 3, start: -1)),
      .init("force", .box(shape: [1], low: [0], high: [1])),
      .init("cards", .multiDiscrete(counts: [2, 3])),
    ])
    var rng = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let row = space.sample(
        mask: [false, false, true, true, false, false, false, false], using: &rng)
      #expect(row.numbers[0] == 1 && row.numbers[2...] == [0, 0] && space.contains(row))
    }
  }

  @Test func valuesThatDoNotFitAreTold() throws {
    let space = SpaceSpec.dict([
      .init(
        "a", .tuple([.discrete(count: 2, start: 0), .box(shape: [2], low: [0, 0], high: [1, 1])])),
      .init("b", .bytes(shape: [1], low: 0, high: 9)),
    ])
    func reason(_ text: String) throws -> String? {
      let value = try #require(JSONValue(text: Array(text.utf8)))
      do throws(SpaceError) {
        _ = try space.row(from: value)
        return nil
      } catch { return error.description }
    }
    #expect(try reason(#"{"a":[1,[0.5,Infinity]],"b":[3]}"#) == nil)
    #expect(try reason(#"{"a":[1,[0.5,1]]}"#) == "the value has no 'b'")
    #expect(
      try reason(#"{"a":[1,[0.5]],"b":[3]}"#) == "its part 'a.1' has 1 values where 2 should be")
    #expect(try reason(#"{"a":[0.5,[0,1]],"b":[3]}"#) == "its part 'a.0' is no whole number")
    #expect(try reason(#"{"a":[1],"b":[3]}"#) == "its part 'a' is no list of 2 parts")
    #expect(
      try reason(#"{"a":[1,[0,1]],"b":[256]}"#)?.hasPrefix("its part 'b' has a number") == true)
    #expect(
      try reason(#"{"a":[1,[0,1]],"b":[1],"c":0}"#) == "the value has 'c', which the space has not")
    #expect(try reason("[]") == "the value is no object of 2 parts")
    #expect(
      space.unflattened([0, 0, 0.5, 1, 3]) == nil && space.unflattened([0, 1, 0.5, 1, 0.5]) == nil)
  }
}

extension JSONValue {
  /// The value without a member of this name, here and further inside.
  fileprivate func removing(_ name: String) -> JSONValue {
    switch self {
    case .object(let members):
      .object(members.filter { $0.key != name }.mapValues { $0.removing(name) })
    case .array(let values): .array(values.map { $0.removing(name) })
    default: self
    }
  }
}
