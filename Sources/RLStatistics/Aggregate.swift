/// One number for the scores of many runs in many tasks, as in "Deep Reinforcement Learning at the Edge of
/// the Statistical Precipice" (Agarwal et al. 2021, section 4) and its library rliable.
public enum Aggregate: Sendable, Equatable, CaseIterable {
  /// The mean of the middle half of all scores; robust, and the one to report (IQM).
  case interquartileMean
  /// The median over tasks of the mean score.
  case median
  /// The mean over tasks of the mean score.
  case mean
  /// How far scores stay below 1 on average; scores above 1 count as 1, and lower is better.
  case optimalityGap

  /// The aggregate of scores.
  public func callAsFunction(_ scores: Scores) -> Double {
    switch self {
    case .interquartileMean: RLStatistics.interquartileMean(of: scores.all)
    case .median: RLStatistics.median(scores.taskMeans)
    case .mean: RLStatistics.mean(of: scores.taskMeans)
    case .optimalityGap: 1 - RLStatistics.mean(of: scores.all.map { min($0, 1) })
    }
  }
}

/// The mean without the lowest and the highest quarter, each rounded down to whole numbers of scores.
public func interquartileMean(of values: [Double]) -> Double {
  let cut = values.count / 4
  return mean(of: values.sorted()[cut..<values.count - cut])
}

/// The sample standard deviation, with n - 1 below; `nil` for fewer than two numbers, which have none.
public func standardDeviation(of values: [Double]) -> Double? {
  guard values.count > 1 else { return nil }
  let centre = mean(of: values)
  let squares = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
  return (squares / Double(values.count - 1)).squareRoot()
}

/// The share of all runs that score more than each threshold: a performance profile
/// (Agarwal et al. 2021, section 4.2; Dolan and Moré 2002).
public func performanceProfile(_ scores: Scores, thresholds: [Double]) -> [Double] {
  let ascending = scores.all.sorted()
  return thresholds.map { threshold in
    let notAbove = ascending.partitioningIndex { $0 > threshold }
    return Double(ascending.count - notAbove) / Double(ascending.count)
  }
}
