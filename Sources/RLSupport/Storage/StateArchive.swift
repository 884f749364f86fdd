/// Named arrays of numbers, and small values as JSON: the state of environments, agents and random streams on
/// its way to a file.
///
/// Names are unique; the order of insertion does not matter.
public struct StateArchive: Sendable, Equatable {
  /// One array and its shape, row-major.
  public struct Entry: Sendable, Equatable {
    /// The extents; empty for a single number.
    public var shape: [Int]
    /// The numbers.
    public var values: Values
  }

  /// The kinds of numbers an archive keeps.
  public enum Values: Sendable, Equatable {
    /// Single precision.
    case float([Float])
    /// Double precision.
    case double([Double])
    /// Signed integers.
    case int([Int64])
    /// Unsigned integers, such as random states.
    case uint([UInt64])
    /// Bytes.
    case bytes([UInt8])

    /// How many numbers there are.
    public var count: Int {
      switch self {
      case .float(let a): a.count
      case .double(let a): a.count
      case .int(let a): a.count
      case .uint(let a): a.count
      case .bytes(let a): a.count
      }
    }
  }

  /// The arrays by name.
  public private(set) var entries: [String: Entry] = [:]

  /// Small values by name, each a JSON text.
  public private(set) var values: [String: String] = [:]

  /// An empty archive.
  public init() {}

  /// Adds an array; its shape is that of a vector unless given.
  public mutating func set(_ name: String, _ values: Values, shape: [Int]? = nil) {
    precondition(
      shape.map { $0.reduce(1, *) == values.count } ?? true,
      "StateArchive: '\(name)' has \(values.count) numbers, which do not fill \(shape ?? [])")
    entries[name] = Entry(shape: shape ?? [values.count], values: values)
  }

  /// Adds a small value.
  public mutating func set(_ name: String, json: String) { values[name] = json }

  /// Adds numbers at the end of a vector, which is made if need be.
  public mutating func append(_ name: String, _ values: Values) {
    guard let old = entries[name]?.values else { return set(name, values) }
    switch (old, values) {
    case (.float(let a), .float(let b)): set(name, .float(a + b))
    case (.double(let a), .double(let b)): set(name, .double(a + b))
    case (.int(let a), .int(let b)): set(name, .int(a + b))
    case (.uint(let a), .uint(let b)): set(name, .uint(a + b))
    case (.bytes(let a), .bytes(let b)): set(name, .bytes(a + b))
    default: preconditionFailure("StateArchive: '\(name)' holds numbers of another kind")
    }
  }

  /// The entries whose names start with a prefix, which is taken off.
  public func removingPrefix(_ prefix: String) -> StateArchive {
    var result = StateArchive()
    for (name, entry) in entries where name.hasPrefix(prefix) {
      result.entries[String(name.dropFirst(prefix.count))] = entry
    }
    for (name, value) in values where name.hasPrefix(prefix) {
      result.values[String(name.dropFirst(prefix.count))] = value
    }
    return result
  }

  /// The entries whose names do not start with a prefix.
  public func removing(_ prefix: String) -> StateArchive {
    var result = StateArchive()
    for (name, entry) in entries where !name.hasPrefix(prefix) { result.entries[name] = entry }
    for (name, value) in values where !name.hasPrefix(prefix) { result.values[name] = value }
    return result
  }

  /// The entries of another archive added under a prefix.
  public mutating func merge(_ other: StateArchive, prefix: String = "") {
    for (name, entry) in other.entries { entries[prefix + name] = entry }
    for (name, value) in other.values { values[prefix + name] = value }
  }

  private func entry(_ name: String, _ count: Int?) throws(StateError) -> Entry {
    guard let entry = entries[name] else { throw .missing(name) }
    if let count, entry.values.count != count {
      throw .wrongCount(name, expected: count, found: entry.values.count)
    }
    return entry
  }

