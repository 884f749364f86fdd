internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLStatistics
internal import RLSupport

/// Reads the runs of a study and works out its results.
struct StudyAnalysis {
  let study: Study
  let directory: String
  let catalog: Catalog
  /// For intervals of one number.
  private let bootstrap = Bootstrap(repetitions: 50_000)
  /// For each point of a curve, as often as for rliable's profiles.
  private let curveBootstrap = Bootstrap(repetitions: 2_000)

  /// The results of the runs that are there; tasks without any are left out.
  func results() throws -> StudyResults {
    let jobs = study.jobs
    var tasks: [StudyResults.Task] = []
    var references: [String: Double] = [:]
    for (i, task) in study.tasks.enumerated() {
      let over = jobs.filter { $0.task == i && StudyRunner.isOver(directory + "/" + $0.path) }
      if over.isEmpty { continue }
      let entry = try study.environment(task, catalog: catalog)
      // Agents in the same environment share it.
      let random = references[task.environment] ?? ScoreReference.random(entry)
      references[task.environment] = random
      let runs = try over.compactMap { try run($0, entry, random: random) }
      tasks.append(try analyse(task, entry, runs, random))
    }
    let common = commonEnvironments(of: tasks)
    return StudyResults(
      origin: origin, tasks: tasks, commonEnvironments: common,
      aggregates: aggregates(tasks, common), improvements: improvements(tasks, common))
  }

  // MARK: Runs

  /// One training, or `nil` if it is not over.
  private func run(
    _ job: Study.Job, _ entry: EnvironmentRegistry.Entry, random: Double
  ) throws -> StudyResults.Run? {
    let path = directory + "/" + job.path
    guard RunDirectory.isOver(path) else {
      return RunLauncher.problem(of: path).map {
        StudyResults.Run(
          seed: job.seed, problem: $0, final: random, steps: [], seconds: [], values: [],
          stochasticValues: [])
      }
    }
    let summary = try RunSummary(reading: path)
    try summary.requireItsFiles(in: path)
    let curve = try EvaluationCurve(path + "/" + EvaluationLog.file)
    if let problem = try problem(of: path, job, summary, curve) {
      throw ExperimentError.failed(
        "'\(path)' is no run of this study: \(problem). Put the files back, or remove the run and train it anew with the same command."
      )
    }
    return StudyResults.Run(
      seed: job.seed, problem: nil, final: summary.evaluation.mean, steps: curve.steps,
      seconds: curve.seconds, values: curve.values, stochasticValues: curve.stochasticValues,
      infos: summary.evaluation.infos, infoValues: curve.infos.isEmpty ? nil : curve.infos,
      cutEpisodes: summary.evaluation.cutEpisodes,
      cutValues: entry.spec.maxEpisodeSteps == nil
        ? curve.episodes(ofLength: TrainingRun.endlessLimit) : nil,
      wallSeconds: summary.wallSeconds, stepsPerSecond: summary.stepsPerSecond)
  }

  /// What a run has that the study did not plan, or that does not go together; `nil` if all is well.
  private func problem(
    of path: String, _ job: Study.Job, _ summary: RunSummary, _ curve: EvaluationCurve
  ) throws -> String? {
    let task = study.tasks[job.task]
    let planned = try study.plan(task, seed: job.seed, catalog: catalog)
    let found = try RunPlan(reading: path + "/config.yaml", catalog: catalog)
    // Presets, and defaults since version 0.1.0, may have changed; what the study says has not.
    let own = Set(try planned.agent.defaults.translated(task.settings).values.keys)
    let changes = try found.changes(from: planned).filter {
      (!task.usesPreset && summary.checksums != nil) || own.contains($0.key)
        || RunPlan.keys.contains($0.key)
    }
    if !changes.isEmpty {
      return "by the study \(RunPlan.words(changes)) in its config.yaml"
    }
    let isOfPlan =
      summary.algorithm == planned.agent.name && summary.environment == planned.environment.id
      && summary.seed == planned.seed
    if !isOfPlan { return "its summary.json is of another run" }
    let figures = summary.evaluation
    // The mean of equal numbers may differ from them in the last digit.
    let slack = 1e-9 * max(abs(figures.min), abs(figures.max))
    let isPossible =
      figures.episodes > 0 && figures.std ?? 0 >= 0 && figures.mean.isFinite
      && figures.mean >= figures.min - slack && figures.mean <= figures.max + slack
    if !isPossible { return "the figures in its summary.json are impossible" }
    if summary.solvedAtStep == nil, summary.steps < planned.steps {
      return "it was trained for \(summary.steps) steps, not \(planned.steps)"
    }
    if let last = curve.steps.last, last > summary.steps {
      return "its evaluations go on to step \(last), after its last one, \(summary.steps)"
    }
    return nil
  }

  // MARK: Tasks

