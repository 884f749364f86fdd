internal import Foundation
public import RLAgents
internal import RLCore
internal import RLDatasets
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
  /// What is trained.
  public let plan: RunPlan
  let directory: RunDirectory
  let options: Options
  /// Who learns; `Agent.change(to:)` changes its settings between updates.
  public let agent: any Agent
  let rollouts: RolloutLogging?
  private let clock = ContinuousClock()
  var begin = ContinuousClock.now
  let stepsAtBegin: Int
  /// How a run ended that was over when it was opened, and its `summary.json`.
  private var ended: (ending: Ending, summary: RunSummary)?
  var lastCheckpoint = (time: ContinuousClock.now, step: 0, saving: Duration.zero)
  var lastReport = ContinuousClock.now
  /// Whether the training was stopped in the middle of an update, or of an evaluation in training, that took too
  /// long to wait for. The files are those of the last checkpoint and what the logs had after it; the run goes on
  /// from there to the same bytes, opened anew with `init(resuming:)`.
  public private(set) var hasLeftUpdate = false
  /// Whether the training is over and was stopped in the final evaluation, which took too long to wait for. All files but
  /// `summary.json` are written; `train()`, or `init(resuming:)` later, evaluates.
  public private(set) var hasLeftEvaluation = false
  var lastFlush = ContinuousClock.now
  /// How often the agent has learned, as its last report says; `nil` for agents that do not tell.
  private var updates: Double?
  var hasFailedToRecord = false
  private var hasToldRemark = false
  var hasToldOfCut = false
  lazy var evaluationTeam = ThreadTeam(threads: options.threads)
  /// How many transitions of a log the replay buffer began with.
  public private(set) var rememberedTransitions: Int?
  /// Seconds trained before this process.
  private(set) var secondsBefore = 0.0
  var record = TrainingRecord()

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
    let threshold = options.threshold ?? plan.environment.spec.rewardThreshold
    try Self.checkThreshold(threshold, plan, options)
    Self.warnOfIntervals(plan, options)
    if options.logsRollouts { try RolloutLogWriter.requireLibrary() }
    let recorded = try Self.makeAgent(plan, options, isRecorded: options.logsRollouts)
    agent = recorded.agent
    if let log = options.fromLog {
      rememberedTransitions = try Self.prefill(
        agent, from: log, plan.environment, options.warn)
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
    record.threshold = threshold
    record.recordEvery = options.recordEvery
    record.nextRecording = options.recordEvery ?? 0
    record.checkpointEvery = options.checkpointEvery
    record.keptCheckpoints = options.keptCheckpoints
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
    let (checkpoint, state, extra) = try directory.readCheckpoint(warn: options.warn)
    try plan.requireSame(
      asCheckpoint: checkpoint, of: path, catalog: catalog, warn: options.warn)
    plan.steps = steps ?? plan.steps
    self.plan = plan
    self.options = options
    try options.check()
    try Self.checkRecording(plan, options)
    let counts: (episodes: Int, steps: Int)?
    do throws(StateError) {
      try record.restore(from: extra)
      counts = try RolloutLogging.counts(in: extra)
    } catch {
      throw Checkpoint.refusal(error, in: checkpoint)
    }
    try Self.checkThreshold(options.threshold ?? record.threshold, plan, options)
    secondsBefore = record.seconds
    let recorded = try Self.makeAgent(
      plan, options, isRecorded: options.logsRollouts || counts != nil)
    agent = recorded.agent
    do throws(StateError) {
      try agent.restore(from: state)
    } catch {
      throw Checkpoint.refusal(error, in: checkpoint)
    }
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
    record.checkpointEvery = options.checkpointEvery ?? record.checkpointEvery
    record.keptCheckpoints = options.keptCheckpoints ?? record.keptCheckpoints
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
      if record.isSolved {
        guard !options.stopsAtThreshold else {
          throw ExperimentError.invalid(
            "The run has reached its threshold of \(record.threshold ?? 0); to train on, leave out --stop-at-threshold or give a higher --threshold."
          )
        }
        record.stopsAtThreshold = false
        options.warn("The run has reached its threshold; it goes on to the end of the new budget.")
      }
    }
    let isOver = record.isSolved || agent.stepsDone >= plan.steps
    if isOver, let summary = try? RunSummary(reading: path), summary.steps == agent.stepsDone {
      // Nothing of a run that is over changes, whatever became of its logs.
      (ended, rollouts) = ((record.isSolved ? .solved : .finished, summary), nil)
      return
    }
    ended = nil
    rollouts = try recorded.recorder.map {
      try RolloutLogging(
        $0, plan: plan, run: path, from: counts ?? (0, 0), warn: options.warn)
    }
    try directory.rewindLogs(to: record, of: plan.environment.spec, warn: options.warn)
    // Last, so that a run that cannot go on stays as it is.
    if steps != nil { try directory.replace(plan) }
    directory.reopen()
  }

  /// Seconds of training, those before a resume included.
  var seconds: Double { secondsBefore + begin.duration(to: .now).seconds }

  /// The run's directory.
  public var path: String { directory.path }
  /// Environment steps done in all; those of the last checkpoint if ``hasLeftUpdate``.
  public var stepsDone: Int { hasLeftUpdate ? lastCheckpoint.step : agent.stepsDone }
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
  /// evaluated again, and none of its files changes. A stop in this evaluation is no event: ``hasLeftEvaluation`` says so.
  ///
  /// - Parameter observe: Told what happens; `.stop` ends the training after the present update.
  /// - Throws: `AgentError` when learning breaks down, `EnvironmentFault` when an evaluation does, `FileError` if a file
  ///   cannot be written, `ExperimentError` after an update was left, and whatever `observe` throws.
  @discardableResult
  public func train(
    observe: (RunEvent) throws -> TrainingDirective = { _ in .proceed }
  ) throws -> Ending {
    if hasLeftUpdate {
      throw ExperimentError.failed(
        "The run was stopped in the middle of an update; open it anew with TrainingRun(resuming: \"\(path)\")."
      )
    }
    hasLeftEvaluation = false
    do {
      let stop = StopRequest(patience: options.patience, options.isCancelled)
      return try StopRequest.$current.withValue(stop) { try trainToEnd(observe) }
    } catch is StopRequest.Overdue {
      if hasLeftEvaluation { return .stopped }
      hasLeftUpdate = true
      _ = try observe(.trained(.stopped))
      return .stopped
    }
  }

  private func trainToEnd(_ observe: (RunEvent) throws -> TrainingDirective) throws -> Ending {
    var ending = Ending.finished
    var isStopped = false
    func tell(_ event: RunEvent) throws {
      if try observe(event) == .stop { isStopped = true }
    }
    if let (ending, old) = ended {
      (wallSeconds, stepsPerSecond, summary) = (old.wallSeconds, old.stepsPerSecond, old)
      finalEvaluation = try evaluatedAtEnd()
      try tell(.trained(ending))
      try tell(.finished(old))
      return ending
    }
    // Only the first call may have begun before.
    begin = wallSeconds == 0 ? options.begin ?? .now : .now
    defer { (secondsBefore, begin) = (seconds, .now) }
    lastReport = .now
    // A run that ends soon can go on, too.
    if stepsDone == 0, !hasCheckpoint { try checkpoint() }
    do {
      // A run that was solved may have been killed between its last checkpoint and its summary.
      ending = record.isSolved ? .solved : .finished
      if ending != .solved {
        try agent.train { report in
          try note(report, tell)
          if isStopped || options.isCancelled() {
            ending = .stopped
          } else if record.isSolved {
            ending = .solved
          }
          return ending == .finished ? .proceed : .stop
        }
      }
    } catch let error where error is AgentError || error is EnvironmentFault {
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
    try directory.saveModel(agent, of: plan, name: "final")
    if record.evaluations.steps.isEmpty {
      try directory.saveModel(agent, of: plan, name: "best")
    }
    if updates == 0 {
      options.warn("No update took place: the model is what it was at the start.")
    }
    let evaluation = try evaluatedAtEnd()
    finalEvaluation = evaluation
    let summary = RunSummary(self, evaluation)
    try FileStore.write(
      Array((JSONText.encode(summary) + "\n").utf8), to: path + "/" + RunSummary.file)
    (self.summary, ended) = (summary, (ending, summary))
    try tell(.finished(summary))
    return ending
  }

  /// The evaluation after training.
  private func evaluatedAtEnd() throws -> Evaluation {
    let evaluation = evaluate()
    hasLeftEvaluation = StopRequest.current.isOverdue
    if hasLeftEvaluation { try StopRequest.current?.check() }
    return try evaluation.sound()
  }

  /// What the agent would do now.
  public var policy: any Policy { agent.policy }

  /// The next multiple of an interval. Reports come when the agent is ready, and one that comes late does
  /// not put off those after it.
  private static func next(_ step: Int, every interval: Int) -> Int {
    let (next, isBeyond) = (step / interval + 1).multipliedReportingOverflow(by: interval)
    return isBeyond ? .max : next
  }

  private func note(_ report: TrainingReport, _ tell: (RunEvent) throws -> Void) throws {
    let now = seconds
    updates = report.metrics.last { $0.name == "n_updates" }?.value
    rollouts?.note(report)
    if let remark = report.remark { tellOnce(remark) }
    try rollouts?.writer.check()
    for episode in report.episodes {
      record.add(episode)
      directory.logEpisode(episode, seconds: now)
    }
    if let mean = Self.mean(record.recentReturns) {
      record.addToCurve(report.stepsDone, mean, of: report.stepsTotal)
    }
    try tell(.update(report))
    try log(report, now)
    if report.stepsDone >= record.nextEvaluation {
      try evaluateInTraining(report.stepsDone, tell)
      record.nextEvaluation = Self.next(report.stepsDone, every: record.evaluateEvery)
    }
    if let every = record.recordEvery, report.stepsDone >= record.nextRecording {
      try recordInTraining(report.stepsDone)
      record.nextRecording = Self.next(report.stepsDone, every: every)
    }
    if lastFlush.duration(to: .now) > .seconds(1) {
      try flush()
    }
    if isCheckpointDue(report.stepsDone) {
      try checkpoint()
      try tell(.checkpoint(step: agent.stepsDone))
    }
    lastReport = .now
  }

  /// Warns of an environment that is odd, and of none after it.
  func tellOnce(_ remark: EnvironmentFault) {
    if !hasToldRemark { options.warn(remark.remarkText) }
    hasToldRemark = true
  }
}
