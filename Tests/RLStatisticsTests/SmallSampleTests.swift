import Foundation
import RLStatistics
import RLSupport
import Testing

private func isNear(_ a: Double?, _ b: Double, _ size: Double = 1e-3) -> Bool {
  abs((a ?? .nan) - b) < size
}

/// What few numbers can say, and what they cannot.
@Suite struct SmallSampleTests {
  /// Student 1908; the table in any textbook.
  @Test(arguments: [
    (0.975, 1, 12.7062), (0.975, 2, 4.3027), (0.975, 3, 3.1824), (0.975, 4, 2.7764),
    (0.975, 9, 2.2622), (0.975, 30, 2.0423), (0.995, 5, 4.0321), (0.95, 10, 1.8125),
    (0.975, 1_000_000, 1.9602), (0.025, 4, -2.7764), (0.5, 7, 0),
  ])
  func quantilesAreStudents(_ share: Double, _ degrees: Int, _ quantile: Double) {
    #expect(isNear(studentQuantile(share, degrees: degrees), quantile, 1e-4))
  }

  @Test func meansOfFewNumbersHaveStudentsInterval() throws {
    let two = try #require(meanInterval(of: [-1294, -1255]))
    #expect(isNear(two.high - two.low, 2 * 12.7062 * 19.5, 0.01))
    #expect(two.contains(-1500) && two.contains(-1050))
    let five = try #require(meanInterval(of: [1, 2, 3, 4, 5]))
    #expect(isNear(five.low, 1.0368) && isNear(five.high, 4.9632))
    #expect(meanInterval(of: [7]) == nil && meanInterval(of: []) == nil)
    // Two equal numbers do not mean that all others are the same; six tell more.
    #expect(meanInterval(of: [500, 500]) == nil)
    #expect(meanInterval(of: Array(repeating: 500, count: 6)) == Interval(low: 500, high: 500))
  }

  /// The ranks of Conover's table A7 for 95%: with 4 and 4 numbers all differences, with 5 and 5 without the two
  /// outermost, with 10 and 10 without 23.
  @Test func shiftsHaveTheIntervalOfMannAndWhitney() {
    func ranks(_ n: Int, _ m: Int) -> Interval? {
      // All differences are whole numbers apart.
      let x = (0..<n).map { Double($0 * m) }
      return Shift(from: x.map { -$0 }, to: (0..<m).map(Double.init)).interval
    }
    #expect(ranks(4, 4) == Interval(low: 0, high: 15))
    #expect(ranks(5, 5) == Interval(low: 2, high: 22))
    #expect(ranks(10, 10) == Interval(low: 23, high: 76))
    #expect(ranks(3, 6) == Interval(low: 1, high: 16))
    #expect(ranks(3, 3) == nil && ranks(1, 30) == nil && ranks(2, 8) == Interval(low: 0, high: 15))
    // Beyond the exact numbers the normal approximation continues them.
    #expect(isNear(ranks(50, 50)?.low, ranks(50, 51)?.low ?? 0, 30))
    let shift = Shift(from: [1, 2, 3, 4, 5], to: [11, 12, 13, 14, 15])
    #expect(shift.value == 10 && shift.isUp && !shift.isDown)
    #expect(Shift(from: [11, 12, 13, 14, 15], to: [1, 2, 3, 4, 5]).isDown)
    #expect(Shift(from: [1, .infinity], to: [.infinity, 3]).interval == nil)
  }

  /// Six failures of twenty runs fall on one side by chance in 2 · 210 / 38760 of cases, four in 2 · 210 / 4845.
  @Test func tiesDoNotHideADifference() {
    let solved = Array(repeating: 500.0, count: 10)
    func failing(_ count: Int) -> Shift {
      Shift(from: solved, to: (0..<10).map { $0 < count ? 100 : 500 })
    }
    #expect(failing(6).isDown && !failing(6).isUp && failing(6).interval?.high == 0)
    #expect(!failing(4).isDown && !Shift(from: solved, to: solved).isUp)
    let many = Array(repeating: 500.0, count: 80)
    #expect(Shift(from: many, to: (0..<80).map { $0 < 20 ? 100 : 500 }).isDown)
    #expect(!Shift(from: many, to: many).isDown)
  }

  @Test func theFewestNumbersAreThoseWithAnInterval() {
    for confidence in [0.9, 0.95, 0.975, 0.995, 0.999] {
      let count = Shift.fewest(confidence: confidence)
      func interval(_ n: Int) -> Interval? {
        let numbers = (0..<n).map(Double.init)
        return Shift(from: numbers, to: numbers, confidence: confidence).interval
      }
      #expect(interval(count) != nil && interval(count - 1) == nil)
    }
    #expect(Shift.fewest() == 4)
  }

