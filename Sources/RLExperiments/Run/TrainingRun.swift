internal import Foundation
public import RLAgents
internal import RLCore
public import RLDatasets
internal import RLRendering
internal import RLSupport

/// A training run in a directory: an agent that learns, with logs, evaluations, checkpoints and the final model.
///
/// What `rlgym train` makes is such a run, so each can be opened, evaluated and continued by the other.
///
/// ```swift
/// let run = try TrainingRun(PPO.self, in: "CartPole", seed: 7, directory: "runs/a") {
///   $0.epochs = 20
/// }
/// for event in run.events() {
///   if case .failed(let error) = event { throw error }
///   if case .evaluation(let evaluation) = event { print(evaluation.step, evaluation.mean) }
/// }
/// let policy = try TrainedPolicy(run: "runs/a")
/// ```
public final class TrainingRun {
  /// How a run trains, besides what is trained.
  public struct Options: Sendable {
    /// The most threads to use; results do not depend on it.
    public var threads = ProcessInfo.processInfo.activeProcessorCount
    /// Whether the run ends once it is solved.
    public var stopsAtThreshold = false
    /// The mean return that counts as solved; the environment's if `nil`.
    public var threshold: Double?
    /// Steps between evaluations; a fiftieth of the budget if `nil`.
    public var evaluateEvery: Int?
    /// Whether evaluations in training also play with actions drawn at random.
    public var evaluatesStochastically = false
    /// Steps between checkpoints; half a minute lies between them if `nil`.
    public var checkpointEvery: Int?
    /// Checkpoints to keep, the newest ones; all if `nil`.
    public var keptCheckpoints: Int? = 2
    /// Steps between videos of an episode in the folder `videos`; none if `nil`.
    public var recordEvery: Int?
    /// Whether a new run writes a file for TensorBoard.
    public var writesEvents = false
    /// Whether every episode is kept in `rollouts`; a resumed run goes on with what it did.
    public var logsRollouts = false
    /// A name for people, kept in `metadata.json` of a new run.
    public var name: String?
    /// Words to find the run by, kept in `metadata.json` of a new run.
    public var tags: [String] = []
    /// The run, or a model in one, whose weights and normalizers a new run begins with.
    public var weightsOf: String?
    /// Opens a log whose transitions the replay buffer of a new run begins with.
    public var fromLog: (@Sendable () throws -> RolloutLog)?
    /// When training began, for the time to the threshold.
    public var begin = ContinuousClock.now
    /// Whether training is to end as soon as its state can be saved; asked after each update.
    public var isCancelled: @Sendable () -> Bool = { false }
    /// Told what is not as it might be, but does not keep the training from going on.
    public var warn: @Sendable (String) -> Void = { _ in }

    /// The options of `rlgym train` without options.
    public init() {}

    /// Throws `ExperimentError` if a number that must be 1 or more is not.
    func check() throws {
      let numbers = [
        ("threads", threads), ("evaluateEvery", evaluateEvery), ("recordEvery", recordEvery),
        ("checkpointEvery", checkpointEvery), ("keptCheckpoints", keptCheckpoints),
      ]
      for case (let name, let number?) in numbers where number < 1 {
        throw ExperimentError.invalid("'\(name)' must be 1 or more, not \(number).")
      }
    }
  }

  /// Why a training ended.
  public enum Ending: Sendable, Equatable {
    /// The budget is used up.
    case finished
    /// The threshold is reached, where that was to be the end.
    case solved
    /// An observer or ``Options/isCancelled`` said so. The state is saved, and the run can go on.
    case stopped
  }

  /// What is trained.
  public let plan: RunPlan
  let directory: RunDirectory
  private let options: Options
  let agent: any Agent
  private let rollouts: RolloutLogging?
  private let clock = ContinuousClock()
  private let begin = ContinuousClock.now
  private let stepsAtBegin: Int
  /// How a run ended that was over when it was opened, and its `summary.json`.
  private let ended: (ending: Ending, summary: RunSummary)?
  /// Half a minute, or more where saving takes long.
  private var checkpointPause = Duration.seconds(30)
  private var lastCheckpoint = (time: ContinuousClock.now, step: 0)
  private var lastFlush = ContinuousClock.now
  private var hasFailedToRecord = false
  /// How many transitions of a log the replay buffer began with.
  public private(set) var rememberedTransitions: Int?
  /// Seconds trained before this process.
  private var secondsBefore = 0.0
  private var record = TrainingRecord()

