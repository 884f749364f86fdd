internal import Glibc

/// Sums in the order of NumPy, which decides over their last bits.
enum NumPySums {
  /// NumPy's `sum` of contiguous numbers: pairwise, in blocks of at most 128 that have eight running sums.
  @inline(__always)
  static func sum<Number: BinaryFloatingPoint>(
    _ range: Range<Int>, _ number: (Int) -> Number
  ) -> Number {
    let count = range.count
    if count <= 128 { return block(range, number) }
    var half = count / 2
    half -= half % 8
    let middle = range.lowerBound + half
    return long(range.lowerBound..<middle, number) + long(middle..<range.upperBound, number)
  }

  /// The same for more numbers than a block has.
  private static func long<Number: BinaryFloatingPoint>(
    _ range: Range<Int>, _ number: (Int) -> Number
  ) -> Number { sum(range, number) }

  @inline(__always)
  private static func block<Number: BinaryFloatingPoint>(
    _ range: Range<Int>, _ number: (Int) -> Number
  ) -> Number {
    var i = range.lowerBound
    guard range.count >= 8 else {
      var total: Number = 0
      for i in range { total += number(i) }
      return total
    }
    var sums = InlineArray<8, Number>(repeating: 0)
    for k in 0..<8 { sums[k] = number(i + k) }
    i += 8
    while i + 8 <= range.upperBound {
      for k in 0..<8 { sums[k] += number(i + k) }
      i += 8
    }
    var total =
      ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    while i < range.upperBound {
      total += number(i)
      i += 1
    }
    return total
  }

  /// The sum of the squares of an action in single precision, as NumPy computes it from Gymnasium's actions.
  static func squares(_ action: [Float]) -> Float {
    sum(0..<action.count) { action[$0] * action[$0] }
  }

  /// The sum of the squares of all numbers.
  static func squares(_ values: MuJoCoValues) -> Double {
    sum(0..<values.count) { values[$0] * values[$0] }
  }

  /// The length of a vector, as `numpy.linalg.norm` has it: its dot product is fused.
  static func length(_ v: SIMD3<Double>) -> Double {
    (v.x * v.x).addingProduct(v.y, v.y).addingProduct(v.z, v.z).squareRoot()
  }

  /// The length of a vector of two numbers.
  static func length(_ x: Double, _ y: Double) -> Double {
    (x * x).addingProduct(y, y).squareRoot()
  }
}
