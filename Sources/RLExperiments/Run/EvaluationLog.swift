internal import RLAgents
internal import RLCore
internal import RLSupport

/// The evaluations of a run, kept as Stable-Baselines3's `EvalCallback` keeps them.
///
/// The file `evaluations.npz` has `timesteps` `[evaluations]`, `results` and `ep_lengths` `[evaluations,
/// episodes]`, and `successes` where the environment has `is_success`; beside these `infos/NAME` for what else
/// it says of an episode, `seconds` `[evaluations]`, of training without the evaluations, and, where
/// asked for, `stochastic_results` with actions drawn as in training.
struct EvaluationLog: Codable {
  static let file = "evaluations.npz"

  private(set) var steps: [Int64] = []
  private(set) var seconds: [Double] = []
  private(set) var returns: [Double] = []
  private(set) var lengths: [Int64] = []
  private(set) var stochasticReturns: [Double] = []
  /// What the environment says of the episodes, by name; `nil` if it says nothing.
  private(set) var infos: [String: [Double]]?
  /// Whether there is something that the file does not have.
  var isDirty = false

  private enum CodingKeys: String, CodingKey {
    case steps, seconds, returns, lengths, stochasticReturns, infos
  }

  /// No evaluations.
  init() {}

  /// What a file has, as arrays by name.
  init(_ arrays: StateArchive) throws(StateError) {
    steps = try arrays.ints("timesteps")
    seconds = try arrays.doubles("seconds")
    returns = try arrays.doubles("results")
    lengths = try arrays.ints("ep_lengths")
    let name = "stochastic_results"
    stochasticReturns = arrays.entries[name] == nil ? [] : try arrays.doubles(name)
  }

  /// What restored evaluations cannot be; `nil` for possible ones.
  ///
  /// - Parameters:
  ///   - isStochastic: Whether each was played with drawn actions, too.
  ///   - episodes: The episodes of those that will follow.
  func problem(isStochastic: Bool, episodes: Int) -> String? {
    let all = steps.count * episodes
    let isWhole =
      seconds.count == steps.count && returns.count == all && lengths.count == all
      && stochasticReturns.count == (isStochastic ? all : 0)
      && (infos ?? [:]).values.allSatisfy { $0.count == all }
    if !isWhole { return "evaluations in it have not \(episodes) episodes each" }
    let isPossible =
      steps.allSatisfy { (0...1 << 53).contains($0) } && lengths.allSatisfy { $0 >= 0 }
      && seconds.allSatisfy { (0...1e17).contains($0) }
      && zip(steps, steps.dropFirst()).allSatisfy { $0 <= $1 }
    return isPossible ? nil : "evaluations in it have impossible steps, lengths or seconds"
  }

  mutating func add(
    step: Int, seconds: Double, _ evaluation: Evaluation, stochastic: Evaluation?
  ) {
    steps.append(Int64(step))
    self.seconds.append(seconds)
    returns += evaluation.returns
    lengths += evaluation.lengths.map(Int64.init)
    stochasticReturns += stochastic?.returns ?? []
    // Evaluations from before the environment had such information, or after it, know none.
    let unknown = Array(repeating: Double.nan, count: evaluation.returns.count)
    let before = Array(repeating: Double.nan, count: returns.count - evaluation.returns.count)
    for name in Set(evaluation.infos.keys).union((infos ?? [:]).keys) {
      infos = infos ?? [:]
      infos?[name, default: before] += evaluation.infos[name] ?? unknown
    }
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
    for (name, values) in infos ?? [:] {
      let isSuccess = name == InfoField.success
      archive.set(
        isSuccess ? "successes" : "infos/" + name,
        isSuccess ? .bytes(values.map { $0 > 0 ? 1 : 0 }) : .double(values),
        shape: [count, episodes])
    }
    return archive
  }

  /// Brings the file up to date.
  mutating func write(to directory: String) throws {
    guard isDirty else { return }
    try FileStore.write(NumPyArchive.encode(arrays), to: directory + "/" + Self.file)
    isDirty = false
  }
}
