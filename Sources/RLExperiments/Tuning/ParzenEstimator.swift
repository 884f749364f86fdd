internal import Foundation
package import RLSupport

/// A density over a search space: a mixture of kernels around known points, and a wide one for what nobody
/// has tried.
///
/// Each kernel is a product over the dimensions, so that what goes together stays together: truncated normal
/// distributions whose width shrinks with the number of points, and weights for choices. Sources: Bergstra
/// et al., "Algorithms for Hyper-Parameter Optimization", 2011, section 4; Watanabe, "Tree-Structured Parzen
/// Estimator: Understanding Its Algorithm Components and Their Roles", 2023, section 3.3; the multivariate
/// sampler of Optuna 4.
package struct ParzenEstimator {
  private enum Factor {
    case normal(mean: Double, deviation: Double, low: Double, high: Double)
    case weights([Double])
  }

  private let ranges: [SearchRange]
  /// Each kernel's weight, and its factors by dimension.
  private var kernels: [(weight: Double, factors: [Factor])] = []

  /// - Parameter points: Coordinates, oldest first. Each weighs at most as much as the wide kernel.
  package init(_ points: [[Double]], ranges: [SearchRange]) {
    self.ranges = ranges
    let weights = Self.weights(points.count) + [1]
    let total = weights.reduce(0, +)
    for (i, weight) in weights.enumerated() {
      let point = i < points.count ? points[i] : nil
      let factors = ranges.enumerated().map { dimension, range in
        Self.factor(range, at: point?[dimension], of: points.count, dimensions: ranges.count)
      }
      kernels.append((weight / total, factors))
    }
  }

  /// The latest 25 points count fully, and older ones the less the older they are.
  private static func weights(_ count: Int) -> [Double] {
    let old = count - 25
    guard old > 0 else { return [Double](repeating: 1, count: count) }
    let least = 1 / Double(count)
    return (0..<count).map { i in
      i >= old ? 1 : old == 1 ? least : least + (1 - least) * Double(i) / Double(old - 1)
    }
  }

  private static func factor(
    _ range: SearchRange, at place: Double?, of count: Int, dimensions: Int
  ) -> Factor {
    if case .choices(let values) = range {
      guard let place else { return .weights(values.map { _ in 1 / Double(values.count) }) }
      let base = 1 / Double(count + 1)
      let total = base * Double(values.count) + 1
      return .weights(values.indices.map { (base + ($0 == Int(place) ? 1 : 0)) / total })
    }
    let (low, high) = range.bounds
    let width = high - low
    guard let place else {
      return .normal(mean: 0.5 * (low + high), deviation: width, low: low, high: high)
    }
    let scott = 0.2 * pow(Double(max(1, count)), -1 / Double(dimensions + 4)) * width
    // Kernels that become too narrow make the search stop where it is (the "magic clip").
    let least = width / min(100, 2 + Double(count))
    return .normal(mean: place, deviation: min(width, max(least, scott)), low: low, high: high)
  }

  /// Draws a point.
  package func sample(_ generator: inout SeededGenerator) -> [Double] {
    var left = generator.uniform()
    let chosen = kernels.first { kernel in
      left -= kernel.weight
      return left < 0
    }
    guard let kernel = chosen ?? kernels.last else { return [] }
    return zip(kernel.factors, ranges).map { factor, range in
      switch factor {
      case .weights(let weights):
        var left = generator.uniform()
        let index = weights.firstIndex { weight in
          left -= weight
          return left < 0
        }
        return Double(index ?? weights.count - 1)
      case .normal(let mean, let deviation, let low, let high):
        // The mean lies between the ends and the deviation is no wider than them: a third is kept or more.
        var x = mean
        if deviation > 0 {
          repeat { x = mean + deviation * generator.normal() } while !(low...high).contains(x)
        }
        return range.coordinate(of: range.value(at: x)) ?? x
      }
    }
  }

  /// The logarithm of the density at a point; of the probability for discrete dimensions.
  package func logDensity(_ point: [Double]) -> Double {
    let terms = kernels.map { kernel in
      log(kernel.weight)
        + zip(kernel.factors, zip(ranges, point)).reduce(0) { sum, pair in
          sum + Self.logDensity(pair.0, pair.1.0, pair.1.1)
        }
    }
    guard let most = terms.max(), most.isFinite else { return -.infinity }
    return most + log(terms.reduce(0) { $0 + exp($1 - most) })
  }

  private static func logDensity(_ factor: Factor, _ range: SearchRange, _ x: Double) -> Double {
    switch factor {
    case .weights(let weights):
      return log(weights[max(0, min(weights.count - 1, Int(x)))])
    case .normal(let mean, let deviation, let low, let high):
      guard deviation > 0 else { return 0 }
      func mass(_ a: Double, _ b: Double) -> Double {
        // On the side where the two are small, as differences of numbers near 1 lose their digits.
        let (a, b) = ((a - mean) / deviation, (b - mean) / deviation)
        let root = 2.0.squareRoot()
        return a > 0
          ? 0.5 * (erfc(a / root) - erfc(b / root)) : 0.5 * (erfc(-b / root) - erfc(-a / root))
      }
      let all = mass(low, high)
      if let cell = range.cell(x) {
        return log(max(1e-300, mass(max(low, cell.low), min(high, cell.high)) / all))
      }
      let z = (x - mean) / deviation
      return -0.5 * z * z - log(deviation * (2 * Double.pi).squareRoot() * all)
    }
  }
}
