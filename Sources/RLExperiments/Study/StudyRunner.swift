internal import Foundation
internal import RLAgents

/// Trains the runs of a study, several at a time, in the order of a `RunQueue`.
///
/// What is neither over nor failed goes on from its checkpoint, or begins anew.
final class StudyRunner: RunScheduler {
  private let catalog: Catalog
  private let launcher: RunLauncher
  private let observer: StudyObserver
  private let study: Study
  private let directory: String
  private let jobs: [Study.Job]
  private let cores: Int
  private var queue: RunQueue
  private var running: [(job: Study.Job, process: any RunJob)] = []

  /// - Parameters:
  ///   - jobs: The runs to train, of all that the study has.
  ///   - jobsAtOnce: How many at a time.
  ///   - cores: How many cores they share.
  ///   - retriesFailures: Whether failed runs begin anew.
  init(
    _ study: Study, in directory: String, jobs: [Study.Job], jobsAtOnce: Int, cores: Int,
    retriesFailures: Bool, catalog: Catalog, launcher: RunLauncher, observer: StudyObserver
  ) throws {
    self.study = study
    self.directory = directory
    self.jobs = jobs
    self.cores = cores
    self.catalog = catalog
    self.launcher = launcher
    self.observer = observer
    func path(_ job: Study.Job) -> String { directory + "/" + job.path }
    if retriesFailures {
      for job in jobs { try? FileManager.default.removeItem(atPath: path(job) + ".failed") }
    }
    let waiting = jobs.filter { !Self.isOver(path($0)) }
    queue = RunQueue(
      waiting.map { job in
        let steps = Double(study.tasks[job.task].steps)
        return (job, max(0, steps - RunLauncher.stepsDone(path(job))))
      },
      costs: try study.tasks.map { task in
        let plan = try study.plan(task, seed: 0, catalog: catalog)
        return RunQueue.cost(
          Dictionary(uniqueKeysWithValues: plan.configuration.values.map { ($0.name, $0.value) }))
      }, cores: cores, places: jobsAtOnce)
    for job in jobs where RunDirectory.isOver(path(job)) { note(job) }
  }

  private func path(_ job: Study.Job) -> String { directory + "/" + job.path }

  /// Whether a run has ended or failed.
  static func isOver(_ path: String) -> Bool {
    RunDirectory.isOver(path) || RunLauncher.problem(of: path) != nil
  }

  /// Trains; `false` if it was cancelled.
  func run() throws -> Bool { try run(observer) }

  var jobsRunning: [any RunJob] { running.map(\.process) }

  func advance() throws -> Bool {
    for i in running.indices.reversed() where !running[i].process.isRunning {
      let (job, process) = running.remove(at: i)
      try finish(job, process)
      queue.end(job)
    }
    // A run that cannot be claimed still saves its state after its study was killed, or another study trains it.
    while let next = try queue.start(
      stepsLeft: stepsLeft, { try RunClaim.take(path($0)) })
    {
      if Self.isOver(path(next.job)) {
        queue.end(next.job)
      } else {
        running.append((next.job, try start(next.job, next.right, threads: next.threads)))
      }
    }
    return !queue.isEmpty || !running.isEmpty
  }

  private func stepsLeft(_ job: Study.Job) -> Double {
    max(0, Double(study.tasks[job.task].steps) - RunLauncher.stepsDone(path(job)))
  }

  private func start(_ job: Study.Job, _ claim: RunClaim, threads: Int) throws -> any RunJob {
    let task = study.tasks[job.task]
    var options = TrainingRun.Options()
    options.threads = threads
    options.evaluateEvery = study.evaluateEvery(task)
    options.evaluatesStochastically = true
    return try launcher.start(
      { try study.plan(task, seed: job.seed, catalog: catalog) }, at: path(job), claim: claim,
      catalog: catalog, options: options)
  }

  private func finish(_ job: Study.Job, _ process: any RunJob) throws {
    switch try process.end(isCancelled: observer.isCancelled()) {
    case .finished: note(job)
    case .stopped: break
    case .failed(let problem):
      let task = study.tasks[job.task]
      observer.tell(
        .warning("\(task.name) in \(task.environment), seed \(job.seed), failed: \(problem)"))
    }
  }

  // MARK: Progress

  private func note(_ job: Study.Job) {
    guard let run = try? RunSummary(reading: path(job)) else { return }
    queue.note(job, steps: Double(run.steps), seconds: run.wallSeconds)
  }

  func state(_ elapsed: Double) -> StudyProgress {
    var rows = study.tasks.indices.map { task in
      StudyProgress.Row(
        name: study.tasks[task].name, environment: study.tasks[task].environment, done: 0,
        failed: 0, running: 0, of: 0)
    }
    var left = 0.0
    for job in jobs {
      rows[job.task].of += 1
      if RunDirectory.isOver(path(job)) {
        rows[job.task].done += 1
        continue
      }
      if RunLauncher.problem(of: path(job)) != nil {
        rows[job.task].failed += 1
        continue
      }
      var steps = Double(study.tasks[job.task].steps)
      if running.contains(where: { $0.job == job }) {
        rows[job.task].running += 1
        steps = stepsLeft(job)
      }
      left += queue.seconds(job.task, steps)
    }
    return StudyProgress(
      rows: rows.filter { $0.of > 0 }, elapsed: elapsed,
      left: queue.isKnown ? left / Double(cores) : nil)
  }
}
