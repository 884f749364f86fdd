internal import Foundation

/// Trains the runs of a study, several at a time.
///
/// What is neither over nor failed goes on from its checkpoint, or begins anew.
final class StudyRunner: RunScheduler {
  private let catalog: Catalog
  private let launcher: RunLauncher
  private let observer: StudyObserver
  private let study: Study
  private let directory: String
  private let jobs: [Study.Job]
  private let jobsAtOnce: Int
  private let threads: Int
  /// The runs to come, the first ones last.
  private var waiting: [Study.Job] = []
  private var running: [(job: Study.Job, process: any RunJob)] = []
  /// Steps and seconds of the runs that this process saw, by task, for the estimate of the time left.
  private var pace: [Int: (steps: Double, seconds: Double)] = [:]

  /// - Parameters:
  ///   - jobs: The runs to train, of all that the study has.
  ///   - jobsAtOnce: How many at a time.
  ///   - threads: How many threads each.
  ///   - retriesFailures: Whether failed runs begin anew.
  init(
    _ study: Study, in directory: String, jobs: [Study.Job], jobsAtOnce: Int, threads: Int,
    retriesFailures: Bool, catalog: Catalog, launcher: RunLauncher, observer: StudyObserver
  ) {
    self.study = study
    self.directory = directory
    self.jobs = jobs
    self.jobsAtOnce = jobsAtOnce
    self.threads = threads
    self.catalog = catalog
    self.launcher = launcher
    self.observer = observer
    if retriesFailures {
      for job in jobs { try? FileManager.default.removeItem(atPath: path(job) + ".failed") }
    }
    waiting = jobs.reversed().filter { !isOver($0) }
  }

  private func path(_ job: Study.Job) -> String { directory + "/" + job.path }

  private func isOver(_ job: Study.Job) -> Bool {
    RunDirectory.isOver(path(job)) || RunLauncher.problem(of: path(job)) != nil
  }

  /// Trains; `false` if it was cancelled.
  func run() throws -> Bool { try run(observer) }

  var jobsRunning: [any RunJob] { running.map(\.process) }

  func advance() throws -> Bool {
    for i in running.indices.reversed() where !running[i].process.isRunning {
      let (job, process) = running.remove(at: i)
      try finish(job, process)
    }
    for place in waiting.indices.reversed() where running.count < jobsAtOnce {
      // A run whose study was killed still saves its state, or another study trains it.
      guard let claim = try RunClaim.take(path(waiting[place])) else { continue }
      let job = waiting.remove(at: place)
      if !isOver(job) { running.append((job, try start(job, claim))) }
    }
    return !waiting.isEmpty || !running.isEmpty
  }

  private func start(_ job: Study.Job, _ claim: RunClaim) throws -> any RunJob {
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
    pace[job.task, default: (0, 0)].steps += Double(run.steps)
    pace[job.task, default: (0, 0)].seconds += run.wallSeconds
  }

  func state(_ elapsed: Double) -> StudyProgress {
    var rows = study.tasks.indices.map { task in
      StudyProgress.Row(
        name: study.tasks[task].name, environment: study.tasks[task].environment, done: 0,
        failed: 0, running: 0, of: 0)
    }
    var left = 0.0
    var isKnown = true
    // Tasks that have not been seen are taken to be as slow as those that have.
    let seen = pace.values.reduce((0.0, 0.0)) { ($0.0 + $1.steps, $0.1 + $1.seconds) }
    func seconds(_ task: Int, _ steps: Double) -> Double? {
      if let own = pace[task], own.steps > 0 { return steps * own.seconds / own.steps }
      return seen.0 > 0 ? steps * seen.1 / seen.0 : nil
    }
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
        steps -= min(steps, RunLauncher.stepsDone(path(job)))
      }
      if let more = seconds(job.task, steps) { left += more } else { isKnown = false }
    }
    return StudyProgress(
      rows: rows.filter { $0.of > 0 }, elapsed: elapsed,
      left: isKnown ? left / Double(max(1, min(jobsAtOnce, jobs.count))) : nil)
  }
}