  private func analyse(
    _ task: Study.Task, _ entry: EnvironmentRegistry.Entry, _ runs: [StudyResults.Run],
    _ random: Double
  ) throws -> StudyResults.Task {
    let finals = runs.map(\.final)
    let curves = runs.map { LearningCurve(steps: $0.steps, seconds: $0.seconds, values: $0.values) }
    let plan = try study.plan(task, seed: 0, catalog: catalog)
    // Before its first evaluation a run is as good as random.
    let steps = (1...study.points).map { Double(task.steps * $0) / Double(study.points) }
    let overSteps = band(at: steps) { at in
      curves.map { $0.value(atStep: Int(at.rounded(.up))) ?? random }
    }
    let last = runs.compactMap(\.seconds.last).max() ?? 0
    let seconds = (1...study.points).map { last * Double($0) / Double(study.points) }
    let overSeconds = band(at: seconds) { at in curves.map { $0.value(atSecond: at) ?? random } }
    let threshold = entry.spec.rewardThreshold
    // Five evaluations in a row, or all of a run that has fewer.
    let window = min(5, max(1, curves.map(\.values.count).max() ?? 0))
    let reached = threshold.map { threshold in
      curves.map { $0.reached(threshold, window: window) }
    }
    return StudyResults.Task(
      name: task.name, agent: task.agent, environment: task.environment, steps: task.steps,
      settings: Dictionary(
        plan.configuration.values.map { ($0.name, $0.value.word) }, uniquingKeysWith: { $1 }),
      threshold: threshold, random: random, reference: ScoreReference.reference(entry.spec),
      runs: runs, final: interquartileMean(finals), mean: mean(of: finals),
      deviation: standardDeviation(of: finals),
      area: interquartileMean(curves.map { $0.areaUnderCurve ?? random }), overSteps: overSteps,
      overSeconds: overSeconds,
      stepsToThreshold: reached.map { summary($0.map { $0.map { Double($0.step) } }) },
      secondsToThreshold: reached.map { summary($0.map { $0?.second }) })
  }

  private func interquartileMean(_ values: [Double]) -> StudyResults.Estimate {
    let scores = Scores([values])
    let aggregate = Aggregate.interquartileMean
    return StudyResults.Estimate(
      aggregate(scores), bootstrap.runInterval(of: scores) { aggregate($0) })
  }

  private func band(at places: [Double], _ values: (Double) -> [Double]) -> StudyResults.Band {
    let scores = places.map { Scores([values($0)]) }
    let aggregate = Aggregate.interquartileMean
    return StudyResults.Band(
      at: places, value: scores.map { aggregate($0) },
      scores.map { curveBootstrap.runInterval(of: $0) { aggregate($0) } })
  }

  private func summary(_ amounts: [Double?]) -> StudyResults.Reached {
    let sample = CensoredSample(amounts)
    let interval = sample.medianInterval()
    func known(_ x: Double?) -> Double? { x.flatMap { $0.isFinite ? $0 : nil } }
    return StudyResults.Reached(
      count: sample.known.count, of: sample.count, median: sample.median,
      low: known(interval?.low), high: known(interval?.high))
  }

  // MARK: Agents

  private func commonEnvironments(of tasks: [StudyResults.Task]) -> [String] {
    tasks.environments.filter { environment in
      let here = tasks.filter { $0.environment == environment }
      return Set(here.map(\.name)) == Set(tasks.names)
        && here.allSatisfy { task in task.reference.map { $0 > task.random } ?? false }
    }
  }

  /// Final returns as scores: 0 as good as random, 1 as good as the reference.
  private func scores(_ tasks: [StudyResults.Task], _ name: String, _ environments: [String])
    -> Scores?
  {
    let columns = environments.compactMap { environment in
      tasks.first { $0.name == name && $0.environment == environment }.map { task in
        task.runs.map { ($0.final - task.random) / ((task.reference ?? 1) - task.random) }
      }
    }
    return columns.isEmpty ? nil : Scores(columns)
  }

  private func aggregates(_ tasks: [StudyResults.Task], _ environments: [String])
    -> [StudyResults.Aggregated]
  {
    tasks.names.compactMap { name in
      guard let scores = scores(tasks, name, environments) else { return nil }
      let aggregates: [Aggregate] = [.interquartileMean, .median, .mean, .optimalityGap]
      let intervals = bootstrap.runIntervals(of: [scores]) { drawn in
        aggregates.map { $0(drawn[0]) }
      }
      let estimates = zip(aggregates, intervals).map { StudyResults.Estimate($0(scores), $1) }
      let thresholds = (0...60).map { Double($0) / 50 }
      let profile = curveBootstrap.runIntervals(of: [scores]) {
        performanceProfile($0[0], thresholds: thresholds)
      }
      return StudyResults.Aggregated(
        name: name, interquartileMean: estimates[0], median: estimates[1], mean: estimates[2],
        optimalityGap: estimates[3],
        profile: StudyResults.Band(
          at: thresholds, value: performanceProfile(scores, thresholds: thresholds),
          profile.map { $0.map { Interval(low: max(0, $0.low), high: min(1, $0.high)) } }))
    }
  }

  /// For each pair of agents, over the environments that both are in.
  private func improvements(_ tasks: [StudyResults.Task], _ common: [String])
    -> [StudyResults.Improvement]
  {
    let names = tasks.names
    var result: [StudyResults.Improvement] = []
    for (i, better) in names.enumerated() {
      for than in names[(i + 1)...] {
        let mine = tasks.filter { $0.name == better }
        let pairs = mine.compactMap { task in
          tasks.first { $0.name == than && $0.environment == task.environment }.map { (task, $0) }
        }
        if pairs.isEmpty { continue }
        let x = Scores(pairs.map { $0.0.runs.map(\.final) })
        let y = Scores(pairs.map { $0.1.runs.map(\.final) })
        result.append(
          StudyResults.Improvement(
            better: better, than: than,
            probability: StudyResults.Estimate(
              probabilityOfImprovement(x, over: y), improvementInterval(x, over: y)),
            environments: pairs.map(\.0.environment)))
      }
    }
    return result
  }

  private var origin: StudyResults.Origin {
    let machine = Machine()
    return StudyResults.Origin(
      rlgym: rlgymVersion,
      command: StudyDirectory.command(of: directory) ?? Invocation.command,
      date: ISO8601DateFormatter().string(from: Date()), host: machine.host,
      system: machine.system, cpu: machine.cpu, cores: machine.cores, evaluations: study.points,
      seeds: study.seeds, repetitions: bootstrap.repetitions)
  }
}
