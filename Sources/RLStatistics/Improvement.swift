/// How probable it is that a run of `x` scores more than one of `y` in a random task; ties count half
/// (Agarwal et al. 2021, section 4.3; Mann and Whitney 1947).
///
/// - Precondition: Both have the same number of tasks.
public func probabilityOfImprovement(_ x: Scores, over y: Scores) -> Double {
  precondition(
    x.tasks.count == y.tasks.count,
    "probabilityOfImprovement: \(x.tasks.count) and \(y.tasks.count) tasks")
  return mean(of: zip(x.tasks, y.tasks).map { winShare($0, $1) })
}

/// The share of pairs that the first side wins, by ranks: O(n log n).
private func winShare(_ x: [Double], _ y: [Double]) -> Double {
  let others = y.sorted()
  var wins = 0.0
  for value in x {
    let below = others.partitioningIndex { $0 >= value }
    let notAbove = others.partitioningIndex { $0 > value }
    wins += Double(below) + 0.5 * Double(notAbove - below)
  }
  return wins / Double(x.count * y.count)
}

/// The 95% interval of ``probabilityOfImprovement(_:over:)``; `nil` where each side has one run.
///
/// In each task it holds the probabilities with which the observed one is compatible (Newcombe 2006, part 2,
/// method 5: the variance of Hanley and McNeil 1982 at the end of the interval, with Student's t for few
/// runs), so it has a width even where all runs of one side are ahead. Tasks are put together by the squares of
/// their distances (Newcombe 1998).
///
/// - Parameters:
///   - x: The scores of the first side.
///   - y: Those of the second, with the same number of tasks.
///   - confidence: How probable it is that such an interval holds the probability.
public func improvementInterval(_ x: Scores, over y: Scores, confidence: Double = 0.95)
  -> Interval?
{
  let pairs = Array(zip(x.tasks, y.tasks))
  let degrees = pairs.reduce(0) { $0 + $1.0.count + $1.1.count - 2 }
  guard degrees > 0 else { return nil }
  let t = studentQuantile(0.5 + 0.5 * confidence, degrees: degrees)
  var (below, above) = (0.0, 0.0)
  for (a, b) in pairs {
    let share = winShare(a, b)
    func isCompatible(_ p: Double) -> Bool {
      let repeated =
        Double(b.count - 1) * (1 - p) / (2 - p) + Double(a.count - 1) * p / (1 + p)
      let variance = p * (1 - p) * (1 + repeated) / Double(a.count * b.count)
      return (share - p) * (share - p) <= t * t * variance
    }
    /// The compatible probability that is farthest from the observed one, towards an end of the scale.
    func end(towards limit: Double) -> Double {
      var (inside, outside) = (share, limit)
      for _ in 0..<50 {
        let middle = 0.5 * (inside + outside)
        if isCompatible(middle) { inside = middle } else { outside = middle }
      }
      return inside
    }
    let (low, high) = (end(towards: 0), end(towards: 1))
    below += (share - low) * (share - low)
    above += (high - share) * (high - share)
  }
  let share = probabilityOfImprovement(x, over: y)
  let count = Double(pairs.count)
  return Interval(
    low: share - below.squareRoot() / count, high: share + above.squareRoot() / count)
}

extension [Double] {
  /// The first index from which on a condition holds, in an order in which it then holds to the end.
  func partitioningIndex(where holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