  /// The single-precision array of that name.
  public func floats(_ name: String, count: Int? = nil) throws(StateError) -> [Float] {
    guard case .float(let a) = try entry(name, count).values else {
      throw .wrongType(name, expected: "F32")
    }
    return a
  }

  /// The double-precision array of that name.
  public func doubles(_ name: String, count: Int? = nil) throws(StateError) -> [Double] {
    guard case .double(let a) = try entry(name, count).values else {
      throw .wrongType(name, expected: "F64")
    }
    return a
  }

  /// The signed-integer array of that name.
  public func ints(_ name: String, count: Int? = nil) throws(StateError) -> [Int64] {
    guard case .int(let a) = try entry(name, count).values else {
      throw .wrongType(name, expected: "I64")
    }
    return a
  }

  /// The unsigned-integer array of that name.
  public func uints(_ name: String, count: Int? = nil) throws(StateError) -> [UInt64] {
    guard case .uint(let a) = try entry(name, count).values else {
      throw .wrongType(name, expected: "U64")
    }
    return a
  }

  /// The byte array of that name.
  public func bytes(_ name: String, count: Int? = nil) throws(StateError) -> [UInt8] {
    guard case .bytes(let a) = try entry(name, count).values else {
      throw .wrongType(name, expected: "U8")
    }
    return a
  }
}

extension StateArchive {
  /// Checks that an array can be cut, and returns the range to cut.
  private func range(_ name: String, _ available: Int, _ offset: Int, _ count: Int)
    throws(StateError) -> Range<Int>
  {
    guard offset >= 0, count >= 0, available - offset >= count else {
      throw .wrongCount(name, expected: offset + count, found: available)
    }
    return offset..<offset + count
  }

  /// A part of a single-precision array.
  public func floats(_ name: String, offset: Int, count: Int) throws(StateError) -> [Float] {
    let all = try floats(name)
    return Array(all[try range(name, all.count, offset, count)])
  }

  /// A part of a double-precision array.
  public func doubles(_ name: String, offset: Int, count: Int) throws(StateError) -> [Double] {
    let all = try doubles(name)
    return Array(all[try range(name, all.count, offset, count)])
  }

  /// A part of a signed-integer array.
  public func ints(_ name: String, offset: Int, count: Int) throws(StateError) -> [Int64] {
    let all = try ints(name)
    return Array(all[try range(name, all.count, offset, count)])
  }

  /// A part of an array of generators, five words each, saved with `SeededGenerator.words`.
  public func generators(_ name: String, offset: Int, count: Int) throws(StateError)
    -> [SeededGenerator]
  {
    let all = try uints(name)
    let words = all[try range(name, all.count, 5 * offset, 5 * count)]
    var generators: [SeededGenerator] = []
    for i in 0..<count {
      let start = words.startIndex + 5 * i
      guard let generator = SeededGenerator(words: Array(words[start..<start + 5])) else {
        throw .invalid(name, "it holds an impossible random state")
      }
      generators.append(generator)
    }
    return generators
  }
}

/// What can be wrong with a saved state.
public enum StateError: Error, Equatable, CustomStringConvertible {
  /// An array is not there.
  case missing(String)
  /// An array has another length than the environment or agent needs.
  case wrongCount(String, expected: Int, found: Int)
  /// An array holds numbers of another kind.
  case wrongType(String, expected: String)
  /// A number that the environment or agent cannot take.
  case invalid(String, String)

  /// The part of the state that is wrong.
  public var name: String {
    switch self {
    case .missing(let name), .wrongCount(let name, _, _), .wrongType(let name, _),
      .invalid(let name, _):
      name
    }
  }

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .missing(let name):
      "The saved state has no '\(name)'; it was written for another agent or environment."
    case .wrongCount(let name, let expected, let found):
      "The saved '\(name)' has \(found) numbers instead of \(expected); it was written with other settings."
    case .wrongType(let name, let expected):
      "The saved '\(name)' is not of type \(expected); it was written by another version."
    case .invalid(let name, let problem):
      "The saved '\(name)' cannot be used: \(problem)."
    }
  }
}
