internal import Foundation

/// A quantile of Student's t distribution (Student 1908): with 1 degree of freedom 12.71 at 0.975, with 9 of them
/// 2.26, with very many 1.96.
///
/// - Parameters:
///   - share: Between 0 and 1.
///   - degrees: The degrees of freedom, 1 or more. From 10,000 on they make no difference to four digits, and
///     count as 10,000.
public func studentQuantile(_ share: Double, degrees: Int) -> Double {
  precondition(share > 0 && share < 1 && degrees > 0, "studentQuantile: \(share), \(degrees)")
  let degrees = min(degrees, 10_000)
  // Abramowitz and Stegun 1964, 26.7.3 and 26.7.4: how probable it is that |t| is no larger, where
  // t is the square root of the degrees times the tangent of an angle.
  func probability(_ angle: Double) -> Double {
    let (sine, cosine) = (sin(angle), cos(angle))
    let isOdd = degrees % 2 == 1
    var term = isOdd ? cosine : 1
    var sum = degrees == 1 ? 0 : term
    for k in stride(from: isOdd ? 2 : 1, to: degrees - 1, by: 2) {
      term *= cosine * cosine * Double(k) / Double(k + 1)
      sum += term
    }
    return isOdd ? 2 / Double.pi * (angle + sine * sum) : sine * sum
  }
  let wanted = abs(2 * share - 1)
  var (low, high) = (0.0, Double.pi / 2)
  for _ in 0..<60 {
    let middle = 0.5 * (low + high)
    if probability(middle) < wanted { low = middle } else { high = middle }
  }
  let size = Double(degrees).squareRoot() * tan(0.5 * (low + high))
  return share < 0.5 ? -size : size
}

/// The interval of the mean of a population of which these are a sample: Student's t.
///
/// - Parameters:
///   - values: The sample.
///   - confidence: How probable it is that such an interval holds the mean, if the numbers are about normal.
/// - Returns: `nil` for a single number, and for fewer than six that are all equal: these say nothing of how far
///   others lie from them.
public func meanInterval(of values: [Double], confidence: Double = 0.95) -> Interval? {
  guard let deviation = standardDeviation(of: values), deviation.isFinite,
    deviation > 0 || values.count >= Interval.fewestByRange
  else { return nil }
  let quantile = studentQuantile(0.5 + 0.5 * confidence, degrees: values.count - 1)
  let half = quantile * deviation / Double(values.count).squareRoot()
  let centre = mean(of: values)
  return Interval(low: centre - half, high: centre + half)
}
