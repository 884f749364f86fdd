internal import RLAgents
internal import RLSupport

/// What a run remembers beside its agent, and keeps in its checkpoints.
struct TrainingRecord: Codable, Stateful {
  /// A mean return of training episodes after so many steps.
  struct Point: Codable {
    var step: Int
    var value: Double
  }

  var recentReturns: [Double] = []
  var recentLengths: [Double] = []
  /// What the environment says of the last episodes, by name; `nil` if it says nothing.
  var recentInfos: [String: [Double]]?
  /// What ``TrainingRun/log(_:_:)`` was given since the last update; `nil` for nothing.
  var ownMetrics: [String: Double]?
  var best = -Double.infinity
  var nextEvaluation = 0
  /// Options that hold after a resume too.
  var evaluateEvery = 1
  var evaluatesStochastically = false
  var stopsAtThreshold = false
  var threshold: Double?
  var recordEvery: Int?
  var nextRecording = 0
  var checkpointEvery: Int?
  var keptCheckpoints: Int?
  var evaluations = EvaluationLog()
  /// Seconds of evaluations, which do not count as training.
  var evaluationSeconds = 0.0
  var solvedAtStep: Int?
  var solvedAtSecond: Double?
  /// Seconds trained, in this process and those before.
  var seconds = 0.0
  var curve: [Point] = []
  /// The bytes that the run's logs have.
  var logSizes: [Int] = []
  /// The lines that `progress.csv` has; `nil` in checkpoints of version 0.1.0.
  var progressLines: Int?

  /// Whether the run is to end, as it has reached its threshold.
  var isSolved: Bool { stopsAtThreshold && solvedAtStep != nil }

  /// Adds an episode to the last hundred.
  mutating func add(_ episode: TrainingReport.Episode) {
    func append(_ value: Double, to values: inout [Double]) {
      values.append(value)
      if values.count > 100 { values.removeFirst() }
    }
    append(episode.episodicReturn, to: &recentReturns)
    append(Double(episode.length), to: &recentLengths)
    if episode.infos.isEmpty { return }
    // In place: a second reference would copy the numbers of all names with each episode.
    var infos = recentInfos ?? [:]
    recentInfos = nil
    for (name, value) in episode.infos { append(value, to: &infos[name, default: []]) }
    recentInfos = infos
  }

  /// Keeps at most a few hundred points.
  mutating func addToCurve(_ step: Int, _ value: Double, of total: Int) {
    if curve.count > 1, step - curve[curve.count - 2].step < total / 240 { curve.removeLast() }
    curve.append(Point(step: step, value: value))
  }

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    let name = "record"
    if !state.isRestoring || state.has(name) {
      try state.value(name, &self)
    } else {
      try restoreFirstVersion(from: state.archive)
    }
    let problem = state.isRestoring ? problem : nil
    try state.require(problem == nil, name, problem ?? "")
    // The file may be newer than the checkpoint.
    if state.isRestoring { evaluations.isDirty = true }
  }

  /// What a restored record cannot be; `nil` for a possible one.
  private var problem: String? {
    let intervals = [evaluateEvery, recordEvery, checkpointEvery, keptCheckpoints]
    if !intervals.allSatisfy({ $0 ?? 1 > 0 }) { return "an interval in it is not positive" }
    let counts = [solvedAtStep ?? 0, progressLines ?? 0] + curve.map(\.step) + logSizes
    if !counts.allSatisfy({ (0...1 << 53).contains($0) }) || nextEvaluation < 0 || nextRecording < 0
    {
      return "a count in it is negative or too large"
    }
    // Until the sun is gone.
    let times = [seconds, evaluationSeconds, solvedAtSecond ?? 0]
    if !times.allSatisfy({ (0...1e17).contains($0) }) {
      return "a number of seconds in it is negative or too large"
    }
    let known = [recentReturns, recentLengths] + (recentInfos ?? [:]).values
    if known.contains(where: { $0.count > 100 }) { return "more than 100 episodes are recent" }
    return evaluations.problem(
      isStochastic: evaluatesStochastically, episodes: TrainingRun.choiceEpisodes)
  }

  /// Checkpoints of version 0.1.0 had numbers side by side in arrays, some of which stood for none.
  private mutating func restoreFirstVersion(from archive: StateArchive) throws(StateError) {
    recentReturns = try archive.doubles("returns")
    recentLengths = try archive.doubles("lengths")
    let numbers = try archive.doubles("best", count: 5)
    (best, seconds, evaluationSeconds) = (numbers[0], numbers[1], numbers[2])
    solvedAtSecond = numbers[3] < 0 ? nil : numbers[3]
    threshold = numbers[4].isNaN ? nil : numbers[4]
    let counters = try archive.ints("counters", count: 5).map { Int($0) }
    try StateRange.within(0...1).check(Array(counters[3...4]), "counters")
    (nextEvaluation, evaluateEvery) = (counters[0], counters[2])
    solvedAtStep = counters[1] < 0 ? nil : counters[1]
    (stopsAtThreshold, evaluatesStochastically) = (counters[3] == 1, counters[4] == 1)
    evaluations = try EvaluationLog(archive.removingPrefix("evaluations/"))
    if archive.entries["videos"] != nil {
      let videos = try archive.ints("videos", count: 2)
      (recordEvery, nextRecording) = (Int(videos[0]), Int(videos[1]))
    }
    let steps = try archive.ints("curve/steps")
    let values = try archive.doubles("curve/values", count: steps.count)
    curve = zip(steps, values).map { Point(step: Int($0), value: $1) }
    logSizes = try archive.ints("logs").map { Int($0) }
  }
}