  /// A new run.
  ///
  /// - Parameters:
  ///   - plan: What to train.
  ///   - directory: Where, not holding a run yet; a new directory under `runs/` if `nil`.
  ///   - options: How.
  public init(_ plan: RunPlan, newIn directory: String?, options: Options = Options()) throws {
    self.plan = plan
    self.options = options
    try options.check()
    try Self.checkRecording(plan, options)
    if options.logsRollouts { try RolloutLogWriter.requireLibrary() }
    let recorded = try Self.makeAgent(plan, options, isRecorded: options.logsRollouts)
    agent = recorded.agent
    if let log = options.fromLog {
      rememberedTransitions = try Self.prefill(agent, from: log, plan.entry.spec, options.warn)
    }
    if let path = options.weightsOf { try Self.adopt(path, agent) }
    let directory = try RunDirectory(creating: directory, plan: plan, options: options)
    self.directory = directory
    rollouts = try recorded.recorder.map {
      try RolloutLogging(
        $0, plan: plan, run: directory.path, from: nil, warn: options.warn)
    }
    record.evaluateEvery = options.evaluateEvery ?? max(1, plan.steps / 50)
    record.nextEvaluation = record.evaluateEvery
    record.stopsAtThreshold = options.stopsAtThreshold
    record.evaluatesStochastically = options.evaluatesStochastically
    record.threshold = options.threshold ?? plan.entry.spec.rewardThreshold
    record.recordEvery = options.recordEvery
    record.nextRecording = options.recordEvery ?? 0
    stepsAtBegin = 0
    ended = nil
  }

  /// A run that goes on from its newest checkpoint.
  ///
  /// - Parameters:
  ///   - path: The run's directory.
  ///   - steps: A larger budget, for a run that is over or is to be longer. Schedules run over the whole of it.
  ///   - catalog: What the run's agent and environment are found in.
  ///   - options: How it goes on; those that are not given stay as they were.
  public init(
    resuming path: String, steps: Int? = nil, catalog: Catalog = .builtIn,
    options: Options = Options()
  ) throws {
    directory = try RunDirectory(resuming: path)
    var plan = try RunPlan(reading: path + "/config.yaml", catalog: catalog)
    plan.steps = steps ?? plan.steps
    self.plan = plan
    self.options = options
    try options.check()
    try Self.checkRecording(plan, options)
    let (state, extra) = try directory.readCheckpoint(warn: options.warn)
    try record.restore(from: extra)
    secondsBefore = record.seconds
    let counts = try RolloutLogging.counts(in: extra)
    let recorded = try Self.makeAgent(
      plan, options, isRecorded: options.logsRollouts || counts != nil)
    agent = recorded.agent
    try agent.restore(from: state)
    stepsAtBegin = agent.stepsDone
    lastCheckpoint.step = stepsAtBegin
    if let every = options.evaluateEvery {
      record.evaluateEvery = every
      record.nextEvaluation = min(record.nextEvaluation, Self.next(stepsAtBegin, every: every))
    }
    if let every = options.recordEvery {
      let planned = record.recordEvery == nil ? .max : record.nextRecording
      record.nextRecording = min(planned, Self.next(stepsAtBegin, every: every))
      record.recordEvery = every
    }
    if options.stopsAtThreshold { record.stopsAtThreshold = true }
    if let threshold = options.threshold, threshold != record.threshold {
      record.threshold = threshold
      (record.solvedAtStep, record.solvedAtSecond) = (nil, nil)
    }
    if let steps {
      guard steps > agent.stepsDone else {
        throw ExperimentError.invalid(
          "The run has done \(agent.stepsDone) steps; a budget of \(steps) leaves nothing to train."
        )
      }
      try directory.replace(plan)
    }
    let isSolved = record.stopsAtThreshold && record.solvedAtStep != nil
    if isSolved || agent.stepsDone >= plan.steps, let summary = try? RunSummary(reading: path) {
      // Nothing of a run that is over changes.
      (ended, rollouts) = ((isSolved ? .solved : .finished, summary), nil)
      return
    }
    ended = nil
    rollouts = try recorded.recorder.map {
      try RolloutLogging(
        $0, plan: plan, run: path, from: counts ?? (0, 0), warn: options.warn)
    }
    try directory.rewindLogs(to: record.logSizes)
  }

  private static func makeAgent(_ plan: RunPlan, _ options: Options, isRecorded: Bool) throws -> (
    agent: any Agent, recorder: RolloutRecorder?
  ) {
    var environments = plan.entry.makeVector(plan.environments)
    if !environments.savesExactly {
      options.warn(
        "\(plan.entry.id) cannot be saved in the middle of an episode; a resumed run starts new episodes. Make the environment Codable for exact resume."
      )
    }
    var recorder: RolloutRecorder?
    if isRecorded {
      let recorded = RecordedEnvironments(environments)
      (environments, recorder) = (recorded, recorded.recorder)
    }
    let agent = try plan.kind.type.make(
      plan.configuration, environments: environments, seed: plan.seed, steps: plan.steps,
      threads: options.threads)
    return (agent, recorder)
  }

