/// A kind of number that archives keep.
public protocol StateNumber: SendableMetatype {
  /// The numbers as an archive keeps them.
  static func values(_ numbers: [Self]) -> StateArchive.Values
  /// The numbers of that name in an archive; `count` of them unless `nil`.
  static func numbers(_ archive: StateArchive, _ name: String, _ count: Int?) throws(StateError)
    -> [Self]
  /// What restored numbers must be where nothing else is said: anything by default.
  static var stateRange: StateRange<Self> { get }
}

extension StateNumber {
  /// Anything.
  public static var stateRange: StateRange<Self> { .any }
}

extension Float: StateNumber {
  /// Finite numbers.
  public static var stateRange: StateRange<Float> { .finite }
  /// Single precision.
  public static func values(_ numbers: [Float]) -> StateArchive.Values { .float(numbers) }
  /// Single precision.
  public static func numbers(_ archive: StateArchive, _ name: String, _ count: Int?)
    throws(StateError) -> [Float]
  { try archive.floats(name, count: count) }
}

extension Double: StateNumber {
  /// Finite numbers.
  public static var stateRange: StateRange<Double> { .finite }
  /// Double precision.
  public static func values(_ numbers: [Double]) -> StateArchive.Values { .double(numbers) }
  /// Double precision.
  public static func numbers(_ archive: StateArchive, _ name: String, _ count: Int?)
    throws(StateError) -> [Double]
  { try archive.doubles(name, count: count) }
}

extension Int64: StateNumber {
  /// Signed integers.
  public static func values(_ numbers: [Int64]) -> StateArchive.Values { .int(numbers) }
  /// Signed integers.
  public static func numbers(_ archive: StateArchive, _ name: String, _ count: Int?)
    throws(StateError) -> [Int64]
  { try archive.ints(name, count: count) }
}

extension Int: StateNumber {
  /// Signed integers.
  public static func values(_ numbers: [Int]) -> StateArchive.Values {
    .int(numbers.map(Int64.init))
  }
  /// Signed integers.
  public static func numbers(_ archive: StateArchive, _ name: String, _ count: Int?)
    throws(StateError) -> [Int]
  { try archive.ints(name, count: count).map { Int($0) } }
}

extension Int32: StateNumber {
  /// Signed integers.
  public static func values(_ numbers: [Int32]) -> StateArchive.Values {
    .int(numbers.map(Int64.init))
  }
  /// Signed integers of 32 bits.
  public static func numbers(_ archive: StateArchive, _ name: String, _ count: Int?)
    throws(StateError) -> [Int32]
  {
    let numbers = try archive.ints(name, count: count)
    try StateRange.within(Int64(Int32.min)...Int64(Int32.max)).check(numbers, name)
    return numbers.map { Int32(truncatingIfNeeded: $0) }
  }
}

extension UInt8: StateNumber {
  /// Bytes.
  public static func values(_ numbers: [UInt8]) -> StateArchive.Values { .bytes(numbers) }
  /// Bytes.
  public static func numbers(_ archive: StateArchive, _ name: String, _ count: Int?)
    throws(StateError) -> [UInt8]
  { try archive.bytes(name, count: count) }
}

extension Bool: StateNumber {
  /// Bytes, 0 or 1.
  public static func values(_ numbers: [Bool]) -> StateArchive.Values {
    .bytes(numbers.map { $0 ? 1 : 0 })
  }
  /// Bytes, 0 or 1.
  public static func numbers(_ archive: StateArchive, _ name: String, _ count: Int?)
    throws(StateError) -> [Bool]
  {
    let bytes = try archive.bytes(name, count: count)
    try StateRange.within(0...1).check(bytes, name)
    return bytes.map { $0 == 1 }
  }
}
