internal import Foundation
internal import RLGym

/// A training run with everything around the agent: logs, evaluations, checkpoints, display.
final class TrainingSession {
  struct Options {
    var threads: Int
    var stopsAtThreshold = false
    /// The mean return that counts as solved; the environment's if `nil`.
    var threshold: Double?
    var evaluateEvery: Int?
    /// Whether evaluations in training also play with actions drawn at random.
    var evaluatesStochastically = false
    /// Steps between checkpoints; half a minute lies between them if `nil`.
    var checkpointEvery: Int?
    /// Steps between videos; none if `nil`.
    var recordEvery: Int?
    /// Whether TensorBoard is to be able to read a new run.
    var writesEvents = false
    var showsProgress = true
    /// Whether every episode is kept in `rollouts`; a resumed run goes on with what it did.
    var logsRollouts = false
    /// A log whose transitions the replay buffer of a new run begins with.
    var fromLog: String?
  }

  enum Ending: Equatable {
    case finished
    case solved
    case interrupted(Int32)
  }

  let plan: RunPlan
  let directory: RunDirectory
  private let options: Options
  private let agent: any Agent
  private let rollouts: RolloutLogging?
  private let display: ProgressDisplay
  private let clock = ContinuousClock()
  private let begin = ContinuousClock.now
  private let stepsAtBegin: Int
  /// Half a minute, or more where saving takes long.
  private var checkpointPause = Duration.seconds(30)
  private var lastCheckpoint = (time: ContinuousClock.now, step: 0)
  private var lastFlush = ContinuousClock.now
  private var hasFailedToRecord = false
  // State that a checkpoint keeps.
  private var record = Record()

  /// What a run remembers beside its agent.
  struct Record {
    var recentReturns: [Double] = []
    var recentLengths: [Double] = []
    var best = -Double.infinity
    var nextEvaluation = 0
    /// Options that hold after a resume too.
    var evaluateEvery = 1
    var evaluatesStochastically = false
    var stopsAtThreshold = false
    var threshold: Double?
    var recordEvery: Int?
    var nextRecording = 0
    var evaluations = EvaluationLog()
    /// Seconds of evaluations, which do not count as training.
    var evaluationSeconds = 0.0
    var solvedAtStep: Int?
    var solvedAtSecond: Double?
    /// Seconds trained before this process.
    var secondsBefore = 0.0
    var curve: [(step: Int, value: Double)] = []
  }

  /// A new run.
  init(_ plan: RunPlan, output: String?, options: Options) throws {
    self.plan = plan
    self.options = options
    try Self.checkRecording(plan, options)
    if options.logsRollouts { try RolloutLogWriter.requireLibrary() }
    let recorded = try Self.makeAgent(plan, options, isRecorded: options.logsRollouts)
    agent = recorded.agent
    if let path = options.fromLog { try Self.prefill(agent, from: path, plan.entry.spec) }
    let directory = try RunDirectory(
      creating: output, plan: plan, writesEvents: options.writesEvents)
    self.directory = directory
    rollouts = try recorded.recorder.map {
      try RolloutLogging($0, plan: plan, run: directory.path, from: nil)
    }
    display = ProgressDisplay(isEnabled: options.showsProgress)
    record.evaluateEvery = options.evaluateEvery ?? max(1, plan.steps / 50)
    record.nextEvaluation = record.evaluateEvery
    record.stopsAtThreshold = options.stopsAtThreshold
    record.evaluatesStochastically = options.evaluatesStochastically
    record.threshold = options.threshold ?? plan.entry.spec.rewardThreshold
    record.recordEvery = options.recordEvery
    record.nextRecording = options.recordEvery ?? 0
    stepsAtBegin = 0
  }

  /// A run that goes on from its newest checkpoint.
  init(resuming path: String, options: Options) throws {
    directory = try RunDirectory(resuming: path)
    let plan = try RunPlan(reading: path + "/config.yaml")
    self.plan = plan
    self.options = options
    try Self.checkRecording(plan, options)
    let (state, extra) = try directory.readCheckpoint()
    let logs = try record.restore(from: extra)
    let counts = try RolloutLogging.counts(in: extra)
    let recorded = try Self.makeAgent(
      plan, options, isRecorded: options.logsRollouts || counts != nil)
    agent = recorded.agent
    try agent.restore(from: state)
    rollouts = try recorded.recorder.map {
      try RolloutLogging($0, plan: plan, run: path, from: counts ?? (0, 0))
    }
    display = ProgressDisplay(isEnabled: options.showsProgress)
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
    try directory.rewindLogs(to: logs)
  }

  private static func makeAgent(_ plan: RunPlan, _ options: Options, isRecorded: Bool) throws -> (
    agent: any Agent, recorder: RolloutRecorder?
  ) {
    var environments = plan.entry.makeVector(plan.environments)
    if !environments.savesExactly {
      Output.warn(
        "\(plan.entry.id) cannot be saved in the middle of an episode; a resumed run starts new episodes. Make the environment Codable for exact resume."
      )
    }
    var recorder: RolloutRecorder?
    if isRecorded {
      let recorded = RecordedEnvironments(environments)
      (environments, recorder) = (recorded, recorded.recorder)
    }
    let agent = try plan.kind.make(
      plan.configuration, environments: environments, seed: plan.seed, steps: plan.steps,
      threads: options.threads)
    return (agent, recorder)
  }

