internal import RLCore
internal import RLStatistics
internal import RLSupport

/// The evaluations that a run's `evaluations.npz` holds, each as the mean of its episodes.
package struct EvaluationCurve {
  package var steps: [Int]
  package var seconds: [Double]
  package var values: [Double]
  package var stochasticValues: [Double] = []
  /// What the environment says of the episodes, by name; without names that some evaluations do not know.
  package var infos: [String: [Double]] = [:]
  /// The steps of the episodes, evaluation by evaluation; empty in files that do not have them.
  private var lengths: [Int64] = []

  package init(_ path: String) throws {
    let archive = try NumPyArchive.decode(FileStore.read(path), name: path)
    do {
      steps = try Self.numbers(archive, "timesteps").map { Int(exactly: $0) ?? -1 }
      // Files of other programs have no times.
      seconds =
        archive.entries["seconds"] == nil
        ? steps.map { _ in .nan } : try Self.numbers(archive, "seconds", count: steps.count)
      values = try Self.means(archive, "results", steps.count)
      if archive.entries["stochastic_results"] != nil {
        stochasticValues = try Self.means(archive, "stochastic_results", steps.count)
      }
      if archive.entries["ep_lengths"] != nil {
        lengths = try Self.numbers(archive, "ep_lengths").map { Int64(exactly: $0) ?? -1 }
      }
      for entry in archive.entries.keys {
        let name =
          entry == "successes"
          ? InfoField.success : entry.hasPrefix("infos/") ? String(entry.dropFirst(6)) : nil
        guard let name else { continue }
        let values = try Self.means(archive, entry, steps.count)
        if values.allSatisfy(\.isFinite) { infos[name] = values }
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

  /// How many episodes of each evaluation have a number of steps; `nil` if none has.
  func episodes(ofLength length: Int) -> [Int]? {
    guard !steps.isEmpty, lengths.contains(Int64(length)) else { return nil }
    let width = lengths.count / steps.count
    return steps.indices.map { i in
      lengths[i * width..<(i + 1) * width].count { $0 == Int64(length) }
    }
  }

  /// An array of any type: programs differ in theirs.
  private static func numbers(_ archive: StateArchive, _ name: String, count: Int? = nil) throws
    -> [Double]
  {
    guard let values = archive.entries[name]?.values else { throw StateError.missing(name) }
    if let count, values.count != count {
      throw StateError.wrongCount(name, expected: count, found: values.count)
    }
    return switch values {
    case .float(let a): a.map { Double($0) }
    case .double(let a): a
    case .int(let a): a.map { Double($0) }
    case .uint(let a): a.map { Double($0) }
    case .bytes(let a): a.map { Double($0) }
    }
  }

  private static func means(_ archive: StateArchive, _ name: String, _ count: Int) throws
    -> [Double]
  {
    let numbers = try numbers(archive, name)
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
