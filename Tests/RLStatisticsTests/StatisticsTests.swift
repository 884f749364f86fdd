import Foundation
import RLStatistics
import RLSupport
import Testing

private struct Fixtures: Decodable {
  struct Case: Decodable {
    var x: [[Double]]
    var y: [[Double]]
    var thresholds: [Double]
    var interquartileMean, median, mean, optimalityGap: Double
    var improvement, selfImprovement: Double
    var profile: [Double]
    var seed: UInt64
    var repetitions: Int
    var interquartileMeanInterval, medianInterval, meanInterval, optimalityGapInterval: [Double]
    var improvementInterval: [Double]
    var profileIntervals: [[Double]]
  }

  struct Trimmed: Decodable {
    var values: [Double]
    var mean: Double
    var u: Double
    var quantiles: [Double]
  }

  var cases: [Case]
  var trimmed: [Trimmed]

  static func read() throws -> Fixtures {
    let url = try #require(Bundle.module.url(forResource: "statistics", withExtension: "json"))
    return try JSONDecoder().decode(Fixtures.self, from: Data(contentsOf: url))
  }
}

private func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-12 }
private func isNear(_ a: Interval, _ b: [Double]) -> Bool {
  isNear(a.low, b[0]) && isNear(a.high, b[1])
}

/// Against fixtures made with rliable and SciPy.
@Suite struct StatisticsTests {
  @Test func aggregatesEqualThoseOfRliable() throws {
    for c in try Fixtures.read().cases {
      let scores = Scores(c.x)
      #expect(isNear(Aggregate.interquartileMean(scores), c.interquartileMean))
      #expect(isNear(Aggregate.median(scores), c.median))
      #expect(isNear(Aggregate.mean(scores), c.mean))
      #expect(isNear(Aggregate.optimalityGap(scores), c.optimalityGap))
      let profile = performanceProfile(scores, thresholds: c.thresholds)
      #expect(zip(profile, c.profile).allSatisfy { isNear($0, $1) })
      #expect(profile.count == c.profile.count)
    }
  }

  @Test func improvementEqualsThatOfRliable() throws {
    for c in try Fixtures.read().cases {
      #expect(isNear(probabilityOfImprovement(Scores(c.x), over: Scores(c.y)), c.improvement))
      #expect(isNear(probabilityOfImprovement(Scores(c.x), over: Scores(c.x)), c.selfImprovement))
      let back = probabilityOfImprovement(Scores(c.y), over: Scores(c.x))
      #expect(isNear(back, 1 - c.improvement))
    }
    for t in try Fixtures.read().trimmed {
      let other = t.values.reversed().map { $0 + 0.1 }
      let share = probabilityOfImprovement(Scores([t.values]), over: Scores([other]))
      #expect(isNear(share, t.u / Double(t.values.count * t.values.count)))
    }
  }

  @Test func trimmedMeansAndQuantilesEqualThoseOfSciPyAndNumPy() throws {
    for t in try Fixtures.read().trimmed {
      #expect(isNear(interquartileMean(of: t.values), t.mean))
      let ascending = t.values.sorted()
      for (share, expected) in zip([0, 0.025, 0.5, 0.975, 1], t.quantiles) {
        #expect(isNear(quantile(ascending, share), expected))
      }
    }
  }

  /// A quantile at a number is that number, whatever comes after it, as for NumPy's `median` and `percentile`.
  @Test func quantilesOfInfiniteNumbersAreNumbers() {
    let inf = Double.infinity
    #expect(median([4, 5, inf]) == 5 && median([1, 2, 3, inf, inf]) == 3)
    #expect(quantile([1, 2, 3, inf, inf], 0.25) == 2 && median([1, 2, inf, inf]) == inf)
    #expect(median([-inf, -inf, 7, 8, 9]) == 7 && quantile([-inf, 7, 8], 0.5) == 7)
    #expect(quantile([-inf, 7], 0.5) == -inf && quantile([-inf, 7], 1) == 7)
    #expect(Aggregate.median(Scores([[4], [5], [inf]])) == 5)
    #expect(CensoredSample([4, 5, nil]).median == 5)
  }

  @Test func deviationsAreThoseOfSamples() {
    // The squares of 2, 4, 4, 4, 5, 5, 7, 9 around 5 sum to 32.
    let deviation = standardDeviation(of: [2, 4, 4, 4, 5, 5, 7, 9]) ?? .nan
    #expect(isNear(deviation, (32.0 / 7).squareRoot()))
    #expect(standardDeviation(of: [3]) == nil && standardDeviation(of: []) == nil)
  }

