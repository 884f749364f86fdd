import RLGym

// The snippets about experiments. They are compiled, not run, as they write into the current directory;
// RLExperimentsTests runs what they call.

func snippetOfTypedRun() throws {
  let run = try TrainingRun(PPO.self, in: "CartPole", seed: 7, directory: "runs/a") {
    $0.epochs = 20
  }
  for event in run.events() {
    if case .failed(let error) = event { throw error }
    if case .evaluation(let evaluation) = event { print(evaluation.step, evaluation.mean) }
  }
  let policy = try TrainedPolicy(run: "runs/a")
  print(policy.plan)
}

func snippetOfNamedRun() throws {
  let run = try TrainingRun("ppo", in: "CartPole", settings: ["epochs": 20], directory: "runs/a")
  for event in run.events() {
    if case .failed(let error) = event { throw error }
    if case .evaluation(let evaluation) = event, evaluation.mean > 400 { break }
  }
}

func snippetOfChangedRun() throws {
  let run = try TrainingRun(SAC.self, in: "Pendulum", seed: 1) { $0.batchSize = 128 }
  try run.train()
}

func snippetOfOwnMetrics(_ run: TrainingRun) throws {
  try run.train { event in
    if case .update(let report) = event {
      try run.log("mine/episodes", Double(report.episodes.count))
    }
    return .proceed
  }
}

func snippetOfObserver(_ run: TrainingRun) throws {
  try run.train { event in
    guard case .update(let report) = event else { return .proceed }
    try run.log("mine/longest", Double(report.episodes.map(\.length).max() ?? 0))
    if report.stepsDone > 50_000 { try run.agent.change(to: ["learning_rate": 1e-4]) }
    return run.progress.meanReturn ?? 0 > 450 ? .stop : .proceed
  }
}

func snippetOfPolicy(observation: [Float]) throws {
  let policy = try TrainedPolicy(run: "runs/a")
  let action = policy.action(for: observation)
  print(try policy.evaluate(episodes: 100).mean)
  print(action)
}

func snippetOfMemory(observation: [Float], next: [Float]) throws {
  let policy = try TrainedPolicy(run: "runs/a")
  var memory: [Float] = []
  let first = policy.action(for: observation, memory: &memory)
  let second = policy.action(for: next, memory: &memory)
  print(first, second)
}

func snippetOfEpisodes() throws {
  let policy = try TrainedPolicy(run: "runs/a")
  let loop = EpisodeLoop(
    PolicyPlayer(policy.policy), in: policy.plan.environment.makeVector, episodes: 20, seed: 100,
    environments: 8)
  var farthest: Float = 0
  loop.play { event in
    if case .stepped = event {
      for row in loop.rows.indices where loop.rows[row].isLive {
        farthest = max(farthest, abs(loop.observation(of: row)[0]))
      }
    }
    return .proceed
  }
  print(farthest)
}

func snippetOfStudy() throws {
  let study = try Study([.init("ppo"), .init("dqn")], in: ["CartPole"], steps: 50_000, seeds: 10)
  try study.run(in: "study") { event in
    if case .warning(let words) = event { print(words) }
    return .proceed
  }
  let results = try study.results(in: "study")
  for task in results.tasks { print(task.name, task.final.value) }
}

func snippetOfSearch() throws {
  let plan = try TuningPlan(
    "ppo", in: "CartPole", steps: 20_000, trials: 30,
    ranges: ["epochs": .whole(low: 1, high: 20, .log)])
  if let results = try plan.run(in: "search") { print(results.verdict, results.best.settings) }
}

func snippetOfRuns() throws {
  for run in RunRecord.all(in: "runs") where run.state == .finished {
    print(run.path, run.meanReturn ?? .nan)
  }
}

func snippetOfComparedRuns() throws {
  let comparison = try RunComparison("runs/slow", "runs/fast")
  print(comparison.first.mean, comparison.second.mean, comparison.evidence)
}

func snippetOfReports(_ results: StudyResults) throws {
  try StudyReport(results).write(to: "study")
  let plot = try RunPlot(["runs/ppo", "other=runs/dqn"], title: "CartPole")
  try plot.write(to: "curves.svg")
  try StudyReport(reading: "study/results.json").write(to: "study")
}

func snippetOfSearchReport(_ plan: TuningPlan) throws {
  if let results = try plan.run(in: "search") { try TuningReport(results).write(to: "search") }
}

func snippetOfDiagnosis() {
  let diagnosis = Diagnosis()
  for problem in diagnosis.problems { print(problem) }
}

func snippetOfStop(_ agent: any Agent) throws {
  let deadline = ContinuousClock.now + .seconds(3600)
  let stop = StopRequest { ContinuousClock.now > deadline }
  try StopRequest.$current.withValue(stop) { try agent.train { _ in .proceed } }
}