  /// Gives a new agent the weights and normalizers of another run.
  private static func adopt(_ path: String, _ agent: any Agent) throws {
    let source = try Checkpoint.readPolicy(TrainedPolicy.find(path).model)
    let prefix = "policy/"
    var state = StateArchive()
    agent.save(to: &state)
    let own = state.entries.filter { $0.key.hasPrefix(prefix) }
    for (name, entry) in own {
      let word = String(name.dropFirst(prefix.count))
      guard let other = source.entries[word] else {
        throw ExperimentError.invalid("'\(path)' has no \(word), which the new run needs.")
      }
      guard other.shape == entry.shape else {
        throw ExperimentError.invalid(
          "'\(word)' is \(other.shape) in '\(path)', but \(entry.shape) in the new run; its networks and spaces must be the same."
        )
      }
      state.set(name, other.values, shape: other.shape)
    }
    try agent.restore(from: state)
  }

  /// Fills the agent's replay buffer from a log.
  private static func prefill(
    _ agent: any Agent, from log: () throws -> RolloutLog, _ spec: EnvironmentSpec,
    _ warn: (String) -> Void
  ) throws -> Int {
    guard let learner = agent as? any ReplayLearner else {
      throw ExperimentError.invalid(
        "--from-log is for agents with a replay buffer, such as dqn, sac and td3.")
    }
    let log = try log()
    try log.require(observations: spec.observationSpace, actions: spec.actionSpace)
    if log.metadata.environment == spec.id, log.metadata.environmentArguments != spec.arguments {
      warn(
        "'\(log.path)' was recorded in \(spec.id) with \(Self.words(log.metadata.environmentArguments)), and the training is in one with \(Self.words(spec.arguments))."
      )
    }
    var numbers = (0..<log.count).makeIterator()
    return try learner.prefill { try numbers.next().map { try log.episode($0) } }
  }

