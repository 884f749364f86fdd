internal import Foundation
package import RLSupport

/// How a search chooses what to try next.
public enum Sampler: String, CaseIterable, Sendable {
  /// Independent draws (Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", 2012).
  case random
  /// The tree-structured Parzen estimator: where good trials are dense and bad ones are not.
  case tpe

  /// What a sampler knows of a trial.
  package struct Observation: Equatable {
    package var coordinates: [Double]
    package var standing: Standing

    package init(_ coordinates: [Double], _ standing: Standing) {
      self.coordinates = coordinates
      self.standing = standing
    }
  }

  /// How good a trial was. Completed ones are better than those that were cut off, of which those that came
  /// further are better; failed ones are the worst.
  package enum Standing: Equatable {
    case complete(Double)
    /// After so many evaluations.
    case cutOff(points: Int, Double)
    case failed
    /// Nobody knows yet; taken to be bad, so that trials at the same time try different things (the
    /// "constant liar").
    case running

    private var rank: (Double, Double, Double) {
      func plain(_ x: Double) -> Double { x.isNaN ? -.infinity : x }
      return switch self {
      case .complete(let value): (3, 0, plain(value))
      case .cutOff(let points, let value): (2, Double(points), plain(value))
      case .failed: (1, 0, 0)
      case .running: (0, 0, 0)
      }
    }

    func isBetter(than other: Standing) -> Bool { rank > other.rank }
  }

  /// Trials at random before the estimator says where to go.
  public static let startupTrials = 10
  /// Points that the estimator compares.
  static let candidates = 24

  /// How many of the best trials make up the good ones.
  static func goodCount(of count: Int) -> Int { min(25, Int((0.1 * Double(count)).rounded(.up))) }

  /// Draws the coordinates to try next, and says whether the estimator chose them.
  package func suggest(
    _ ranges: [SearchRange], after observations: [Observation],
    _ generator: inout SeededGenerator
  ) -> (coordinates: [Double], isInformed: Bool) {
    let ended = observations.count { $0.standing != .running }
    guard self == .tpe, ended >= Self.startupTrials else {
      return (Self.random(ranges, &generator), false)
    }
    let order = observations.indices.sorted { i, j in
      let (a, b) = (observations[i].standing, observations[j].standing)
      return a.isBetter(than: b) || (!b.isBetter(than: a) && i < j)
    }
    let count = Self.goodCount(of: ended)
    // Chronological, as old points weigh less.
    func points(_ indices: some Sequence<Int>) -> [[Double]] {
      indices.sorted().map { observations[$0].coordinates }
    }
    let good = ParzenEstimator(points(order.prefix(count)), ranges: ranges)
    let bad = ParzenEstimator(points(order.dropFirst(count)), ranges: ranges)
    var best: (coordinates: [Double], score: Double)?
    for _ in 0..<Self.candidates {
      let candidate = good.sample(&generator)
      // The expected improvement grows with this ratio (Bergstra et al. 2011, equation 1 of section 4.1).
      let score = good.logDensity(candidate) - bad.logDensity(candidate)
      if best.map({ score > $0.score }) ?? true { best = (candidate, score) }
    }
    return (best?.coordinates ?? Self.random(ranges, &generator), true)
  }

  private static func random(_ ranges: [SearchRange], _ generator: inout SeededGenerator)
    -> [Double]
  {
    ranges.map { range in
      let (low, high) = range.bounds
      let x = low == high ? low : generator.uniform(low, high)
      return range.coordinate(of: range.value(at: x)) ?? x
    }
  }
}
