internal import Foundation
internal import RLSupport

/// Trains the runs of a search, several at a time.
final class TuningRunner: RunScheduler {
  /// What a run is for.
  private struct Job: Equatable {
    var trial: Int
    /// From 0 on within the trial or its confirmation.
    var seed: Int
    var isConfirming = false
  }

  private struct Running {
    var job: Job
    var process: any RunJob
    var threads: Int
    /// Whether nobody waits for the run any more.
    var isClosing = false
  }

  private let directory: TuningDirectory
  private let jobsAtOnce: Int
  private let cores: Int
  /// The mean return of random actions.
  let random: Double
  private let launcher: RunLauncher
  private let observer: StudyObserver
  private var running: [Running] = []
  /// Evaluations that this process waited for, for the estimate of the time left.
  private var pointsTrained = 0

  private var plan: TuningPlan { directory.plan }
  private var search: TuningState { directory.search }

  /// - Parameters:
  ///   - jobsAtOnce: How many runs at a time.
  ///   - cores: How many cores they share.
  init(
    _ directory: TuningDirectory, jobsAtOnce: Int, cores: Int, launcher: RunLauncher,
    observer: StudyObserver
  ) throws {
    self.directory = directory
    self.jobsAtOnce = jobsAtOnce
    self.cores = cores
    random = ScoreReference.random(
      try directory.catalog.environment(
        directory.plan.environment, directory.plan.environmentArguments))
    self.launcher = launcher
    self.observer = observer
  }

  /// Trains; `false` if it was cancelled.
  func run() throws -> Bool { try run(observer) }

  var jobsRunning: [any RunJob] { running.map(\.process) }

  func advance() throws -> Bool {
    for i in running.indices.reversed() { try look(i) }
    return try fill() || !running.isEmpty
  }

  // MARK: Runs to start

  /// Starts what can be started; `false` if nothing is left to do.
  private func fill() throws -> Bool {
    while running.count < jobsAtOnce {
      guard let job = try nextJob() else {
        return !openJobs().isEmpty
      }
      guard let claim = try RunClaim.take(path(job)) else { return true }
      try start(job, claim)
    }
    return true
  }

  private func isRunning(_ job: Job) -> Bool { running.contains { $0.job == job } }

  private func openJobs() -> [Job] {
    search.trials.flatMap { trial in
      search.openSeeds(trial).map { Job(trial: trial.number, seed: $0) }
    }
  }

  /// The next run of an open trial, of a new one, or of a confirmation.
  private func nextJob() throws -> Job? {
    while true {
      if let job = openJobs().first(where: { !isRunning($0) }) { return job }
      guard let event = try search.next() else { break }
      try directory.add(event)
    }
    guard openJobs().isEmpty else { return nil }
    return confirmationJobs().first { !isRunning($0) }
  }

  /// The threads of the next run: its share of the cores that are free.
  private var threads: Int {
    let trials =
      openJobs().count { !isRunning($0) }
      + (plan.trials - search.trials.count) * plan.seedsPerTrial
    let runs = trials > 0 ? trials : confirmationJobs().count { !isRunning($0) }
    return RunQueue.threads(
      cores: cores, used: running.reduce(0) { $0 + $1.threads },
      runs: min(jobsAtOnce - running.count, runs))
  }

  private func confirmationJobs() -> [Job] {
    let trials = TuningResults.candidates(search)
    return (0..<plan.confirm).flatMap { seed in
      trials.filter { search.confirmations[$0]?[seed] == nil }.map {
        Job(trial: $0, seed: seed, isConfirming: true)
      }
    }
  }

  private func path(_ job: Job) -> String {
    job.isConfirming
      ? directory.confirmation(job.trial, job.seed) : directory.run(job.trial, job.seed)
  }

  private func start(_ job: Job, _ claim: RunClaim) throws {
    let path = path(job)
    // A run may have ended without anybody there to note it, or have gone beyond its trial's goal.
    if RunDirectory.isOver(path) {
      try note(job, values(path, isOver: true))
      return
    }
    if let problem = RunLauncher.problem(of: path) {
      try noteFailure(job, problem)
      return
    }
    let seed = job.isConfirming ? plan.confirmingSeed(job.seed) : plan.trainingSeed(job.seed)
    let settings = search.trials[job.trial].settings
    var options = TrainingRun.Options()
    options.threads = threads
    options.evaluateEvery = max(1, plan.steps / plan.points)
    let process = try launcher.start(
      { try plan.plan(settings, seed: seed, catalog: directory.catalog) }, at: path, claim: claim,
      catalog: directory.catalog, options: options)
    running.append(Running(job: job, process: process, threads: options.threads))
  }

  // MARK: Runs that go on