  @Test func oneRunHasNoIntervalAndFewRunsHaveStudents() throws {
    let bootstrap = Bootstrap(repetitions: 20_000)
    #expect(bootstrap.runInterval(of: Scores([[7]])) { Aggregate.mean($0) } == nil)
    #expect(bootstrap.runInterval(of: Scores([[1, 2, 3], [7]])) { Aggregate.mean($0) } == nil)
    #expect(bootstrap.runInterval(of: Scores([[5, 5, 5]])) { Aggregate.mean($0) } == nil)
    // The mean of few numbers has Student's interval, up to the randomness of the draws.
    let few = try #require(
      bootstrap.runInterval(of: Scores([[1, 2, 4]])) { Aggregate.mean($0) })
    let right = try #require(meanInterval(of: [1, 2, 4]))
    #expect(isNear(few.low, right.low, 0.1) && isNear(few.high, right.high, 0.1))
    let ten = Scores([(0..<10).map { Double($0) }])
    let wide = try #require(bootstrap.runInterval(of: ten) { Aggregate.mean($0) })
    let narrow = bootstrap.interval(of: ten, .mean)
    #expect(wide.low < narrow.low && narrow.high < wide.high && wide.low > 0 && wide.high < 9)
  }

  private static let populations:
    [(name: String, draw: @Sendable (inout SeededGenerator) -> Double)] = [
      ("normal", { $0.normal() }),
      ("skew", { -log(1 - $0.uniform(0, 1)) }),
      ("mostly 500", { $0.uniform(0, 1) < 0.7 ? 500 : $0.uniform(0, 500) }),
      ("two values", { $0.uniform(0, 1) < 0.5 ? 0 : 1 }),
    ]

  /// Of equal sides no more than 5 in 100 are told apart, whatever the distribution, with any count.
  @Test(arguments: 2...10) func equalSidesAreSeldomToldApart(_ count: Int) {
    var generator = SeededGenerator(seed: 11)
    for (name, draw) in Self.populations {
      var told = 0
      for _ in 0..<400 {
        let sides = (0..<2).map { _ in (0..<count).map { _ in draw(&generator) } }
        let shift = Shift(from: sides[0], to: sides[1])
        told += shift.isUp || shift.isDown ? 1 : 0
      }
      #expect(told <= 30, "\(told) of 400 pairs of \(count) of \(name)")
      if count < 4 { #expect(told == 0) }
    }
  }

  /// Intervals of interquartile means hold those of the population in at least 91% of samples, with two to ten runs;
  /// percentiles as they are do so in half of the samples with two runs, and in 74% with three.
  @Test(arguments: [2, 3, 4, 5, 6, 8, 10]) func runIntervalsHoldTheTruth(_ count: Int) {
    var generator = SeededGenerator(seed: 12)
    let aggregate = Aggregate.interquartileMean
    var (held, percentiles) = (0, 0)
    for trial in 0..<300 {
      let scores = Scores([(0..<count).map { _ in generator.normal() }])
      let bootstrap = Bootstrap(repetitions: 400, seed: UInt64(trial))
      held += bootstrap.runInterval(of: scores) { aggregate($0) }?.contains(0) == true ? 1 : 0
      percentiles += bootstrap.interval(of: scores, aggregate).contains(0) ? 1 : 0
    }
    #expect(held >= 273, "\(held) of 300 with \(count) runs")
    if count < 4 { #expect(percentiles < 240) }
  }

  @Test func probabilitiesOfImprovementHaveWidthEvenAtTheirEnds() throws {
    #expect(improvementInterval(Scores([[1]]), over: Scores([[0]])) == nil)
    func ahead(_ count: Int, tasks: Int = 1) throws -> Interval {
      let x = Scores(Array(repeating: (0..<count).map { 100 + Double($0) }, count: tasks))
      let y = Scores(Array(repeating: (0..<count).map(Double.init), count: tasks))
      let interval = try #require(improvementInterval(x, over: y))
      let back = try #require(improvementInterval(y, over: x))
      #expect(
        isNear(back.low, 1 - interval.high, 1e-9) && isNear(back.high, 1 - interval.low, 1e-9))
      return interval
    }
    // With three runs a side all of one are ahead in one of ten equal pairs.
    #expect(try ahead(3).low < 0.5 && ahead(3).high == 1)
    #expect(try ahead(5).low > 0.5 && ahead(20).low > ahead(5).low)
    #expect(try ahead(5, tasks: 4).low > ahead(5).low)
  }

  @Test(arguments: [3, 5, 10]) func intervalsOfImprovementHoldOneHalfOfEqualSides(_ count: Int) {
    var generator = SeededGenerator(seed: 13)
    var held = 0
    for _ in 0..<1_000 {
      let sides = (0..<2).map { _ in
        Scores((0..<2).map { _ in (0..<count).map { _ in generator.normal() } })
      }
      held += improvementInterval(sides[0], over: sides[1])?.contains(0.5) == true ? 1 : 0
    }
    #expect(held >= 940, "\(held) of 1000 with \(count) runs")
  }
}
