extension SpaceLayout {
  /// What one number of a row may be.
  package struct Column: Sendable, Equatable {
    /// The smallest and the largest number that are in the space and finite.
    package let bounds: ClosedRange<Float>
    /// Whether only whole numbers are in the space.
    package let isWhole: Bool

    // Bounds that are not numbers, or the wrong way around, are told by others; nothing is within them.
    fileprivate init(_ low: Float, _ high: Float, isWhole: Bool) {
      bounds = ClosedRange(uncheckedBounds: (low, high))
      self.isWhole = isWhole
    }

    /// Whether a number is one of the space; real numbers that are finite may pass their bounds.
    package func admits(_ number: Float) -> Bool {
      isWhole
        ? bounds.contains(number) && number == number.rounded(.towardZero) : number.isFinite
    }
  }

  /// What each number of a row may be.
  package var columns: [Column] {
    let largest = Float.greatestFiniteMagnitude
    var columns: [Column] = []
    columns.reserveCapacity(leaves.last?.numbers.upperBound ?? 0)
    func addChoice(_ start: Int, _ count: Int) {
      // In floating point, where no sum is beyond its type.
      columns.append(Column(Float(start), Float(start) + Float(count) - 1, isWhole: true))
    }
    for leaf in leaves {
      switch leaf.space {
      case .box(_, let low, let high):
        for (low, high) in zip(low, high) {
          columns.append(Column(max(low, -largest), min(high, largest), isWhole: false))
        }
      case .discrete(let count, let start): addChoice(start, count)
      case .multiDiscrete(let counts): for count in counts { addChoice(0, count) }
      case .multiBinary(let count):
        columns += Array(repeating: Column(0, 1, isWhole: true), count: count)
      case .bytes, .tuple, .dict: break
      }
    }
    return columns
  }

  /// What a number of a row may be, in words, and where it is: the name of its part, and its place there.
  package func allowed(_ number: Int) -> (part: String, number: Int, words: String) {
    guard let leaf = leaf(ofNumber: number) else { return ("", number, "a number") }
    let i = number - leaf.numbers.lowerBound
    let words =
      switch leaf.space {
      case .box(_, let low, let high):
        low[i].isFinite || high[i].isFinite ? "\(low[i]) ... \(high[i])" : "a finite number"
      case .discrete(let count, let start): "a whole number \(start) ... \(start + count - 1)"
      case .multiDiscrete(let counts): "a whole number 0 ... \(counts[i] - 1)"
      case .multiBinary: "0 or 1"
      case .bytes, .tuple, .dict: "a number"
      }
    return (leaf.name, i, words)
  }
}