  private static func words(_ arguments: [String: JSONValue]) -> String {
    let words = arguments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.word)" }
    return words.isEmpty ? "no arguments" : words.joined(separator: ", ")
  }

  /// Seconds of training, those before a resume included.
  private var seconds: Double { secondsBefore + begin.duration(to: .now).seconds }

  /// The run's directory.
  public var path: String { directory.path }
  /// Environment steps done in all.
  public var stepsDone: Int { agent.stepsDone }
  /// Steps a second, those before a resume included; 0 before the training is over.
  public private(set) var stepsPerSecond = 0.0
  /// Seconds of training, those before a resume included; 0 before the training is over.
  public private(set) var wallSeconds = 0.0
  /// The mean return that counts as solved, if there is one.
  public var threshold: Double? { record.threshold }
  /// The step of the evaluation at which the run was solved.
  public var solvedAtStep: Int? { record.solvedAtStep }
  /// Seconds from the start of the training to that evaluation.
  public var solvedAtSecond: Double? { record.solvedAtSecond }
  /// The final evaluation of 100 episodes, once the training is over.
  public private(set) var finalEvaluation: Evaluation?
  /// What `summary.json` holds, once the training is over.
  public private(set) var summary: RunSummary?

  /// Trains to the end of the budget, to the threshold if asked, or until someone says stop; then, unless it
  /// was stopped, evaluates the final policy and writes `final` and `summary.json`. A run that is over is
  /// evaluated again, and none of its files changes.
  ///
  /// - Parameter observe: Told what happens; `.stop` ends the training after the present update.
  /// - Throws: `AgentError` when learning breaks down, `FileError` if a file cannot be written, and whatever
  ///   `observe` throws.
  @discardableResult
  public func train(
    observe: (RunEvent) throws -> TrainingDirective = { _ in .proceed }
  ) throws -> Ending {
    var ending = Ending.finished
    var isStopped = false
    func tell(_ event: RunEvent) throws {
      if try observe(event) == .stop { isStopped = true }
    }
    if let (ending, old) = ended {
      (wallSeconds, stepsPerSecond, summary) = (old.wallSeconds, old.stepsPerSecond, old)
      finalEvaluation = evaluate(episodes: 100)
      try tell(.trained(ending))
      try tell(.finished(old))
      return ending
    }
    do {
      try agent.train { report in
        try note(report, tell)
        try tell(.update(report))
        if isStopped || options.isCancelled() {
          ending = .stopped
          return .stop
        }
        if record.stopsAtThreshold && record.solvedAtStep != nil {
          ending = .solved
          return .stop
        }
        return .proceed
      }
    } catch let error as AgentError {
      try? flush()
      try? rollouts?.finish()
      throw error
    }
    wallSeconds = seconds
    stepsPerSecond = Double(agent.stepsDone) / max(1e-9, wallSeconds)
    try tell(.trained(ending))
    try checkpoint()
    if ending == .stopped { return ending }
    try rollouts?.finish()
    try directory.saveModel(agent, name: "final")
    if record.evaluations.steps.isEmpty { try directory.saveModel(agent, name: "best") }
    let evaluation = evaluate(episodes: 100)
    finalEvaluation = evaluation
    let summary = RunSummary(self, evaluation)
    try FileStore.write(
      Array((JSONText.encode(summary) + "\n").utf8), to: path + "/" + RunSummary.file)
    self.summary = summary
    try tell(.finished(summary))
    return ending
  }

  /// What the agent would do now.
  public var policy: any Policy { agent.policy }

  /// Plays episodes with the present policy, from start states that training does not see.
  public func evaluate(episodes: Int = 100) -> Evaluation {
    Evaluation(
      of: agent.policy, in: plan.entry.makeVector, episodes: episodes,
      seed: Self.evaluationSeed(plan.seed, .final))
  }

  /// Steps after which an evaluation in training gives up an episode that has no time limit: policies that
  /// walk in circles are not worth more.
  private static let stepLimit = 10_000

  /// What an evaluation is for; each has start states of its own.
  package enum Purpose: UInt32 { case final, choice, confirmation, video }

  /// The seed of the first evaluation episode: start states that training does not see and that no other
  /// run shares, neighbouring seeds included.
  package static func evaluationSeed(_ seed: UInt64, _ purpose: Purpose) -> UInt64 {
    SeedSequence(seed, spawnKey: [0x4556_414c, purpose.rawValue]).state(count: 1)[0]
  }

  /// The next multiple of an interval. Reports come when the agent is ready, and one that comes late does
  /// not put off those after it.
  private static func next(_ step: Int, every interval: Int) -> Int {
    let (next, isBeyond) = (step / interval + 1).multipliedReportingOverflow(by: interval)
    return isBeyond ? .max : next
  }

  private func note(_ report: TrainingReport, _ tell: (RunEvent) throws -> Void) throws {
    let now = seconds
    rollouts?.note(report)
    try rollouts?.writer.check()
    for episode in report.episodes {
      record.recentReturns.append(episode.episodicReturn)
      record.recentLengths.append(Double(episode.length))
      directory.logEpisode(episode, seconds: now)
    }
    record.recentReturns = record.recentReturns.suffix(100)
    record.recentLengths = record.recentLengths.suffix(100)
    if let mean = meanReturn { record.addToCurve(report.stepsDone, mean, of: report.stepsTotal) }
    log(report, now)
    if report.stepsDone >= record.nextEvaluation {
      try evaluateInTraining(report.stepsDone, tell)
      record.nextEvaluation = Self.next(report.stepsDone, every: record.evaluateEvery)
    }
    if let every = record.recordEvery, report.stepsDone >= record.nextRecording {
      recordInTraining(report.stepsDone)
      record.nextRecording = Self.next(report.stepsDone, every: every)
    }
    if lastFlush.duration(to: .now) > .seconds(1) {
      try flush()
    }
    let isCheckpointDue =
      options.checkpointEvery.map { report.stepsDone - lastCheckpoint.step >= $0 }
      ?? (lastCheckpoint.time.duration(to: .now) > checkpointPause)
    if isCheckpointDue {
      try checkpoint()
      try tell(.checkpoint(step: agent.stepsDone))
    }
  }

  /// Brings the files of the run up to date.
  private func flush() throws {
    try directory.flush()
    try record.evaluations.write(to: directory.path)
    lastFlush = .now
  }

  private var meanReturn: Double? {
    let returns = record.recentReturns
    return returns.isEmpty ? nil : returns.reduce(0, +) / Double(returns.count)
  }

  private func log(_ report: TrainingReport, _ now: Double) {
    func mean(_ values: [Double]) -> String {
      values.isEmpty ? "" : RunDirectory.number(values.reduce(0, +) / Double(values.count))
    }
    var values: [(name: String, value: String)] = [
      ("time/iterations", "\(report.iterations)"),
      ("time/total_timesteps", "\(report.stepsDone)"),
      ("time/time_elapsed", RunDirectory.number(now)),
      ("time/fps", "\(Int(Double(report.stepsDone) / max(1e-9, now)))"),
      ("rollout/ep_rew_mean", mean(record.recentReturns)),
      ("rollout/ep_len_mean", mean(record.recentLengths)),
    ]
    values += report.metrics.map { ("train/" + $0.name, $0.value.isFinite ? "\($0.value)" : "") }
    directory.logProgress(values, step: report.stepsDone, seconds: now)
  }

  /// Plays 20 episodes for the choice of the best model. Where these may mean that the threshold is reached,
  /// 100 others decide, whose start states are the same for every seed.
  private func evaluateInTraining(_ step: Int, _ tell: (RunEvent) throws -> Void) throws {
    let trained = seconds - record.evaluationSeconds
    defer { record.evaluationSeconds = seconds - trained }
    let policy = agent.policy
    let evaluation = Evaluation(
      of: policy, in: plan.entry.makeVector, episodes: 20,
      seed: Self.evaluationSeed(plan.seed, .choice), stepLimit: Self.stepLimit)
    let stochastic =
      record.evaluatesStochastically
      ? Evaluation(
        of: policy, in: plan.entry.makeVector, episodes: 20,
        seed: Self.evaluationSeed(plan.seed, .choice), isDeterministic: false,
        stepLimit: Self.stepLimit) : nil
    let isFirst = record.evaluations.steps.isEmpty
    record.evaluations.add(step: step, seconds: trained, evaluation, stochastic: stochastic)
    directory.logEvaluation(evaluation, step: step, seconds: seconds)
    let isBest = evaluation.mean > record.best || isFirst
    if isBest {
      record.best = evaluation.mean
      try directory.saveModel(agent, name: "best")
    }
    try tell(
      .evaluation(
        RunEvent.Evaluation(
          step: step, seconds: trained, result: evaluation, stochastic: stochastic,
          isBest: isBest)))
    guard let threshold = record.threshold, record.solvedAtStep == nil,
      evaluation.mean + evaluation.halfInterval >= threshold
    else { return }
    let confirmation = Evaluation(
      of: policy, in: plan.entry.makeVector, episodes: 100,
      seed: Self.evaluationSeed(0, .confirmation), stepLimit: Self.stepLimit)
    if confirmation.mean >= threshold {
      record.solvedAtStep = step
      record.solvedAtSecond = secondsBefore + options.begin.duration(to: .now).seconds
      try tell(.solved(step: step))
    }
  }

  /// Records an episode of the present policy, always from the same start state. Training goes on
  /// whatever becomes of it.
  private func recordInTraining(_ step: Int) {
    let folder = directory.path + "/videos"
    let path = "\(folder)/rl-video-step-\(step).apng"
    do {
      try FileManager.default.makeOutput(folder)
      let player = PolicyPlayer(agent.policy, name: plan.kind.name, seed: nil)
      let recording = EpisodeRecording(
        entry: plan.entry, player: player, seed: Self.evaluationSeed(plan.seed, .video))
      // Cancelling ends a long recording, too.
      _ = try recording.record(to: path, .apng) { _ in !options.isCancelled() }
    } catch {
      if hasFailedToRecord { return }
      hasFailedToRecord = true
      options.warn("A recording failed; the training goes on. \(error)")
    }
  }

  private static func checkRecording(_ plan: RunPlan, _ options: Options) throws {
    if options.recordEvery != nil && plan.entry.framesPerSecond == nil {
      throw ExperimentError.undrawable(plan.entry.id)
    }
  }

  /// How far the training is.
  public var progress: RunProgress {
    let elapsed = begin.duration(to: .now).seconds
    let rate = Double(agent.stepsDone - stepsAtBegin) / max(1e-9, elapsed)
    return RunProgress(
      stepsDone: agent.stepsDone, stepsTotal: plan.steps, stepsPerSecond: rate,
      secondsLeft: rate > 0 ? Double(max(0, plan.steps - agent.stepsDone)) / rate : nil,
      meanReturn: meanReturn, curve: record.curve.map { ($0.step, $0.value) })
  }

  private func checkpoint() throws {
    let start = ContinuousClock.now
    try flush()
    var extra = StateArchive()
    // What the checkpoint speaks of must be on disk.
    try rollouts?.synchronize(&extra)
    record.seconds = seconds
    record.logSizes = directory.logSizes
    record.save(to: &extra)
    try directory.saveCheckpoint(agent, extra: extra, kept: options.keptCheckpoints)
    lastCheckpoint = (.now, agent.stepsDone)
    checkpointPause = max(.seconds(30), start.duration(to: .now) * 20)
  }
}
