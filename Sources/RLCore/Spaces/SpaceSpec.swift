/// A space as plain data: what agents, files and the command line need to know of it.
public enum SpaceSpec: Sendable, Equatable {
  /// Real numbers between bounds, row-major; bounds may be infinite.
  case box(shape: [Int], low: [Float], high: [Float])
  /// One of `count` integers from `start` on.
  case discrete(count: Int, start: Int)
  /// One integer from zero on for each component.
  case multiDiscrete(counts: [Int])
  /// `count` flags.
  case multiBinary(count: Int)
  /// Whole numbers between two bounds from 0 to 255, row-major, as the pixels of an image: Gymnasium's `Box` of
  /// `uint8`. Rows carry them as bytes.
  case bytes(shape: [Int], low: UInt8, high: UInt8)
  /// Several spaces in order.
  case tuple([SpaceSpec])
  /// Several spaces by name, in the order given; names differ.
  case dict([Named])

  /// A space and its name in a `dict`.
  public struct Named: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The space.
    public var space: SpaceSpec

    /// A space of that name.
    public init(_ name: String, _ space: SpaceSpec) {
      (self.name, self.space) = (name, space)
    }
  }

  /// The spaces of a `tuple` or `dict` in order; none for others.
  public var parts: [SpaceSpec] {
    switch self {
    case .tuple(let parts): parts
    case .dict(let parts): parts.map(\.space)
    case .box, .discrete, .multiDiscrete, .multiBinary, .bytes: []
    }
  }

  /// The numbers in a row that carries one value; bytes are not among them.
  public var rowWidth: Int {
    switch self {
    case .box(let shape, _, _): shape.reduce(1, *)
    case .discrete: 1
    case .multiDiscrete(let counts): counts.count
    case .multiBinary(let count): count
    case .bytes: 0
    case .tuple(let parts): parts.clampedSum(of: \.rowWidth)
    case .dict(let parts): parts.clampedSum(of: \.space.rowWidth)
    }
  }

  /// The bytes that carry one value beside the numbers of its row.
  public var byteWidth: Int {
    switch self {
    case .box, .discrete, .multiDiscrete, .multiBinary: 0
    case .bytes(let shape, _, _): shape.reduce(1, *)
    case .tuple(let parts): parts.clampedSum(of: \.byteWidth)
    case .dict(let parts): parts.clampedSum(of: \.space.byteWidth)
    }
  }

  /// The numbers in the form a network reads, Gymnasium's `flatdim`: discrete values one-hot, the rest as they are.
  public var flatWidth: Int {
    switch self {
    case .box(let shape, _, _), .bytes(let shape, _, _): shape.reduce(1, *)
    case .discrete(let count, _): count
    case .multiDiscrete(let counts): counts.clampedSum(of: \.self)
    case .multiBinary(let count): count
    case .tuple(let parts): parts.clampedSum(of: \.flatWidth)
    case .dict(let parts): parts.clampedSum(of: \.space.flatWidth)
    }
  }

  /// How many values each choice has, part by part and component by component: one for a `discrete` space, one a
  /// component of a `multiDiscrete` one, none for numbers and flags.
  public var choices: [Int] {
    switch self {
    case .discrete(let count, _): [count]
    case .multiDiscrete(let counts): counts
    case .box, .multiBinary, .bytes: []
    case .tuple, .dict: parts.flatMap(\.choices)
    }
  }

  /// The flags in a mask of the choices, one for each value of each choice.
  public var choiceWidth: Int {
    switch self {
    case .discrete(let count, _): count
    case .multiDiscrete(let counts): counts.clampedSum(of: \.self)
    case .box, .multiBinary, .bytes: 0
    case .tuple(let parts): parts.clampedSum(of: \.choiceWidth)
    case .dict(let parts): parts.clampedSum(of: \.space.choiceWidth)
    }
  }
}

extension Collection {
  /// The sum of numbers from 0 on; the largest integer where it is beyond that one.
  func clampedSum(of number: (Element) -> Int) -> Int {
    reduce(0) { sum, element in
      let (total, isBeyond) = sum.addingReportingOverflow(number(element))
      return isBeyond ? Int.max : total
    }
  }
}

extension SpaceSpec {
  /// How deep tuples and dicts may lie in each other.
  static let mostLevels = 16
  /// How many parts a tuple or dict may have.
  static let mostParts = 4096

  /// Why rows of single-precision numbers cannot carry the values, as the end of a sentence; `nil` if they can.
  public var rowProblem: String? { rowProblem(in: [], level: 0) }

  private func rowProblem(in path: [String], level: Int) -> String? {
    func problem(_ words: String) -> String {
      path.isEmpty ? words : "has a part '\(path.joined(separator: "."))' that cannot be: \(words)"
    }
    switch self {
    case .box, .multiBinary: return nil
    case .bytes:
      return problem(
        "\(self) has bytes, which rows of numbers do not carry; make it a Box of real numbers")
    case .discrete(let count, let start): return isExact(start, count) ? nil : problem(beyond)
    case .multiDiscrete(let counts):
      return counts.allSatisfy { isExact(0, $0) } ? nil : problem(beyond)
    case .tuple, .dict: break
    }
    let kind: String
    let names: [String]
    if case .dict(let parts) = self {
      (kind, names) = ("Dict", parts.map(\.name))
    } else {
      (kind, names) = ("Tuple", parts.indices.map(String.init))
    }
    if parts.isEmpty { return problem("a \(kind) without parts has no values; give it one") }
    if parts.count > Self.mostParts {
      return problem(
        "a \(kind) has \(parts.count) parts, more than \(Self.mostParts); put numbers of one kind into one part"
      )
    }
    var known: Set<String> = []
    for name in names {
      if let fault = Self.problem(ofName: name) {
        return problem("a part of a Dict is named '\(name)', which \(fault); rename it")
      }
      if !known.insert(name).inserted {
        return problem("two parts of a Dict are named '\(name)'; rename one")
      }
    }
    if level == Self.mostLevels {
      return problem(
        "it has more than \(Self.mostLevels) spaces in each other; put parts side by side")
    }
    for (name, part) in zip(names, parts) {
      if let problem = part.rowProblem(in: path + [name], level: level + 1) { return problem }
    }
    return nil
  }

  private var beyond: String {
    "\(self) has values beyond 16,777,216, which run together in rows of single-precision numbers; number them from 0 on, or split them into the components of a MultiDiscrete"
  }

  private func isExact(_ start: Int, _ count: Int) -> Bool {
    let (end, isBeyond) = start.addingReportingOverflow(count)
    return start >= -1 << 24 && !isBeyond && end <= 1 << 24
  }

  /// Why a part of a dict cannot have a name, as the end of a sentence; `nil` if it can. Logs have it as the name of a
  /// link.
  static func problem(ofName name: String) -> String? {
    if name.isEmpty { return "is no word" }
    if name == "." || name == ".." { return "means another place in a log" }
    if name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 }) {
      return "has a slash or a zero in it"
    }
    return name.utf8.count > 255 ? "has more than 255 bytes" : nil
  }
}