  @Test func intervalsEqualThoseOfTheSameDraws() throws {
    for c in try Fixtures.read().cases {
      let bootstrap = Bootstrap(repetitions: c.repetitions, seed: c.seed)
      let scores = Scores(c.x)
      let expected: [(Aggregate, [Double])] = [
        (.interquartileMean, c.interquartileMeanInterval), (.median, c.medianInterval),
        (.mean, c.meanInterval), (.optimalityGap, c.optimalityGapInterval),
      ]
      for (aggregate, interval) in expected {
        #expect(isNear(bootstrap.interval(of: scores, aggregate), interval), "\(aggregate)")
      }
      let improvement = bootstrap.interval(ofImprovement: scores, over: Scores(c.y))
      #expect(isNear(improvement, c.improvementInterval))
      let profile = bootstrap.intervals(ofProfile: scores, thresholds: c.thresholds)
      #expect(profile.count == c.profileIntervals.count)
      #expect(zip(profile, c.profileIntervals).allSatisfy { isNear($0, $1) })
    }
  }

  @Test func intervalsAreReproducibleAndDependOnTheSeed() {
    let scores = Scores([(0..<20).map { Double($0 * $0) }, (0..<10).map { Double($0) }])
    let a = Bootstrap(repetitions: 500, seed: 3).interval(of: scores, .mean)
    #expect(a == Bootstrap(repetitions: 500, seed: 3).interval(of: scores, .mean))
    #expect(a != Bootstrap(repetitions: 500, seed: 4).interval(of: scores, .mean))
    #expect(a.contains(Aggregate.mean(scores)))
  }

  /// Of 400 samples of 20 normal numbers, about 95% have intervals that hold the true mean.
  @Test func intervalsHoldTheTruthAsOftenAsTheyClaim() {
    var generator = SeededGenerator(seed: 5)
    var held = 0
    for trial in 0..<400 {
      let scores = Scores([(0..<20).map { _ in generator.normal() }])
      let bootstrap = Bootstrap(repetitions: 400, seed: UInt64(trial))
      held += bootstrap.interval(of: scores, .mean).contains(0) ? 1 : 0
    }
    #expect((355...390).contains(held), "\(held) of 400")
  }
}

@Suite struct LearningCurveTests {
  private let curve = LearningCurve(
    steps: [10, 20, 30, 50], seconds: [1, 2, 4, 5], values: [0, 4, 2, 6])

  @Test func valuesAreThoseOfTheLatestEvaluation() {
    #expect(curve.value(atStep: 9) == nil && curve.value(atStep: 10) == 0)
    #expect(curve.value(atStep: 49) == 2 && curve.value(atStep: 500) == 6)
    #expect(curve.value(atSecond: 0.5) == nil && curve.value(atSecond: 3) == 4)
  }

  @Test func theAreaIsAMeanOverSteps() {
    #expect(curve.areaUnderCurve == 130.0 / 40)
    #expect(LearningCurve(steps: [], seconds: [], values: []).areaUnderCurve == nil)
    #expect(LearningCurve(steps: [5], seconds: [1], values: [3]).areaUnderCurve == 3)
  }

  @Test func aThresholdIsReachedByAWindow() throws {
    let one = try #require(curve.reached(4, window: 1))
    #expect(one.step == 20 && one.second == 2)
    let two = try #require(curve.reached(3, window: 2))
    #expect(two.step == 30 && two.second == 4)
    #expect(curve.reached(7, window: 1) == nil && curve.reached(0, window: 5) == nil)
  }

  @Test func mediansOfCensoredSamplesAreKnownOnlyWhereMostReach() {
    #expect(CensoredSample([3, 1, nil]).median == 3)
    #expect(CensoredSample([3, 1]).median == 2)
    #expect(CensoredSample([3, 1, nil, nil]).median == nil)
    #expect(CensoredSample([nil]).median == nil && CensoredSample([]).median == nil)
  }

  /// Conover's table: with ten runs the second and the ninth bound the median with 97.9%, with twenty the
  /// sixth and the fifteenth with 95.9%; five are too few for 95%.
  @Test func medianIntervalsAreOrderStatistics() {
    let ten = CensoredSample((1...10).map { Double($0) })
    #expect(ten.medianInterval() == Interval(low: 2, high: 9))
    let twenty = CensoredSample((1...20).map { $0 <= 12 ? Double($0) : nil })
    #expect(twenty.medianInterval() == Interval(low: 6, high: .infinity))
    #expect(CensoredSample((1...5).map { Double($0) }).medianInterval() == nil)
    #expect(
      CensoredSample((1...6).map { Double($0) }).medianInterval() == Interval(low: 1, high: 6))
    // 2 to the power of -2000 is no Double; the ranks come from sums of whole numbers.
    #expect(
      CensoredSample((1...2000).map { Double($0) }).medianInterval()
        == Interval(low: 956, high: 1045))
  }
}
