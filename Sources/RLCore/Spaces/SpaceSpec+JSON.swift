internal import RLSupport

/// The JSON description that Gymnasium's tools and Minari datasets use.
extension SpaceSpec: Codable {
  private enum Key: String, CodingKey {
    case type, dtype, shape, low, high, start, n, nvec, subspaces, order
  }

  /// Numbers nested to a shape; infinite ones are written as words, which strict JSON has no numbers for.
  private indirect enum Nested: Codable {
    case number(Float)
    case list([Nested])

    /// Cuts a row-major list to a shape.
    init(_ numbers: ArraySlice<Float>, shape: ArraySlice<Int>) {
      guard let extent = shape.first else {
        self = .number(numbers.first ?? 0)
        return
      }
      let size = extent > 0 ? numbers.count / extent : 0
      self = .list(
        (0..<extent).map { i in
          let start = numbers.startIndex + i * size
          return Nested(numbers[start..<start + size], shape: shape.dropFirst())
        })
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        self = .number(Float(number))
      } else if let word = try? container.decode(String.self) {
        switch word {
        case "Infinity", "inf": self = .number(.infinity)
        case "-Infinity", "-inf": self = .number(-.infinity)
        default:
          throw DecodingError.dataCorruptedError(
            in: container, debugDescription: "'\(word)' is no bound")
        }
      } else {
        self = .list(try container.decode([Nested].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(.infinity): try container.encode("Infinity")
      case .number(-.infinity): try container.encode("-Infinity")
      // Single-precision bounds are printed as the double-precision numbers they are.
      case .number(let x): try container.encode(Double(x))
      case .list(let items): try container.encode(items)
      }
    }

    var flat: [Float] {
      switch self {
      case .number(let x): [x]
      case .list(let items): items.flatMap(\.flat)
      }
    }
  }

  /// Reads a description.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let path = Self.names(in: decoder.codingPath)
    func refuse(_ problem: String) -> DecodingError {
      let place = path.isEmpty ? "" : "its part '\(path.joined(separator: "."))': "
      return DecodingError.dataCorruptedError(
        forKey: Key.type, in: container, debugDescription: place + problem)
    }
    guard path.count <= Self.mostLevels else {
      throw refuse("there are more than \(Self.mostLevels) spaces in each other")
    }
    switch try container.decode(String.self, forKey: .type) {
    case "Box":
      let shape = try container.decode([Int].self, forKey: .shape)
      let low = try container.decode(Nested.self, forKey: .low).flat
      let high = try container.decode(Nested.self, forKey: .high).flat
      var count = 1
      for extent in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: extent)
        guard extent >= 0, !overflow else { throw refuse("the shape \(shape) is impossible") }
        count = product
      }
      guard low.count == count, high.count == count, zip(low, high).allSatisfy({ $0 <= $1 }) else {
        throw refuse("the bounds do not fit the shape \(shape)")
      }
      let areBytes = try container.decodeIfPresent(String.self, forKey: .dtype) == "uint8"
      if areBytes, (low + high).contains(where: { UInt8(exactly: $0) == nil }) {
        throw refuse("a Box of uint8 has bounds that are whole numbers from 0 to 255")
      }
      // With several pairs of bounds bytes are taken as numbers.
      if areBytes, let least = low.first, let most = high.first,
        low.allSatisfy({ $0 == least }), high.allSatisfy({ $0 == most })
      {
        self = .bytes(shape: shape, low: UInt8(least), high: UInt8(most))
      } else {
        self = .box(shape: shape, low: low, high: high)
      }
    case "Discrete":
      let count = try container.decode(Int.self, forKey: .n)
      guard count > 0 else { throw refuse("a discrete space of \(count) values is empty") }
      self = .discrete(
        count: count, start: try container.decodeIfPresent(Int.self, forKey: .start) ?? 0)
    case "MultiDiscrete":
      let counts = try container.decode([Int].self, forKey: .nvec)
      let starts = try container.decodeIfPresent([Int].self, forKey: .start) ?? []
      guard counts.allSatisfy({ $0 > 0 }), starts.allSatisfy({ $0 == 0 }) else {
        throw refuse("components must have values, and start at 0")
      }
      self = .multiDiscrete(counts: counts)
    case "MultiBinary":
      let count = try container.decode(Int.self, forKey: .n)
      guard count > 0 else { throw refuse("a space of \(count) flags is empty") }
      self = .multiBinary(count: count)
    case "Tuple":
      let parts = try container.decode([SpaceSpec].self, forKey: .subspaces)
      if let problem = Self.problem(ofCount: parts.count) { throw refuse(problem) }
      self = .tuple(parts)
    case "Dict":
      let parts = try container.decode([String: SpaceSpec].self, forKey: .subspaces)
      if let problem = Self.problem(ofCount: parts.count) { throw refuse(problem) }
      if let bad = parts.keys.sorted().first(where: { Self.problem(ofName: $0) != nil }) {
        throw refuse("the name '\(bad)' \(Self.problem(ofName: bad) ?? "")")
      }
      let order =
        try container.decodeIfPresent([String].self, forKey: .order) ?? Self.sorted(parts.keys)
      let ordered = order.compactMap { name in parts[name].map { Named(name, $0) } }
      guard ordered.count == order.count, Set(order) == Set(parts.keys), order.count == parts.count
      else { throw refuse("'order' does not name each part once") }
      self = .dict(ordered)
    case let other: throw refuse(Self.reason(against: other))
    }
  }

  /// Writes a description.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .box(let shape, let low, let high):
      try container.encode("Box", forKey: .type)
      try container.encode("float32", forKey: .dtype)
      try container.encode(shape, forKey: .shape)
      try container.encode(Nested(low[...], shape: shape[...]), forKey: .low)
      try container.encode(Nested(high[...], shape: shape[...]), forKey: .high)
    case .discrete(let count, let start):
      try container.encode("Discrete", forKey: .type)
      try container.encode("int64", forKey: .dtype)
      try container.encode(start, forKey: .start)
      try container.encode(count, forKey: .n)
    case .multiDiscrete(let counts):
      try container.encode("MultiDiscrete", forKey: .type)
      try container.encode("int64", forKey: .dtype)
      try container.encode(counts, forKey: .nvec)
      try container.encode(counts.map { _ in 0 }, forKey: .start)
    case .multiBinary(let count):
      try container.encode("MultiBinary", forKey: .type)
      try container.encode(count, forKey: .n)
    case .bytes(let shape, let low, let high):
      func bounds(_ bound: UInt8) -> Nested {
        Nested(
          Array(repeating: Float(bound), count: shape.reduce(1, *))[...], shape: shape[...])
      }
      try container.encode("Box", forKey: .type)
      try container.encode("uint8", forKey: .dtype)
      try container.encode(shape, forKey: .shape)
      try container.encode(bounds(low), forKey: .low)
      try container.encode(bounds(high), forKey: .high)
    case .tuple(let parts):
      try container.encode("Tuple", forKey: .type)
      try container.encode(parts, forKey: .subspaces)
    case .dict(let parts):
      let named = Dictionary(
        parts.map { ($0.name, $0.space) }, uniquingKeysWith: { first, _ in first })
      try container.encode("Dict", forKey: .type)
      try container.encode(named, forKey: .subspaces)
      // Whoever reads it elsewhere, as Gymnasium does, sorts the names.
      let order = parts.map(\.name)
      if order != Self.sorted(order) { try container.encode(order, forKey: .order) }
    }
  }

  private static func problem(ofCount count: Int) -> String? {
    if count == 0 { return "a space without parts has no values" }
    return count > mostParts ? "there are \(count) parts, more than \(mostParts)" : nil
  }

  /// Names as Python sorts them: by the numbers of their characters.
  private static func sorted(_ names: some Sequence<String>) -> [String] {
    names.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
  }

  /// The names of the parts on the way to a description: every other key from the first list of parts on.
  private static func names(in path: [any CodingKey]) -> [String] {
    let list = path.firstIndex { $0.stringValue == Key.subspaces.rawValue } ?? path.endIndex
    return stride(from: list + 1, to: path.endIndex, by: 2).map {
      path[$0].intValue.map(String.init) ?? path[$0].stringValue
    }
  }

  /// Why a kind of space cannot be read, and what to do instead.
  private static func reason(against kind: String) -> String {
    let instead: String? =
      switch kind {
      case "Sequence":
        "has no fixed length; give a Box of the most items and a MultiBinary of those that are there"
      case "Graph": "has no fixed size; give a Box [nodes, features] and a MultiBinary of the edges"
      case "Text":
        "is not made of numbers; give a Discrete that numbers the sentences, or a MultiDiscrete of word numbers"
      case "OneOf":
        "is one of several kinds; give a Dict of all, with a Discrete that says which one counts"
      default: nil
      }
    return instead.map { "a \(kind) \($0)" } ?? "spaces of type '\(kind)' are not known"
  }

  /// The description as text with sorted keys.
  public var json: String {
    (try? JSONText.encode(self)) ?? "{}"
  }

  /// Reads a description from text; `nil` if it is none.
  public init?(json: String) {
    guard let spec = try? SpaceSpec(reading: json) else { return nil }
    self = spec
  }

  /// Reads a description from text.
  ///
  /// - Parameter json: The description, without the bare `Infinity` and `NaN` of Python's writer.
  /// - Throws: `SpaceError`, which says what to do instead where a kind of space cannot be read.
  public init(reading json: String) throws(SpaceError) {
    do {
      self = try JSONText.decode(json.utf8, as: SpaceSpec.self)
    } catch DecodingError.dataCorrupted(let context) {
      throw SpaceError(context.debugDescription)
    } catch {
      throw SpaceError("it describes no space")
    }
  }
}

/// What is wrong with the description of a space or a value.
public struct SpaceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, and where.
  public var description: String

  init(_ description: String) { self.description = description }
}
