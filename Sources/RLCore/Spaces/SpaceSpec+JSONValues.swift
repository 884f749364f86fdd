public import RLSupport

/// Values as JSON: the forms of Gymnasium's `to_jsonable`, for one value.
extension SpaceSpec {
  /// A value as JSON: a `dict` by names, a `tuple` as a list, a box nested by its shape, a choice as a number, others as
  /// a list of numbers.
  ///
  /// - Parameter row: A row of the space, in its bounds or not; of another count of numbers is a precondition failure.
  public func json(of row: SpaceRow) -> JSONValue {
    precondition(
      row.numbers.count == rowWidth && row.bytes.count == byteWidth,
      "\(row.numbers.count) numbers and \(row.bytes.count) bytes are no row of \(self)")
    var rest = (numbers: row.numbers[...], bytes: row.bytes[...])
    return takeJSON(&rest)
  }

  private func takeJSON(_ rest: inout (numbers: ArraySlice<Float>, bytes: ArraySlice<UInt8>))
    -> JSONValue
  {
    func whole(_ x: Float) -> JSONValue { Int(exactly: x).map { .int($0) } ?? .double(Double(x)) }
    switch self {
    case .dict(let parts):
      var members: [String: JSONValue] = [:]
      for part in parts { members[part.name] = part.space.takeJSON(&rest) }
      return .object(members)
    case .tuple(let parts): return .array(parts.map { $0.takeJSON(&rest) })
    case .box(let shape, _, _):
      defer { rest.numbers.removeFirst(rowWidth) }
      return Self.nested(rest.numbers.prefix(rowWidth).map { .double(Double($0)) }, shape[...])
    case .bytes(let shape, _, _):
      defer { rest.bytes.removeFirst(byteWidth) }
      return Self.nested(rest.bytes.prefix(byteWidth).map { .int(Int($0)) }, shape[...])
    case .discrete: return whole(rest.numbers.removeFirst())
    case .multiDiscrete, .multiBinary:
      defer { rest.numbers.removeFirst(rowWidth) }
      return .array(rest.numbers.prefix(rowWidth).map(whole))
    }
  }

  /// Values in lists of lists of a shape.
  private static func nested(_ values: [JSONValue], _ shape: ArraySlice<Int>) -> JSONValue {
    guard let extent = shape.first else { return values.first ?? .null }
    let size = extent > 0 ? values.count / extent : 0
    return .array(
      (0..<extent).map {
        nested(Array(values[$0 * size..<($0 + 1) * size]), shape.dropFirst())
      })
  }

  /// The row of a value that `json(of:)`, or Gymnasium's `to_jsonable`, wrote.
  ///
  /// - Parameter json: The value; numbers that are not finite are the words `inf`, `-inf` and `nan`, or Python's.
  /// - Throws: `SpaceError` where a part is missing, too many, or no number where one should be. Whether the value is in
  ///   the space, `contains` says.
  public func row(from json: JSONValue) throws(SpaceError) -> SpaceRow {
    var row = SpaceRow([])
    try read(json, [], into: &row)
    return row
  }

  private func read(_ json: JSONValue, _ path: [String], into row: inout SpaceRow)
    throws(SpaceError)
  {
    func refuse(_ problem: String) -> SpaceError {
      SpaceError(
        (path.isEmpty ? "the value " : "its part '\(path.joined(separator: "."))' ") + problem)
    }
    switch self {
    case .dict(let parts):
      guard let members = json.object else { throw refuse("is no object of \(parts.count) parts") }
      for part in parts {
        guard let member = members[part.name] else { throw refuse("has no '\(part.name)'") }
        try part.space.read(member, path + [part.name], into: &row)
      }
      let names = Set(parts.map(\.name))
      if let other = members.keys.filter({ !names.contains($0) }).min() {
        throw refuse("has '\(other)', which the space has not")
      }
    case .tuple(let parts):
      guard let members = json.array, members.count == parts.count else {
        throw refuse("is no list of \(parts.count) parts")
      }
      for (i, part) in parts.enumerated() {
        try part.read(members[i], path + ["\(i)"], into: &row)
      }
    case .discrete:
      guard case .int(let value) = json else { throw refuse("is no whole number") }
      row.numbers.append(Float(value))
    case .multiDiscrete, .multiBinary:
      for value in try Self.list(json, [rowWidth], refuse) {
        guard case .int(let value) = value else { throw refuse("is no list of whole numbers") }
        row.numbers.append(Float(value))
      }
    case .bytes(let shape, _, _):
      for value in try Self.list(json, shape[...], refuse) {
        guard case .int(let value) = value, let byte = UInt8(exactly: value) else {
          throw refuse("has a number that is none from 0 to 255")
        }
        row.bytes.append(byte)
      }
    case .box(let shape, _, _):
      for value in try Self.list(json, shape[...], refuse) {
        guard let number = value.number else { throw refuse("has a word where a number should be") }
        row.numbers.append(number)
      }
    }
  }

  /// The values in lists of lists of a shape.
  private static func list(
    _ json: JSONValue, _ shape: ArraySlice<Int>, _ refuse: (String) -> SpaceError
  ) throws(SpaceError) -> [JSONValue] {
    guard let extent = shape.first else { return [json] }
    guard let values = json.array, values.count == extent else {
      throw refuse("has \(json.array?.count ?? 1) values where \(extent) should be")
    }
    if shape.count == 1 { return values }
    var result: [JSONValue] = []
    for value in values { result += try list(value, shape.dropFirst(), refuse) }
    return result
  }
}

extension JSONValue {
  /// A number of single precision; words for those that are not finite.
  fileprivate var number: Float? {
    switch self {
    case .int(let value): Float(value)
    case .double(let value): Float(value)
    case .string("inf"), .string("Infinity"): .infinity
    case .string("-inf"), .string("-Infinity"): -.infinity
    case .string("nan"), .string("NaN"): .nan
    case .null, .bool, .string, .array, .object: nil
    }
  }
}
