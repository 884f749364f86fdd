internal import Foundation
internal import RLCore
package import RLStatistics
internal import RLSupport

/// What a study found, as `results.json` holds it.
public struct StudyResults: Codable, Sendable {
  /// A number with its 95% interval.
  public struct Estimate: Codable, Sendable {
    /// The number.
    public var value: Double
    /// The lower end of its 95% interval; `nil` where the runs are too few to have one.
    @RunSummary.Nullable public var low: Double?
    /// The upper end of its 95% interval; `nil` where the runs are too few to have one.
    @RunSummary.Nullable public var high: Double?

    package init(_ value: Double, _ interval: Interval?) {
      (self.value, low, high) = (value, interval?.low, interval?.high)
    }

    /// The number with its interval, as in `491.2 [480.1, 500.0]`, or `491.2 [–]` where there is none.
    public var text: String { NumberText.estimate(self, Format.value) }
    /// The same of a share, as in `67% [34%, 90%]`.
    public var percentText: String { NumberText.estimate(self, NumberText.percent) }
  }

  /// One training.
  public struct Run: Codable, Sendable {
    /// The seed of everything random.
    public var seed: UInt64
    /// Why the run failed; a failed run counts with the return of random actions.
    public var problem: String?
    /// The mean return of 100 episodes with the final model.
    public var final: Double
    /// Environment steps, seconds of training and the mean return at each evaluation.
    public var steps: [Int]
    /// Seconds of training at each evaluation.
    public var seconds: [Double]
    /// The mean return of each evaluation.
    public var values: [Double]
    /// The same with actions drawn at random as in training.
    public var stochasticValues: [Double]
    /// The means of what the environment says of an episode with the final model, by name; `nil` if it says nothing.
    public var infos: [String: Double]?
    /// The same of each evaluation.
    public var infoValues: [String: [Double]]?
    /// How many of the 100 episodes with the final model were cut, because the environment has no time limit and they did
    /// not end by themselves; `nil` if none was.
    public var cutEpisodes: Int?
    /// The same of the 20 episodes of each evaluation.
    public var cutValues: [Int]?
    /// Seconds of training.
    public var wallSeconds: Double?
    /// Environment steps a second.
    public var stepsPerSecond: Double?
  }

  /// A statistic of the runs over steps or seconds.
  public struct Band: Codable, Sendable {
    /// The steps, seconds or scores.
    public var at: [Double]
    /// The statistic there.
    public var value: [Double]
    /// The lower ends of its 95% intervals; `nil` where the runs are too few to have one.
    public var low: [Double?]
    /// The upper ends of its 95% intervals; `nil` where the runs are too few to have one.
    public var high: [Double?]

    init(at: [Double], value: [Double], _ intervals: [Interval?]) {
      (self.at, self.value) = (at, value)
      (low, high) = (intervals.map { $0?.low }, intervals.map { $0?.high })
    }

    /// Whether each place has a value with its interval.
    var isWhole: Bool { Set([at.count, value.count, low.count, high.count]).count == 1 }
  }

  /// Steps or seconds to a threshold; what lies beyond the budget is `nil`.
  public struct Reached: Codable, Sendable {
    /// How many runs reached it.
    public var count: Int
    /// Of how many.
    public var of: Int
    /// The median over runs.
    public var median: Double?
    /// The lower end of its 95% interval.
    public var low: Double?
    /// The upper end of its 95% interval.
    public var high: Double?
  }

  /// An agent with its settings in an environment.
  public struct Task: Codable, Sendable {
    /// What the agent with its settings is called.
    public var name: String
    /// The agent's name.
    public var agent: String
    /// The environment's full name.
    public var environment: String
    /// The budget in environment steps.
    public var steps: Int
    /// All settings as text.
    public var settings: [String: String]
    /// The mean return that counts as solved.
    public var threshold: Double?
    /// The returns that count as 0 and 1 in scores.
    public var random: Double
    /// The return that counts as 1 in scores, if there is one.
    public var reference: Double?
    /// The runs that are over.
    public var runs: [Run]
    /// The interquartile mean over runs of the final return.
    public var final: Estimate
    /// The mean over runs of the final return.
    public var mean: Double
    /// The sample standard deviation over runs of the final return; `nil` for a single run.
    @RunSummary.Nullable public var deviation: Double?
    /// The interquartile mean over runs of the mean return over the budget.
    public var area: Estimate
    /// The interquartile mean over runs at each evaluation.
    public var overSteps: Band
    /// The same over seconds of training.
    public var overSeconds: Band
    /// Environment steps to the threshold.
    public var stepsToThreshold: Reached?
    /// Seconds of training to the threshold.
    public var secondsToThreshold: Reached?

