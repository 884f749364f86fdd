/// NumPy's `SeedSequence`: turns a seed of any quality into well-mixed state, and into independent
/// child sequences.
///
/// The same numbers as `numpy.random.SeedSequence(entropy, spawn_key=...)` with the default pool of
/// four words (M. E. O'Neill, "Developing a seed_seq alternative", 2015).
///
/// ```swift
/// let sequence = SeedSequence(7)
/// var weights = SeededGenerator(sequence.child(0))
/// var actions = SeededGenerator(sequence.child(1))
/// ```
public struct SeedSequence: Sendable, Equatable {
  /// The seed that the user gave.
  public let entropy: UInt64
  /// The path from the root sequence to this one; empty for a root.
  public let spawnKey: [UInt32]

  /// The root sequence of a seed, or the child at the end of a path.
  public init(_ entropy: UInt64, spawnKey: [UInt32] = []) {
    self.entropy = entropy
    self.spawnKey = spawnKey
  }

  /// The child with the given index: what the `index`-th call of NumPy's `spawn` returns.
  public func child(_ index: UInt32) -> SeedSequence {
    SeedSequence(entropy, spawnKey: spawnKey + [index])
  }

  /// The pool of mixed words from which states are drawn.
  private var pool: InlineArray<4, UInt32> {
    var words: [UInt32] = [UInt32(truncatingIfNeeded: entropy)]
    if entropy >> 32 != 0 { words.append(UInt32(entropy >> 32)) }
    if !spawnKey.isEmpty {
      while words.count < 4 { words.append(0) }
      words += spawnKey
    }
    var multiplier: UInt32 = 0x43b0_d7e5
    func hash(_ word: UInt32) -> UInt32 {
      var value = word ^ multiplier
      multiplier &*= 0x931e_8875
      value &*= multiplier
      return value ^ value >> 16
    }
    func mix(_ a: UInt32, _ b: UInt32) -> UInt32 {
      let value = 0xca01_f9dd &* a &- 0x4973_f715 &* b
      return value ^ value >> 16
    }
    var pool: InlineArray<4, UInt32> = [0, 0, 0, 0]
    for i in 0..<4 { pool[i] = hash(i < words.count ? words[i] : 0) }
    for source in 0..<4 {
      for target in 0..<4 where target != source {
        pool[target] = mix(pool[target], hash(pool[source]))
      }
    }
    for word in words.dropFirst(4) {
      for target in 0..<4 { pool[target] = mix(pool[target], hash(word)) }
    }
    return pool
  }

  /// The first `count` 64-bit words of state, as `generate_state(count, uint64)` gives them.
  public func state(count: Int) -> [UInt64] {
    let pool = pool
    var multiplier: UInt32 = 0x8b51_f9dd
    func word(_ i: Int) -> UInt64 {
      var value = pool[i % 4] ^ multiplier
      multiplier &*= 0x58f3_8ded
      value &*= multiplier
      return UInt64(value ^ value >> 16)
    }
    return (0..<count).map { i in
      let low = word(2 * i)
      return low | word(2 * i + 1) << 32
    }
  }
}
