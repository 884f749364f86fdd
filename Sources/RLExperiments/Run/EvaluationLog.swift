internal import RLAgents
internal import RLSupport

/// The evaluations of a run, kept as Stable-Baselines3's `EvalCallback` keeps them.
///
/// The file `evaluations.npz` has `timesteps` `[evaluations]`, `results` and `ep_lengths` `[evaluations,
/// episodes]`; beside these `seconds` `[evaluations]`, of training without the evaluations, and, where
/// asked for, `stochastic_results` with actions drawn as in training.
struct EvaluationLog {
  static let file = "evaluations.npz"

  private(set) var steps: [Int64] = []
  private(set) var seconds: [Double] = []
  private(set) var returns: [Double] = []
  private(set) var lengths: [Int64] = []
  private(set) var stochasticReturns: [Double] = []
  /// Whether there is something that the file does not have.
  private(set) var isDirty = false

  mutating func add(
    step: Int, seconds: Double, _ evaluation: Evaluation, stochastic: Evaluation?
  ) {
    steps.append(Int64(step))
    self.seconds.append(seconds)
    returns += evaluation.returns
    lengths += evaluation.lengths.map(Int64.init)
    stochasticReturns += stochastic?.returns ?? []
    isDirty = true
  }

  /// The arrays of the file.
  private var arrays: StateArchive {
    var archive = StateArchive()
    let count = steps.count
    let episodes = returns.count / max(1, count)
    archive.set("timesteps", .int(steps))
    archive.set("results", .double(returns), shape: [count, episodes])
    archive.set("ep_lengths", .int(lengths), shape: [count, episodes])
    archive.set("seconds", .double(seconds))
    if !stochasticReturns.isEmpty {
      archive.set(
        "stochastic_results", .double(stochasticReturns),
        shape: [count, stochasticReturns.count / count])
    }
    return archive
  }

  /// Brings the file up to date.
  mutating func write(to directory: String) throws {
    guard isDirty else { return }
    try FileStore.write(NumPyArchive.encode(arrays), to: directory + "/" + Self.file)
    isDirty = false
  }

  func save(to archive: inout StateArchive) {
    for (name, entry) in arrays.entries {
      archive.set("evaluations/" + name, entry.values, shape: entry.shape)
    }
  }

  mutating func restore(from archive: StateArchive) throws {
    steps = try archive.ints("evaluations/timesteps")
    seconds = try archive.doubles("evaluations/seconds", count: steps.count)
    returns = try archive.doubles("evaluations/results")
    lengths = try archive.ints("evaluations/ep_lengths", count: returns.count)
    let name = "evaluations/stochastic_results"
    stochasticReturns = archive.entries[name] == nil ? [] : try archive.doubles(name)
    guard returns.count % max(1, steps.count) == 0,
      stochasticReturns.count % max(1, steps.count) == 0
    else { throw StateError.invalid(name, "evaluations differ in their number of episodes") }
    // The file may be newer than the checkpoint.
    isDirty = true
  }
}
