/// Weights of items, of which one is found by a position within the sum of all in logarithmic time
/// (Schaul et al. 2016, appendix B.2.1).
package struct SumTree {
  /// The number of items.
  package let count: Int
  private let leaves: Int
  private var sums: [Double]

  /// A tree of weights that are all zero.
  package init(count: Int) {
    self.count = count
    leaves = Self.leaves(count)
    sums = Array(repeating: 0, count: 2 * leaves)
  }

  /// A power of two that is not below the number of items.
  private static func leaves(_ count: Int) -> Int {
    count > 1 ? 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount) : 1
  }

  /// The bytes of a tree of so many items.
  package static func byteCount(_ count: Int) -> Int {
    2 * leaves(count) * MemoryLayout<Double>.stride
  }

  /// The sum of all weights.
  package var total: Double { sums[1] }

  /// The weight of an item.
  package subscript(item: Int) -> Double {
    get { sums[leaves + item] }
    set {
      var node = leaves + item
      sums[node] = newValue
      while node > 1 {
        node /= 2
        sums[node] = sums[2 * node] + sums[2 * node + 1]
      }
    }
  }

  /// The item in whose share of the sum a position from 0 to `total` lies. Never one without weight, unless
  /// none has any.
  package func item(at position: Double) -> Int {
    var left = position
    var node = 1
    while node < leaves {
      node *= 2
      // Rounding may leave a position beyond the last item with a weight.
      if left >= sums[node] && sums[node + 1] > 0 {
        left -= sums[node]
        node += 1
      }
    }
    return min(node - leaves, count - 1)
  }
}
