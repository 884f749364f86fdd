import RLSupport
import Testing

/// Known answers of NumPy 2.4.6: `default_rng(seed)`, `SeedSequence(seed, spawn_key=(3,))`.
@Suite struct RandomTests {
  struct Answer: Sendable {
    var seed: UInt64
    var raw: [UInt64]
    var child: [UInt64]
    var integers: [Int]
  }

  static let answers = [
    Answer(
      seed: 0, raw: [0xa30f_ebcf_d9c2_825f, 0x4510_bdf8_82d9_d721],
      child: [0xb7b8_34ed_dbb3_cbbe, 0xf39d_7ee1_2cea_0557], integers: [8, 6, 5, 2, 3, 0, 0, 0]),
    Answer(
      seed: 42, raw: [0xc621_fbcd_16d9_2688, 0x705a_5661_a791_ffc1],
      child: [0x3403_7e9d_c34f_c8c5, 0xed87_f1b5_4801_9fd6], integers: [0, 7, 6, 4, 4, 8, 0, 6]),
    Answer(
      seed: 123, raw: [0xaeae_9c99_03f3_e9cd, 0x0dc7_36db_97cb_6d23],
      child: [0xd984_6c5f_e576_3614, 0xa04f_13b4_f46a_e15e], integers: [0, 6, 5, 0, 9, 2, 2, 1]),
    Answer(
      seed: 1 << 32, raw: [0xe3c5_ebe2_85ac_1625, 0x8ea0_9968_fe31_dbcc],
      child: [0x27f5_5fb8_99f1_e59c, 0xa70f_bdbb_41fb_6928], integers: [5, 8, 9, 5, 3, 8, 2, 9]),
    Answer(
      seed: .max, raw: [0xae16_3a7a_8c47_568f, 0xd866_59f5_f338_2359],
      child: [0x5a11_4aea_62f8_bec9, 0xd582_14ab_464f_07e2], integers: [5, 6, 9, 8, 3, 0, 1, 8]),
  ]

  @Test(arguments: answers)
  func numbersAreNumPys(_ answer: Answer) {
    var generator = SeededGenerator(seed: answer.seed)
    #expect([generator.next(), generator.next()] == answer.raw)
    #expect(SeedSequence(answer.seed).child(3).state(count: 2) == answer.child)
    var other = SeededGenerator(seed: answer.seed)
    #expect((0..<8).map { _ in other.integer(below: 10) } == answer.integers)
  }

  @Test func doublesAreNumPys() {
    var generator = SeededGenerator(seed: 42)
    #expect(generator.uniform() == 0.7739560485559633)
    generator = SeededGenerator(seed: 123)
    #expect(generator.uniform() == 0.6823518632481435)
  }

  @Test func halvesOfAWordAreSharedAndSaved() throws {
    var generator = SeededGenerator(seed: 0)
    #expect(generator.next32() == 0xd9c2_825f)
    let words = generator.words
    #expect(generator.next32() == 0xa30f_ebcf)
    #expect(generator.next() == 0x4510_bdf8_82d9_d721)
    var restored = try #require(SeededGenerator(words: words))
    #expect(restored.next32() == 0xa30f_ebcf)
    #expect(SeededGenerator(words: [1, 2, 3]) == nil)
    #expect(SeededGenerator(words: [1, 2, 3, 4, 0]) == nil)  // an even increment
  }

  @Test func integersCoverTheirRangeEvenly() {
    var generator = SeededGenerator(seed: 9)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[generator.integer(below: 7)] += 1 }
    // Chi-square with six degrees of freedom: 22.5 is exceeded once in a thousand.
    let chiSquare = counts.reduce(0.0) {
      $0 + (Double($1) - 10_000) * (Double($1) - 10_000) / 10_000
    }
    #expect(chiSquare < 22.5)
    #expect(
      (0..<100).allSatisfy { _ in (0..<(1 << 40)).contains(generator.integer(below: 1 << 40)) })
  }

  struct Draws: Sendable {
    var seed: UInt64
    /// The first and the last of a million draws, their running sum, and the largest magnitude.
    var normal: [Double]
    var exponential: [Double]
  }

  @Test(arguments: [
    Draws(
      seed: 0,
      normal: [
        0x1.017ed89db8441p-3, 0x1.d4425c8dcce83p-3, 0x1.f3490b0a722b1p+9, 0x1.2ed8650fafb3cp+2,
      ],
      exponential: [
        0x1.5c2008d61b61ap-1, 0x1.7917ba4247d82p-2, 0x1.e825bdff986a5p+19, 0x1.9358e2eac0506p+3,
      ]),
    Draws(
      seed: 42,
      normal: [
        0x1.3807c1104fc6bp-2, 0x1.c0ea9bf16c9c5p-1, 0x1.86028eced00bfp+6, 0x1.40768ac31b664p+2,
      ],
      exponential: [
        0x1.33bd1b8765db9p+1, 0x1.305100f91cbbfp+1, 0x1.e82e8b45febc4p+19, 0x1.c354a96ca1484p+3,
      ]),
  ])
  func normalAndExponentialDrawsAreNumPys(_ draws: Draws) {
    func summary(_ draw: (inout SeededGenerator) -> Double) -> [Double] {
      var rng = SeededGenerator(seed: draws.seed)
      var (first, last, sum, largest) = (0.0, 0.0, 0.0, 0.0)
      for i in 0..<1_000_000 {
        last = draw(&rng)
        if i == 0 { first = last }
        sum += last
        largest = max(largest, abs(last))
      }
      return [first, last, sum, largest]
    }
    #expect(summary { $0.normal() } == draws.normal)
    #expect(summary { $0.exponential() } == draws.exponential)
  }
}
