internal import RLSupport

/// The JSON description that Gymnasium's tools and Minari datasets use.
extension SpaceSpec: Codable {
  private enum Key: String, CodingKey {
    case type, dtype, shape, low, high, start, n, nvec
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
    func refuse(_ problem: String) -> DecodingError {
      DecodingError.dataCorruptedError(
        forKey: Key.type, in: container, debugDescription: problem)
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
      self = .box(shape: shape, low: low, high: high)
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
    case let other: throw refuse("spaces of type '\(other)' are not known")
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
    }
  }

  /// The description as text with sorted keys.
  public var json: String {
    (try? JSONText.encode(self)) ?? "{}"
  }

  /// Reads a description from text; `nil` if it is none.
  public init?(json: String) {
    guard let spec = try? JSONText.decode(json.utf8, as: SpaceSpec.self) else {
      return nil
    }
    self = spec
  }
}
