internal import Foundation

/// How much more the numbers of a second sample are than those of a first one: what tells two sides apart.
///
/// By Mann and Whitney's test: of two sides with equal distributions, whatever these are and with ties, too, no more than
/// 5% are told apart. Few numbers a side cannot be told apart at all, and have no interval: even if all of one side are above
/// all of the other, that happens by chance in one of three pairs with two numbers a side, in one of ten with three.
///
/// ```swift
/// let shift = Shift(from: [402, 455, 500, 388, 410], to: [491, 500, 500, 476, 483])
/// print(shift.value, shift.isUp)
/// ```
public struct Shift: Sendable, Equatable {
  /// The median of all differences between a number of the second side and one of the first
  /// (Hodges and Lehmann 1963).
  public let value: Double
  /// The interval of that shift (Lehmann 1963; Conover 1999, section 5.4); `nil` where the samples are
  /// too small for the confidence, or have numbers without a difference.
  public let interval: Interval?
  /// Whether the second side is higher, beyond chance.
  public let isUp: Bool
  /// Whether the second side is lower, beyond chance.
  public let isDown: Bool

  /// Compares two sides, which may have different counts, neither 0: O(n m log(n m)).
  ///
  /// - Parameters:
  ///   - first: The numbers of the first side.
  ///   - second: Those of the second.
  ///   - confidence: How probable it is at least that such an interval holds the shift.
  public init(from first: [Double], to second: [Double], confidence: Double = 0.95) {
    precondition(!first.isEmpty && !second.isEmpty, "Shift: a side without numbers")
    let differences = second.flatMap { y in first.map { y - $0 } }.sorted()
    value = median(differences)
    guard !differences.contains(where: \.isNaN),
      let rank = Self.rank(first.count, second.count, confidence: confidence)
    else {
      (interval, isUp, isDown) = (nil, false, false)
      return
    }
    interval = Interval(
      low: differences[rank], high: differences[differences.count - 1 - rank])
    // With ties an end of the interval may be 0 where the test tells the sides apart.
    let chance = Self.chance(first, second)
    let tail = 0.5 * (1 - confidence)
    (isUp, isDown) = (chance.ofMore <= tail, chance.ofLess <= tail)
  }

  /// How probable it is that the second of two equal sides has ranks as high as these, or as low: the share of all
  /// ways to part the numbers into such sides.
  private static func chance(_ first: [Double], _ second: [Double]) -> (
    ofMore: Double, ofLess: Double
  ) {
    let ascending = (first + second).sorted()
    let count = ascending.count
    // Twice the mean rank of those that are equal, from 0 on.
    var ranks: [Double: Int] = [:]
    var doubled = Array(repeating: 0, count: count)
    var tieSum = 0.0
    var start = 0
    while start < count {
      var end = start
      while end + 1 < count, ascending[end + 1] == ascending[start] { end += 1 }
      for i in start...end { doubled[i] = start + end }
      ranks[ascending[start]] = start + end
      let ties = Double(end - start + 1)
      tieSum += ties * ties * ties - ties
      start = end + 1
    }
    let sum = second.reduce(0) { $0 + (ranks[$1] ?? 0) }
    let (n, m) = (Double(second.count), Double(first.count))
    guard count <= 100 else {
      let mean = n * Double(count - 1)
      let ranks = Double(count + 1) - tieSum / (Double(count) * Double(count - 1))
      let deviation = 2 * (n * m / 12 * ranks).squareRoot()
      guard deviation > 0 else { return (1, 1) }
      // Half a rank is the correction for continuity.
      func above(_ x: Double) -> Double { 0.5 * erfc((x - 1) / deviation / 2.0.squareRoot()) }
      return (above(Double(sum) - mean), above(mean - Double(sum)))
    }
    let most = doubled.reduce(0, +)
    var ways = Array(repeating: Array(repeating: 0.0, count: most + 1), count: second.count + 1)
    ways[0][0] = 1
    for (i, rank) in doubled.enumerated() {
      for chosen in stride(from: min(second.count, i + 1), to: 0, by: -1) {
        for total in stride(from: most, through: rank, by: -1) {
          ways[chosen][total] += ways[chosen - 1][total - rank]
        }
      }
    }
    let all = ways[second.count]
    let parts = all.reduce(0, +)
    return (all[sum...].reduce(0, +) / parts, all[...sum].reduce(0, +) / parts)
  }

  /// The fewest numbers on each side with which two sides can be told apart at all: 4 for one interval of 95%.
  public static func fewest(confidence: Double = 0.95) -> Int {
    var (count, ways) = (1, 2.0)
    while 2 / ways > 1 - confidence {
      count += 1
      ways *= Double(2 * (2 * count - 1)) / Double(count)
    }
    return count
  }

  /// How many of the ascending differences lie outside of the interval at each end; `nil` if even the whole
  /// range is too short.
  private static func rank(_ n: Int, _ m: Int, confidence: Double) -> Int? {
    let tail = 0.5 * (1 - confidence)
    guard n * m <= 2_500 else {
      // Normal approximation with the correction for continuity.
      let deviation = (Double(n * m) * Double(n + m + 1) / 12).squareRoot()
      let rank = 0.5 * Double(n * m) - 0.5 - normalQuantile(1 - tail) * deviation
      return rank >= 0 ? Int(rank) : nil
    }
    // Ways to choose n of n + m ranks, by how many pairs the chosen ones win.
    var ways = Array(repeating: Array(repeating: 0.0, count: n * m + 1), count: n + 1)
    ways[0][0] = 1
    for rank in 0..<n + m {
      for chosen in stride(from: min(n, rank + 1), to: 0, by: -1) {
        let wins = rank - (chosen - 1)
        guard wins <= m else { continue }
        for sum in stride(from: n * m, through: wins, by: -1) {
          ways[chosen][sum] += ways[chosen - 1][sum - wins]
        }
      }
    }
    let all = ways[n].reduce(0, +)
    var (sum, rank): (Double, Int?) = (0, nil)
    for wins in 0..<(n * m + 1) / 2 {
      sum += ways[n][wins]
      if sum > tail * all { break }
      rank = wins
    }
    return rank
  }
}

/// A quantile of the normal distribution, by Newton's method.
func normalQuantile(_ share: Double) -> Double {
  var x = 0.0
  for _ in 0..<60 {
    let density = exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
    let step = (share - 0.5 * erfc(-x / 2.0.squareRoot())) / density
    x += max(-1, min(1, step))
    if abs(step) < 1e-14 { break }
  }
  return x
}
