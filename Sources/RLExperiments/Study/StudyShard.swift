internal import Foundation

/// The part of a study that one of several machines trains.
public struct StudyShard: Equatable, Sendable {
  /// Which part, from 0 on.
  public var index: Int
  /// Of how many.
  public var count: Int

  /// Parses `i/n`, from `1/n` to `n/n`.
  ///
  /// - Throws: `ExperimentError` for anything else.
  public init(_ text: String) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1], count > 0,
      (1...count).contains(number)
    else {
      throw ExperimentError.invalid(
        "--shard must have the form i/n, from 1/n to n/n, not '\(text)'.")
    }
    (index, self.count) = (number - 1, count)
  }

  private init(index: Int, count: Int) { (self.index, self.count) = (index, count) }

  /// The part that a batch system gives this process: an element of a Slurm array, or a pod of an indexed
  /// Kubernetes job, whose number of completions the job has to hand on as `JOB_COMPLETIONS`.
  ///
  /// - Parameter environment: The variables of the process.
  /// - Returns: `nil` outside of such a batch system.
  /// - Throws: `ExperimentError` if they contradict each other.
  public static func given(by environment: [String: String]) throws -> StudyShard? {
    func number(_ key: String) throws -> Int? {
      guard let text = environment[key] else { return nil }
      guard let value = Int(text), value >= 0 else {
        throw ExperimentError.invalid("The environment variable \(key) is no number: '\(text)'.")
      }
      return value
    }
    let shard: StudyShard
    if let id = try number("SLURM_ARRAY_TASK_ID") {
      guard let count = try number("SLURM_ARRAY_TASK_COUNT") else { return nil }
      let (first, step) = (
        try number("SLURM_ARRAY_TASK_MIN") ?? 0, try number("SLURM_ARRAY_TASK_STEP") ?? 1
      )
      shard = StudyShard(index: (id - first) / max(1, step), count: count)
    } else if let index = try number("JOB_COMPLETION_INDEX") {
      guard let count = try number("JOB_COMPLETIONS") else {
        throw ExperimentError.invalid(
          "This is part \(index) of an indexed Kubernetes job, but not of how many; set JOB_COMPLETIONS to spec.completions, or give --shard i/n."
        )
      }
      shard = StudyShard(index: index, count: count)
    } else {
      return nil
    }
    guard shard.count > 0, (0..<shard.count).contains(shard.index) else {
      throw ExperimentError.invalid(
        "The batch system names part \(shard.index) of \(shard.count); number the parts without gaps, or give --shard i/n."
      )
    }
    return shard
  }

  /// The jobs of this part: every `count`-th one, and one further on where parts would get the same tasks again, so that each
  /// has its share of the long ones.
  public func jobs(of study: Study) -> [Study.Job] {
    let tasks = study.tasks.count
    let seeds = max(1, study.jobs.count / max(1, tasks))
    let round = tasks * ((1...min(count, seeds)).first { tasks * $0 % count == 0 } ?? seeds + 1)
    return study.jobs.enumerated().filter {
      ($0.offset + $0.offset / max(1, round)) % count == index
    }.map(\.element)
  }
}