  /// Sees how far a run is, and whether it is to go on.
  private func look(_ index: Int) throws {
    let (job, process) = (running[index].job, running[index].process)
    let isOver = !process.isRunning
    let path = path(job)
    if isOver {
      let isClosing = running.remove(at: index).isClosing
      let ending = try process.end(isCancelled: observer.isCancelled())
      if isClosing {
        clear(job)
        return
      }
      switch ending {
      case .finished: try note(job, values(path, isOver: true))
      case .failed(let problem): try noteFailure(job, problem)
      case .stopped: break
      }
      return
    }
    guard !running[index].isClosing, !job.isConfirming else { return }
    let values = try values(path, isOver: false)
    let goal = search.trials[job.trial].goal
    let isCut = search.cut(job.trial, seed: job.seed, values) != nil
    if isCut || (goal < plan.points && values.count >= goal) { try note(job, values) }
  }

  /// What is known of a run's curve.
  private func values(_ path: String, isOver: Bool) throws -> [Double] {
    let file = path + "/" + EvaluationLog.file
    guard isOver || FileManager.default.fileExists(atPath: file) else { return [] }
    if isOver { try RunSummary(reading: path).requireItsFiles(in: path) }
    return plan.values(try EvaluationCurve(file), isOver: isOver, random: random)
  }

  /// Takes note of a run that came to where it was to come, or is to be cut off.
  private func note(_ job: Job, _ values: [Double]) throws {
    if job.isConfirming {
      var event = TrialEvent(.confirmation, trial: job.trial)
      (event.seed, event.values) = (job.seed, values)
      try directory.add(event)
      pointsTrained += values.count
      clear(job)
      return
    }
    let trial = search.trials[job.trial]
    let before = trial.curves[job.seed].count
    guard trial.isOpen else { return clear(job) }
    var event = TrialEvent(.run, trial: job.trial)
    event.seed = job.seed
    let cut = search.cut(job.trial, seed: job.seed, Array(values.prefix(trial.goal)))
    event.values = Array(values.prefix(cut ?? trial.goal))
    event.isPruned = cut == nil ? nil : true
    try directory.add(event)
    pointsTrained += max(0, (event.values?.count ?? 0) - before)
    if cut != nil { closeRuns(of: job.trial) }
    closeRun(job)
    clear(job)
  }

  private func noteFailure(_ job: Job, _ problem: String) throws {
    let what = job.isConfirming ? "confirming trial \(job.trial)" : "trial \(job.trial)"
    observer.tell(.warning("A run of \(what) failed: \(problem)"))
    var event = TrialEvent(job.isConfirming ? .confirmation : .failure, trial: job.trial)
    (event.seed, event.problem) = (job.seed, problem)
    if job.isConfirming {
      event.values = []
    } else if !search.trials[job.trial].isOpen {
      return
    }
    try directory.add(event)
    if !job.isConfirming { closeRuns(of: job.trial) }
  }

  private func closeRuns(of trial: Int) {
    for one in running where one.job.trial == trial && !one.job.isConfirming { closeRun(one.job) }
  }

  private func closeRun(_ job: Job) {
    for i in running.indices where running[i].job == job && !running[i].isClosing {
      running[i].isClosing = true
      running[i].process.stop()
    }
  }

  /// Removes the states of a run that will not go on.
  private func clear(_ job: Job) {
    guard !isRunning(job), job.isConfirming || search.trials[job.trial].state != .paused else {
      return
    }
    if !job.isConfirming, search.openSeeds(search.trials[job.trial]).contains(job.seed) { return }
    for name in ["/checkpoints", ".log", ".yaml"] {
      try? FileManager.default.removeItem(atPath: path(job) + name)
    }
  }

  // MARK: Progress

  func state(_ elapsed: Double) -> StudyProgress {
    let trials = search.trials
    let closed = trials.filter { !$0.isOpen }
    let failed = trials.count(where: \.hasFailed)
    let best = search.best.first.flatMap { trial in
      trial.value(plan.objective).map { "best \(Format.value($0))" }
    }
    let waiting = plan.confirm * (1 + min(TuningPlan.confirmed, plan.trials - 1))
    let confirmed = search.confirmations.values.reduce(0) { $0 + $1.count }
    var rows = [
      StudyProgress.Row(
        name: plan.agent, environment: plan.environment, done: closed.count - failed,
        failed: failed,
        running: running.count { !$0.job.isConfirming }, of: plan.trials, remark: best)
    ]
    if plan.confirm > 0 {
      rows.append(
        StudyProgress.Row(
          name: "confirming", environment: "", done: confirmed, failed: 0,
          running: running.count { $0.job.isConfirming }, of: max(waiting, confirmed)))
    }
    // Trials to come are taken to use as much of their budget as those that are over.
    let whole = Double(plan.seedsPerTrial * plan.points)
    let seen = closed.reduce(0) { $0 + Double($1.pointsSeen) }
    let share = closed.isEmpty ? whole : seen / Double(closed.count)
    let open = trials.filter(\.isOpen)
    let points =
      share * Double(plan.trials - closed.count)
      - open.reduce(0) { $0 + min(share, Double($1.pointsSeen)) }
      + Double(max(0, waiting - confirmed) * plan.points)
    // By the clock, so that starting, evaluating and whatever else the machine does count.
    let left = pointsTrained > 0 ? points * elapsed / Double(pointsTrained) : nil
    return StudyProgress(
      rows: rows, elapsed: elapsed, left: left, unit: "trials and runs")
  }
}
