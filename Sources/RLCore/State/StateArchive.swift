/// Named arrays of numbers: the state of environments, agents and random streams on its way to a file.
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

  /// An empty archive.
  public init() {}

  /// Adds an array; its shape is that of a vector unless given.
  public mutating func set(_ name: String, _ values: Values, shape: [Int]? = nil) {
    precondition(
      shape.map { $0.reduce(1, *) == values.count } ?? true,
      "StateArchive: '\(name)' has \(values.count) numbers, which do not fill \(shape ?? [])")
    entries[name] = Entry(shape: shape ?? [values.count], values: values)
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