    /// What the environment says of episodes with the final models, such as `success_rate` and costs: mean and
    /// sample standard deviation over runs, `nil` for a single run.
    public var infos: [(name: String, mean: Double, deviation: Double?)] {
      Set(runs.flatMap { ($0.infos ?? [:]).keys }).sorted().map { name in
        let values = runs.compactMap { $0.infos?[name] }
        return (
          InfoField.meanName(name), RLStatistics.mean(of: values), standardDeviation(of: values)
        )
      }
    }
  }

  /// An agent over all environments that all agents share.
  public struct Aggregated: Codable, Sendable {
    /// The agent with its settings.
    public var name: String
    /// The interquartile mean of its scores.
    public var interquartileMean: Estimate
    /// The median score.
    public var median: Estimate
    /// The mean score.
    public var mean: Estimate
    /// How far scores fall short of 1 on average.
    public var optimalityGap: Estimate
    /// The share of runs that score more than each threshold.
    public var profile: Band
  }

  /// How probable it is that a run of one agent ends better than one of another.
  public struct Improvement: Codable, Sendable {
    /// The first agent.
    public var better: String
    /// The second agent.
    public var than: String
    /// The probability.
    public var probability: Estimate
    /// The environments that both share.
    public var environments: [String]
  }

  /// How the study was made.
  public struct Origin: Codable, Sendable {
    /// The version of rlgym.
    public var rlgym: String
    /// The command that began the study.
    public var command: String
    /// When the results were worked out (ISO 8601).
    public var date: String
    /// The machine's name.
    public var host: String
    /// Its operating system.
    public var system: String
    /// Its processor.
    public var cpu: String
    /// Its cores.
    public var cores: Int
    /// Evaluations over the budget.
    public var evaluations: Int
    /// Seeds of each task.
    public var seeds: Int
    /// Of the intervals.
    public var repetitions: Int
  }

  /// How the study was made.
  public var origin: Origin
  /// The agents with their settings in their environments.
  public var tasks: [Task]
  /// The environments that all agents share and that have a reference return.
  public var commonEnvironments: [String]
  /// Scores over all common environments.
  public var aggregates: [Aggregated]
  /// Each pair of agents.
  public var improvements: [Improvement]

  /// Reads results, or says what is wrong with them.
  ///
  /// - Parameter path: The file `results.json` of a study.
  public init(reading path: String) throws {
    let bytes = try FileStore.read(path)
    do {
      self = try JSONText.decode(bytes)
    } catch {
      throw FileError.damaged(path, reason: "it does not hold the results of a study")
    }
    if let problem { throw FileError.damaged(path, reason: problem) }
  }

  /// What no study can have found, in a file that was changed; `nil` if all is well.
  private var problem: String? {
    for task in tasks {
      let name = "\(task.name) in \(task.environment)"
      if task.runs.isEmpty { return "\(name) has no runs" }
      for run in task.runs {
        let counts = Set([run.steps.count, run.seconds.count, run.values.count])
        let isDrawn = run.stochasticValues.isEmpty || counts.contains(run.stochasticValues.count)
        let isTold =
          (run.infoValues ?? [:]).values.allSatisfy { $0.count == run.steps.count }
          && run.cutValues?.count ?? run.steps.count == run.steps.count
        guard counts.count == 1, isDrawn, isTold else {
          return "seed \(run.seed) of \(name) has evaluations without steps, times or returns"
        }
        guard (0...TrainingRun.finalEpisodes).contains(run.cutEpisodes ?? 0),
          (run.cutValues ?? []).allSatisfy((0...TrainingRun.choiceEpisodes).contains)
        else { return "seed \(run.seed) of \(name) has more cut episodes than episodes" }
        guard run.steps.first ?? 0 >= 0, run.steps.last ?? 0 <= 1 << 53,
          zip(run.steps, run.steps.dropFirst()).allSatisfy({ $0 <= $1 })
        else { return "the evaluations of seed \(run.seed) of \(name) are not in order" }
      }
      if [task.overSteps, task.overSeconds].contains(where: { !$0.isWhole }) {
        return "the curves of \(name) are not whole"
      }
    }
    return aggregates.allSatisfy(\.profile.isWhole) ? nil : "a profile is not whole"
  }

  init(
    origin: Origin, tasks: [Task], commonEnvironments: [String], aggregates: [Aggregated],
    improvements: [Improvement]
  ) {
    self.origin = origin
    self.tasks = tasks
    self.commonEnvironments = commonEnvironments
    self.aggregates = aggregates
    self.improvements = improvements
  }

  /// The agents by the names they have in the study, in its order.
  public var names: [String] { tasks.names }
  /// The environments, in the study's order.
  public var environments: [String] { tasks.environments }
  /// The runs that are over.
  public var runCount: Int { tasks.reduce(0) { $0 + $1.runs.count } }
}

extension [StudyResults.Task] {
  /// The agents by the names they have in the study, and the environments, in the study's order.
  var names: [String] { Self.unique(map(\.name)) }
  var environments: [String] { Self.unique(map(\.environment)) }

  private static func unique(_ words: [String]) -> [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0).inserted }
  }
}
