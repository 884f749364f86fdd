extension SpaceSpec {
  /// Expands a row of `rowWidth` numbers to the `flatWidth` that networks read: discrete values one-hot, the
  /// rest as they are. A value outside of a discrete space has no one-hot form; its numbers are NaN.
  public func flatten(_ row: [Float]) -> [Float] {
    precondition(row.count == rowWidth, "\(row.count) numbers are no row of \(self)")
    var flat = [Float](repeating: 0, count: flatWidth)
    flatten(row, into: &flat)
    return flat
  }

  /// Expands a row to the form that networks read: discrete values one-hot, the rest as they are.
  ///
  /// - Parameters:
  ///   - row: `rowWidth` numbers.
  ///   - flat: `flatWidth` numbers.
  package func flatten(_ row: UnsafePointer<Float>, into flat: UnsafeMutablePointer<Float>) {
    switch self {
    case .box, .multiBinary: flat.update(from: row, count: rowWidth)
    case .discrete(let count, let start): Self.oneHot(row[0], start, count, into: flat)
    case .multiDiscrete(let counts):
      var base = 0
      for (i, count) in counts.enumerated() {
        Self.oneHot(row[i], 0, count, into: flat + base)
        base += count
      }
    }
  }

  /// Expands rows to the form that networks read.
  ///
  /// - Parameter rows: `[count, rowWidth]`.
  /// - Returns: `[count, flatWidth]`.
  public func flattened(_ rows: [Float]) -> [Float] {
    let count = rows.count / max(1, rowWidth)
    precondition(count * rowWidth == rows.count, "\(rows.count) numbers are no rows of \(self)")
    return [Float](unsafeUninitializedCapacity: count * flatWidth) { flat, filled in
      rows.withUnsafeBufferPointer { rows in
        guard let from = rows.baseAddress, let to = flat.baseAddress else { return }
        for i in 0..<count { flatten(from + i * rowWidth, into: to + i * flatWidth) }
      }
      filled = count * flatWidth
    }
  }

  @inline(__always)
  private static func oneHot(
    _ value: Float, _ start: Int, _ count: Int, into flat: UnsafeMutablePointer<Float>
  ) {
    guard value >= Float(start) && value < Float(start + count) else {
      return flat.update(repeating: .nan, count: count)
    }
    flat.update(repeating: 0, count: count)
    flat[Int(value) - start] = 1
  }
}

extension SpaceSpec: CustomStringConvertible {
  /// The space in Gymnasium's notation, such as `Discrete(2)` or `Box(-2.0, 2.0, (1,))`.
  public var description: String {
    switch self {
    case .box(let shape, let low, let high):
      let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
      func bounds(_ values: [Float]) -> String {
        guard let first = values.first else { return "[]" }
        return values.allSatisfy { $0 == first } ? "\(first)" : "\(values)"
      }
      return "Box(\(bounds(low)), \(bounds(high)), (\(extents)))"
    case .discrete(let count, let start):
      return start == 0 ? "Discrete(\(count))" : "Discrete(\(count), start: \(start))"
    case .multiDiscrete(let counts): return "MultiDiscrete(\(counts))"
    case .multiBinary(let count): return "MultiBinary(\(count))"
    }
  }
}