  /// Fills the agent's replay buffer from a log.
  private static func prefill(
    _ agent: any Agent, from path: String, _ spec: EnvironmentSpec
  ) throws {
    guard let learner = agent as? any ReplayLearner else {
      throw UsageError("--from-log is for agents with a replay buffer: dqn, sac and td3.")
    }
    let log = try LogCommand.open(path)
    try log.require(observations: spec.observationSpace, actions: spec.actionSpace)
    var numbers = (0..<log.count).makeIterator()
    let count = try learner.prefill { try numbers.next().map { try log.episode($0) } }
    Output.note("The replay buffer has \(Format.count(count)) transitions from \(path).")
  }

  /// Seconds of training, those before a resume included.
  private var seconds: Double { record.secondsBefore + begin.duration(to: .now).seconds }

  /// Steps done in all.
  var stepsDone: Int { agent.stepsDone }
  /// Steps a second, those before a resume included.
  private(set) var stepsPerSecond = 0.0
  /// Seconds of training, those before a resume included.
  private(set) var wallSeconds = 0.0
  var threshold: Double? { record.threshold }
  var solvedAtStep: Int? { record.solvedAtStep }
  var solvedAtSecond: Double? { record.solvedAtSecond }

  /// Trains to the end of the budget, to the threshold if asked, or to a signal.
  func run() throws -> Ending {
    var ending = Ending.finished
    do {
      try agent.train { report in
        try observe(report)
        if let number = Interruption.signalNumber {
          ending = .interrupted(number)
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
    display.finish(progressState)
    try checkpoint()
    if case .interrupted = ending { return ending }
    try rollouts?.finish()
    try directory.saveModel(agent, name: "final")
    if record.evaluations.steps.isEmpty { try directory.saveModel(agent, name: "best") }
    return ending
  }

  /// Plays the final policy.
  func evaluate(episodes: Int) -> Evaluation {
    Evaluation(
      of: agent.policy, in: plan.entry.makeVector, episodes: episodes,
      seed: Self.evaluationSeed(plan.seed, .final))
  }

  /// Steps after which an evaluation in training gives up an episode that has no time limit: policies that
  /// walk in circles are not worth more.
  private static let stepLimit = 10_000

  /// What an evaluation is for; each has start states of its own.
  enum Purpose: UInt32 { case final, choice, confirmation, video }

  /// The seed of the first evaluation episode: start states that training does not see and that no other
  /// run shares, neighbouring seeds included.
  static func evaluationSeed(_ seed: UInt64, _ purpose: Purpose) -> UInt64 {
    SeedSequence(seed, spawnKey: [0x4556_414c, purpose.rawValue]).state(count: 1)[0]
  }

  /// The next multiple of an interval. Reports come when the agent is ready, and one that comes late does
  /// not put off those after it.
  private static func next(_ step: Int, every interval: Int) -> Int {
    let (next, isBeyond) = (step / interval + 1).multipliedReportingOverflow(by: interval)
    return isBeyond ? .max : next
  }

  private func observe(_ report: TrainingReport) throws {
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
      try evaluateInTraining(report.stepsDone)
      record.nextEvaluation = Self.next(report.stepsDone, every: record.evaluateEvery)
    }
    if let every = record.recordEvery, report.stepsDone >= record.nextRecording {
      recordInTraining(report.stepsDone)
      record.nextRecording = Self.next(report.stepsDone, every: every)
    }
    if display.isDue { display.show(progressState) }
    if lastFlush.duration(to: .now) > .seconds(1) {
      try flush()
    }
    let isCheckpointDue =
      options.checkpointEvery.map { report.stepsDone - lastCheckpoint.step >= $0 }
      ?? (lastCheckpoint.time.duration(to: .now) > checkpointPause)
    if isCheckpointDue { try checkpoint() }
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
  private func evaluateInTraining(_ step: Int) throws {
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
    if evaluation.mean > record.best || isFirst {
      record.best = evaluation.mean
      try directory.saveModel(agent, name: "best")
    }
    guard let threshold = record.threshold, record.solvedAtStep == nil,
      evaluation.mean + evaluation.halfInterval >= threshold
    else { return }
    let confirmation = Evaluation(
      of: policy, in: plan.entry.makeVector, episodes: 100,
      seed: Self.evaluationSeed(0, .confirmation), stepLimit: Self.stepLimit)
    if confirmation.mean >= threshold {
      record.solvedAtStep = step
      record.solvedAtSecond = record.secondsBefore + Context.elapsed
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
      // A signal ends a long recording, too.
      _ = try recording.record(to: path, .apng) { _ in Interruption.signalNumber == nil }
    } catch {
      if hasFailedToRecord { return }
      hasFailedToRecord = true
      Output.warn("A recording failed; the training goes on. \(error)")
    }
  }

  private static func checkRecording(_ plan: RunPlan, _ options: Options) throws {
    if options.recordEvery != nil && plan.entry.framesPerSecond == nil {
      throw Watching.undrawable(plan.entry.id)
    }
  }

  private var progressState: ProgressState {
    let elapsed = begin.duration(to: .now).seconds
    let rate = Double(agent.stepsDone - stepsAtBegin) / max(1e-9, elapsed)
    return ProgressState(
      stepsDone: agent.stepsDone, stepsTotal: plan.steps, stepsPerSecond: rate,
      secondsLeft: rate > 0 ? Double(max(0, plan.steps - agent.stepsDone)) / rate : nil,
      meanReturn: meanReturn, curve: record.curve)
  }

  private func checkpoint() throws {
    let start = ContinuousClock.now
    try flush()
    var extra = StateArchive()
    // What the checkpoint speaks of must be on disk.
    try rollouts?.synchronize(&extra)
    record.save(
      to: &extra, seconds: seconds, logSizes: directory.logSizes)
    try directory.saveCheckpoint(agent, extra: extra)
    lastCheckpoint = (.now, agent.stepsDone)
    checkpointPause = max(.seconds(30), start.duration(to: .now) * 20)
  }
}
