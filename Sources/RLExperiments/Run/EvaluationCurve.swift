internal import RLStatistics
internal import RLSupport

/// The evaluations that a run's `evaluations.npz` holds, each as the mean of its episodes.
package struct EvaluationCurve {
  package var steps: [Int]
  package var seconds: [Double]
  package var values: [Double]
  package var stochasticValues: [Double] = []

  package init(_ path: String) throws {
    let archive = try NumPyArchive.decode(FileStore.read(path), name: path)
    do {
      steps = try archive.ints("timesteps").map { Int(clamping: $0) }
      // Files of other programs have no times.
      seconds =
        archive.entries["seconds"] == nil
        ? steps.map { _ in .nan } : try archive.doubles("seconds", count: steps.count)
      values = try Self.means(archive, "results", steps.count)
      if archive.entries["stochastic_results"] != nil {
        stochasticValues = try Self.means(archive, "stochastic_results", steps.count)
      }
    } catch {
      throw FileError.damaged(path, reason: "\(error)")
    }
    guard zip(steps, steps.dropFirst()).allSatisfy({ $0 <= $1 }),
      steps.allSatisfy({ (0...1 << 53).contains($0) })
    else {
      throw FileError.damaged(path, reason: "its evaluations are not in order")
    }
  }

  private static func means(_ archive: StateArchive, _ name: String, _ count: Int) throws
    -> [Double]
  {
    let numbers = try archive.doubles(name)
    guard count > 0 else { return [] }
    guard numbers.count % count == 0, !numbers.isEmpty else {
      throw StateError.wrongCount(name, expected: count, found: numbers.count)
    }
    let width = numbers.count / count
    return (0..<count).map {
      mean(of: numbers[$0 * width..<($0 + 1) * width])
    }
  }
}
