internal import Glibc

extension SeededGenerator {
  /// Fills in standard normal numbers, rounded to single precision.
  public mutating func fillNormals(_ numbers: inout MutableSpan<Float>) {
    for i in numbers.indices { numbers[i] = Float(normal()) }
  }

  /// A standard normal number: NumPy's `standard_normal` (Marsaglia and Tsang, "The Ziggurat Method for
  /// Generating Random Variables", 2000).
  public mutating func normal() -> Double {
    let edge = 3.6541528853610087963519472518
    while true {
      let word = next()
      let layer = Int(word & 0xff)
      let isNegative = word >> 8 & 1 == 1
      let bits = word >> 9 & 0xf_ffff_ffff_ffff
      let size = Double(bits) * Double(bitPattern: ZigguratTables.normalWidths[layer])
      if bits < ZigguratTables.normalBounds[layer] { return isNegative ? -size : size }
      if layer == 0 {
        while true {
          let x = -(1 / edge) * log1p(-uniform())
          let y = -log1p(-uniform())
          if y + y > x * x { return bits >> 8 & 1 == 1 ? -(edge + x) : edge + x }
        }
      }
      let upper = Double(bitPattern: ZigguratTables.normalHeights[layer - 1])
      let lower = Double(bitPattern: ZigguratTables.normalHeights[layer])
      if (upper - lower) * uniform() + lower < exp(-0.5 * size * size) {
        return isNegative ? -size : size
      }
    }
  }

  /// An exponential number of mean 1: NumPy's `standard_exponential`.
  public mutating func exponential() -> Double {
    let edge = 7.69711747013104972
    while true {
      let word = next() >> 3
      let layer = Int(word & 0xff)
      let bits = word >> 8
      let size = Double(bits) * Double(bitPattern: ZigguratTables.exponentialWidths[layer])
      if bits < ZigguratTables.exponentialBounds[layer] { return size }
      if layer == 0 { return edge - log1p(-uniform()) }
      let upper = Double(bitPattern: ZigguratTables.exponentialHeights[layer - 1])
      let lower = Double(bitPattern: ZigguratTables.exponentialHeights[layer])
      if (upper - lower) * uniform() + lower < exp(-size) { return size }
    }
  }
}
