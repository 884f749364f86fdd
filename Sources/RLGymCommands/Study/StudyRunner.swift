internal import Foundation
internal import RLGym

/// Trains the runs of a study, several at a time, each in a process of its own.
///
/// What is neither over nor failed goes on from its checkpoint, or begins anew.
final class StudyRunner {
  private let study: Study
  private let directory: String
  private let jobs: [Study.Job]
  private let processes: Int
  private let threads: Int
  private let retriesFailures: Bool
  private let display: StudyDisplay
  private var running: [(job: Study.Job, process: RunProcess)] = []
  /// Steps and seconds of the runs that this process saw, by task, for the estimate of the time left.
  private var pace: [Int: (steps: Double, seconds: Double)] = [:]

  /// How a study ended.
  enum Ending: Equatable {
    case finished
    case interrupted(Int32)
  }

  /// - Parameters:
  ///   - jobs: The runs to train, of all that the study has.
  ///   - processes: How many at a time.
  ///   - threads: How many threads each.
  init(
    _ study: Study, in directory: String, jobs: [Study.Job], processes: Int, threads: Int,
    retriesFailures: Bool, showsProgress: Bool
  ) {
    self.study = study
    self.directory = directory
    self.jobs = jobs
    self.processes = processes
    self.threads = threads
    self.retriesFailures = retriesFailures
    display = StudyDisplay(isEnabled: showsProgress)
  }

  private func path(_ job: Study.Job) -> String { directory + "/" + job.path }

  /// Trains what is not over yet.
  func run() throws -> Ending {
    do {
      return try runAll()
    } catch {
      // The right to a run must not end before the run does.
      for (_, process) in running { process.stop() }
      for (_, process) in running { _ = try? process.end() }
      throw error
    }
  }

  private func runAll() throws -> Ending {
    if retriesFailures {
      for job in jobs { try? FileManager.default.removeItem(atPath: path(job) + ".failed") }
    }
    var waiting = jobs.filter {
      !RunProcess.isFinished(path($0)) && RunProcess.problem(of: path($0)) == nil
    }
    waiting.reverse()
    let begin = ContinuousClock.now
    while !waiting.isEmpty || !running.isEmpty {
      if let number = Interruption.signalNumber {
        display.finish(state(begin))
        for (_, process) in running { process.stop() }
        for (_, process) in running { _ = try process.end() }
        return .interrupted(number)
      }
      var place = waiting.count - 1
      while running.count < processes, place >= 0 {
        // A run whose study was killed still saves its state, or another study trains it.
        if let claim = try RunClaim.take(path(waiting[place])) {
          let job = waiting.remove(at: place)
          if !RunProcess.isFinished(path(job)), RunProcess.problem(of: path(job)) == nil {
            running.append((job, try start(job, claim)))
          }
        }
        place -= 1
      }
      for i in running.indices.reversed() where !running[i].process.isRunning {
        let (job, process) = running.remove(at: i)
        try finish(job, process)
      }
      if display.isDue { display.show(state(begin)) }
      Thread.sleep(forTimeInterval: 0.02)
    }
    display.finish(state(begin))
    return .finished
  }

  private func start(_ job: Study.Job, _ claim: RunClaim) throws -> RunProcess {
    let task = study.tasks[job.task]
    return try RunProcess(
      { try study.plan(task, seed: job.seed) }, at: path(job), claim: claim,
      options: ["--evaluate-every", "\(study.evaluateEvery(task))", "--evaluate-stochastically"],
      threads: threads)
  }

  private func finish(_ job: Study.Job, _ process: RunProcess) throws {
    switch try process.end() {
    case .finished: note(job)
    case .stopped: break
    case .failed(let problem):
      let task = study.tasks[job.task]
      display.note(
        "warning: \(task.name) in \(task.environment), seed \(job.seed), failed: \(problem)")
    }
  }

  // MARK: Progress

  private func note(_ job: Study.Job) {
    guard let run = RunProcess.pace(of: path(job)) else { return }
    pace[job.task, default: (0, 0)].steps += run.steps
    pace[job.task, default: (0, 0)].seconds += run.seconds
  }

  private func state(_ begin: ContinuousClock.Instant) -> StudyDisplay.State {
    var rows = study.tasks.indices.map { task in
      StudyDisplay.Row(
        name: study.tasks[task].name, environment: study.tasks[task].environment, done: 0,
        failed: 0, running: 0, of: 0)
    }
    var left = 0.0
    var isKnown = true
    let elapsed = begin.duration(to: .now).seconds
    // Tasks that have not been seen are taken to be as slow as those that have.
    let seen = pace.values.reduce((0.0, 0.0)) { ($0.0 + $1.steps, $0.1 + $1.seconds) }
    func seconds(_ task: Int, _ steps: Double) -> Double? {
      if let own = pace[task], own.steps > 0 { return steps * own.seconds / own.steps }
      return seen.0 > 0 ? steps * seen.1 / seen.0 : nil
    }
    for job in jobs {
      rows[job.task].of += 1
      if RunProcess.isFinished(path(job)) {
        rows[job.task].done += 1
        continue
      }
      if RunProcess.problem(of: path(job)) != nil {
        rows[job.task].failed += 1
        continue
      }
      var steps = Double(study.tasks[job.task].steps)
      if running.contains(where: { $0.job == job }) {
        rows[job.task].running += 1
        steps -= min(steps, RunProcess.stepsDone(path(job)))
      }
      if let more = seconds(job.task, steps) { left += more } else { isKnown = false }
    }
    return StudyDisplay.State(
      rows: rows.filter { $0.of > 0 }, elapsed: elapsed,
      left: isKnown ? left / Double(max(1, min(processes, jobs.count))) : nil)
  }
}
