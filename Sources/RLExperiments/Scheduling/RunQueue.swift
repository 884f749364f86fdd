internal import RLSupport

/// The runs of a study that wait: which is started next, and with how many threads.
///
/// The longest runs come first, so that short ones fill the cores to the end. How long a run takes follows from the
/// speed of runs of its task that are over; before there are any, from its settings, in which a step costs as much as
/// its share of the updates' multiply-adds.
///
/// A run keeps its threads, so these follow from what is left to train when it starts: of the cores that are free it gets
/// its share of the work that waits, and two where one would outlast all others. With many runs to come that is one; the last
/// ones get more. Cores of runs that end within the first quarter of the new one count as free.
package struct RunQueue {
  private struct Waiting {
    var job: Study.Job
    var steps: Double
  }

  private let cores: Int
  private let places: Int
  /// Multiply-adds a step, by task.
  private let costs: [Double]
  private var waiting: [Waiting]
  private var running: [(job: Study.Job, threads: Int)] = []
  /// Steps of runs that are over, and their seconds times threads, by task.
  private var seen: [(steps: Double, seconds: Double)]

  /// - Parameters:
  ///   - jobs: The runs to train, with the steps that each has to do.
  ///   - costs: Multiply-adds a step, by task.
  ///   - cores: How many there are.
  ///   - places: How many runs go on at the same time.
  package init(
    _ jobs: [(job: Study.Job, steps: Double)], costs: [Double], cores: Int, places: Int
  ) {
    waiting = jobs.map { Waiting(job: $0.job, steps: $0.steps) }
    (self.costs, self.cores, self.places) = (costs, cores, max(1, places))
    seen = costs.map { _ in (0, 0) }
  }

  /// Whether no run waits.
  package var isEmpty: Bool { waiting.isEmpty }

  /// The next run, if there is a place for one; it counts as running from here on.
  ///
  /// - Parameters:
  ///   - stepsLeft: The steps that a running one still has to do.
  ///   - take: Takes the right to a run; `nil` if another process has it.
  package mutating func start<Right>(
    stepsLeft: (Study.Job) -> Double, _ take: (Study.Job) throws -> Right?
  ) rethrows -> (job: Study.Job, right: Right, threads: Int)? {
    let used = running.reduce(0) { $0 + $1.threads }
    guard running.count < places, used < max(cores, places) else { return nil }
    let lengths = waiting.map { seconds($0.job.task, $0.steps) }
    let order = waiting.indices.sorted {
      lengths[$0] == lengths[$1] ? $0 < $1 : lengths[$0] > lengths[$1]
    }
    for i in order {
      guard let right = try take(waiting[i].job) else { continue }
      let threads = threads(for: lengths[i], stepsLeft)
      let job = waiting.remove(at: i).job
      running.append((job, threads))
      return (job, right, threads)
    }
    return nil
  }

  private func threads(for length: Double, _ stepsLeft: (Study.Job) -> Double) -> Int {
    let waitingSeconds = waiting.reduce(0) { $0 + seconds($1.job.task, $1.steps) }
    let share = length / max(waitingSeconds, .leastNormalMagnitude)
    let left = running.map {
      (threads: $0.threads, seconds: seconds($0.job.task, stepsLeft($0.job)))
    }
    let soon = 0.25 * length / max(1, Double(cores) * share)
    let free = left.reduce(cores) {
      $1.seconds / Double($1.threads) < soon ? $0 : $0 - $1.threads
    }
    let outlasts = Double(cores) * length > 1.1 * left.reduce(waitingSeconds) { $0 + $1.seconds }
    let wanted = max(outlasts ? 2 : 1, Int((Double(free) * share - 0.1).rounded(.up)))
    return max(1, cores / places, min(free, wanted))
  }

  /// The threads of each of some runs that share the cores that are free.
  static func threads(cores: Int, used: Int, runs: Int) -> Int {
    max(1, (cores - used) / max(1, runs))
  }

  /// Takes note that a run has ended, however that was.
  package mutating func end(_ job: Study.Job) { running.removeAll { $0.job == job } }

  /// Takes note of a finished run's speed, before its end.
  package mutating func note(_ job: Study.Job, steps: Double, seconds: Double) {
    let threads = running.first { $0.job == job }?.threads ?? max(1, cores / places)
    seen[job.task].steps += steps
    seen[job.task].seconds += seconds * Double(threads)
  }

  /// Whether any run is over, so that `seconds` are those of a clock.
  package var isKnown: Bool { seen.contains { $0.steps > 0 } }

  /// Seconds on one core for steps of a task; up to a factor before the first run is over.
  package func seconds(_ task: Int, _ steps: Double) -> Double {
    let own = seen[task]
    if own.steps > 0 { return steps * own.seconds / own.steps }
    let all = seen.indices.reduce((seconds: 0.0, cost: 0.0)) {
      ($0.seconds + seen[$1].seconds, $0.cost + seen[$1].steps * costs[$1])
    }
    return steps * costs[task] * (all.cost > 0 ? all.seconds / all.cost : 1)
  }

  /// Multiply-adds a step, from what settings are called in all agents: those of the weights between hidden
  /// layers for each transition that is learned from, and some thousand for the environment.
  static func cost(_ settings: [String: JSONValue]) -> Double {
    func number(_ value: JSONValue?) -> Double? {
      switch value {
      case .int(let whole): Double(whole)
      case .double(let real): real
      default: nil
      }
    }
    var weights = 0.0
    for case (let name, .array(let values)) in settings where name.hasSuffix("Widths") {
      let widths = values.compactMap { number($0) }
      weights +=
        (widths.first ?? 0) + zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let steps = (number(settings["trainFrequency"]) ?? 1) * (number(settings["environments"]) ?? 1)
    let updates = number(settings["gradientSteps"]).map { $0 < 0 ? 1 : $0 / max(1, steps) } ?? 1
    let passes = number(settings["epochs"]) ?? (number(settings["batchSize"]) ?? 1) * updates
    return 4_000 + weights * passes
  }
}
