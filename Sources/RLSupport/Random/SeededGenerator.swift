/// NumPy's default generator, PCG64 (XSL-RR) seeded through ``SeedSequence``.
///
/// The same stream as `numpy.random.default_rng(seed)`, so environments that use it start as
/// Gymnasium's do. Its state is a plain value: a copy goes on with the same numbers.
/// Source: M. E. O'Neill, "PCG: A family of simple fast space-efficient statistically good
/// algorithms for random number generation", 2014, section 6.
///
/// ```swift
/// var rng = SeededGenerator(seed: 42)
/// print(rng.uniform())  // 0.7739560485559633, as numpy.random.default_rng(42).random()
/// ```
public struct SeededGenerator: RandomNumberGenerator, Sendable, Equatable {
  @usableFromInline var state: UInt128
  @usableFromInline var increment: UInt128
  /// The unused high half of the last word drawn by `next32`.
  @usableFromInline var spare: UInt32?

  @usableFromInline static var multiplier: UInt128 { 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645 }

  /// The generator that `numpy.random.default_rng(seed)` is.
  public init(seed: UInt64) {
    self.init(SeedSequence(seed))
  }

  /// The generator that `numpy.random.default_rng(sequence)` is.
  public init(_ sequence: SeedSequence) {
    let words = sequence.state(count: 4)
    increment = (UInt128(words[2]) << 64 | UInt128(words[3])) << 1 | 1
    state = increment &+ (UInt128(words[0]) << 64 | UInt128(words[1]))
    state = state &* Self.multiplier &+ increment
  }

  /// The next 64 random bits.
  @inlinable public mutating func next() -> UInt64 {
    state = state &* Self.multiplier &+ increment
    let high = UInt64(truncatingIfNeeded: state >> 64)
    let folded = high ^ UInt64(truncatingIfNeeded: state)
    let rotation = high >> 58
    return folded &>> rotation | folded &<< (64 &- rotation)
  }

  /// The next 32 random bits; two calls share one draw, low half first.
  @inlinable public mutating func next32() -> UInt32 {
    if let word = spare {
      spare = nil
      return word
    }
    let word = next()
    spare = UInt32(word >> 32)
    return UInt32(truncatingIfNeeded: word)
  }

  /// A number from [0, 1) with 53 random bits: NumPy's `random()`.
  @inlinable public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number from [low, high): NumPy's `uniform(low, high)`.
  @inlinable public mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniform()
  }

  /// An integer from 0..<count: NumPy's `integers(count)` (Lemire's method).
  @inlinable public mutating func integer(below count: Int) -> Int {
    precondition(count > 0, "SeededGenerator.integer(below: \(count)): there is no such integer")
    if count == 1 { return 0 }
    if count == 1 << 32 { return Int(next32()) }
    if count < 1 << 32 {
      let bound = UInt64(count)
      var product = UInt64(next32()) &* bound
      if product & 0xffff_ffff < bound {
        let threshold = (0x1_0000_0000 - bound) % bound
        while product & 0xffff_ffff < threshold { product = UInt64(next32()) &* bound }
      }
      return Int(product >> 32)
    }
    let bound = UInt64(count)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// The state as five words, for checkpoints.
  public var words: [UInt64] {
    func halves(_ x: UInt128) -> [UInt64] {
      [UInt64(truncatingIfNeeded: x >> 64), UInt64(truncatingIfNeeded: x)]
    }
    return halves(state) + halves(increment) + [spare.map { UInt64($0) | 1 << 32 } ?? 0]
  }

  /// The generator whose `words` these are; `nil` unless there are five of a possible state.
  public init?(words: [UInt64]) {
    guard words.count == 5, words[3] & 1 == 1, words[4] >> 33 == 0 else { return nil }
    state = UInt128(words[0]) << 64 | UInt128(words[1])
    increment = UInt128(words[2]) << 64 | UInt128(words[3])
    spare = words[4] >> 32 == 1 ? UInt32(truncatingIfNeeded: words[4]) : nil
  }
}
