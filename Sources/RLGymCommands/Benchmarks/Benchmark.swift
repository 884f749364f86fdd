internal import Foundation
internal import RLGym

/// Something whose speed is measured.
struct Benchmark {
  var name: String
  var unit: String
  /// How often it is measured; the median counts.
  var runs = 5
  /// Floating-point operations of one unit of the figure, where a share of peak makes sense.
  var flopPerUnit: Double?
  var measure: () throws -> Double
  /// Why it cannot be measured here, as a sentence.
  var skipReason: String?
  /// The figure that the longest shares of threads, each timed alone, let one expect of so many cores.
  var predict: (() throws -> Double)?

  func text(_ value: Double) -> String {
    switch unit {
    case "FLOP/s": "\(Format.decimal(value / 1e9)) GFLOP/s"
    case "s" where !value.isFinite: "not reached"
    case "%": "\(Format.decimal(value))% of the speed without"
    case "% of bare physics": "\(Format.decimal(value))% of bare physics"
    case "% of one thread": "\(Format.decimal(value))% of one thread"
    case "s": "\(Format.decimal(value, 3)) s"
    default: "\(Format.count(Int(value))) \(unit)"
    }
  }

  /// Every benchmark, in the order of the table.
  ///
  /// - Parameter threads: The threads of those that use several.
  static func all(threads: Int) -> [Benchmark] {
    let peaks = [
      Benchmark(name: "peak/fma", unit: "FLOP/s") { measureFMAPeak(threads: 1) },
      Benchmark(name: "peak/fma/all-cores", unit: "FLOP/s") { measureFMAPeak(threads: threads) },
    ]
    return peaks + convolutionBenchmarks(threads: threads)
      + steppingBenchmarks(threads: threads) + renderingBenchmarks()
      + trainingBenchmarks(threads: threads) + muJoCoBenchmarks(threads: threads)
      + loadBenchmarks(threads: max(2, threads))
      + scaleBenchmarks()
  }

  /// Calls the body until at least `seconds` have passed, and returns calls a second.
  static func rate(seconds: Double = 0.3, _ body: () throws -> Void) rethrows -> Double {
    try body()
    let start = ContinuousClock.now
    var calls = 0
    var elapsed = 0.0
    while elapsed < seconds {
      try body()
      calls += 1
      elapsed = start.duration(to: .now) / .seconds(1)
    }
    return Double(calls) / elapsed
  }
}
