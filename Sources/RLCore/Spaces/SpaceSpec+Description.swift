extension SpaceSpec: CustomStringConvertible {
  /// The space in Gymnasium's notation, such as `Discrete(2)`, `Box(-2.0, 2.0, (1,))` or
  /// `Dict('position': Discrete(4), 'map': Box(0, 255, (8, 8, 1), uint8))`.
  public var description: String {
    func extents(_ shape: [Int]) -> String {
      shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    }
    switch self {
    case .box(let shape, let low, let high):
      func bounds(_ values: [Float]) -> String {
        guard let first = values.first else { return "[]" }
        return values.allSatisfy { $0 == first } ? "\(first)" : "\(values)"
      }
      return "Box(\(bounds(low)), \(bounds(high)), (\(extents(shape))))"
    case .discrete(let count, let start):
      return start == 0 ? "Discrete(\(count))" : "Discrete(\(count), start: \(start))"
    case .multiDiscrete(let counts): return "MultiDiscrete(\(counts))"
    case .multiBinary(let count): return "MultiBinary(\(count))"
    case .bytes(let shape, let low, let high):
      return "Box(\(low), \(high), (\(extents(shape))), uint8)"
    case .tuple(let parts):
      return "Tuple(\(parts.map(\.description).joined(separator: ", ")))"
    case .dict(let parts):
      return "Dict(\(parts.map { "'\($0.name)': \($0.space)" }.joined(separator: ", ")))"
    }
  }
}
