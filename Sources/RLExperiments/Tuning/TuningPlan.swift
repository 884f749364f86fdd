internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLStatistics
public import RLSupport
internal import Yams

/// What is to be searched: an agent's settings in an environment, how, and for how long; the file `tune.yaml`.
///
/// ```swift
/// let plan = try TuningPlan(
///   "ppo", in: "CartPole", steps: 20_000, trials: 30,
///   ranges: ["epochs": .whole(low: 1, high: 20, .log)])
/// if let results = try plan.run(in: "search") { print(results.verdict, results.best.settings) }
/// ```
public struct TuningPlan: Equatable {
  /// The agent's name in the catalog.
  public var agent: String
  /// The environment's full name.
  public var environment: String
  /// The arguments that the environment is made with, by name.
  public var environmentArguments: [String: JSONValue] = [:]
  /// The budget of each run in environment steps.
  public var steps: Int
  /// How many configurations are tried.
  public var trials: Int
  /// Runs of each trial.
  public var seedsPerTrial = 2
  /// Runs with new seeds of the best trials and of the starting point.
  public var confirm = 10
  /// The seed of the search.
  public var seed: UInt64 = 0
  /// What chooses the next trial.
  public var sampler = Sampler.tpe
  /// What cuts off bad trials.
  public var pruner = Pruner.median
  /// What counts.
  public var objective = TuningObjective.last
  /// Whether the starting point is the environment's preset rather than the agent's defaults.
  public var usesPreset = true
  /// Evaluations over the budget.
  public var points = 20
  package var space: SearchSpace

  /// The settings that are searched, without those that share another's value.
  public var searched: [String] { space.dimensions.map(\.name) }

  /// How many of the best trials are confirmed.
  package static let confirmed = 3

  /// Whether two plans say the same; the order of the space's dimensions says nothing.
  func isSame(as other: TuningPlan) -> Bool {
    func ordered(_ plan: TuningPlan) -> TuningPlan {
      var plan = plan
      plan.space.dimensions.sort { $0.name < $1.name }
      return plan
    }
    return ordered(self) == ordered(other)
  }

  /// What the starting point is called.
  package func startName(_ catalog: Catalog) -> String {
    let name = usesPreset ? "the preset" : "the defaults"
    let plain = try? RunPlan(
      agent: agent, environment: environment, usesPreset: usesPreset,
      arguments: environmentArguments, catalog: catalog)
    let isPlain = plain?.configuration.values.allSatisfy {
      space.start[$0.name]?.word == $0.value.word
    }
    return isPlain == false ? name + " with what is fixed" : name
  }

  /// Plans a search from the agent's preset, or from its defaults where it has none.
  ///
  /// - Parameters:
  ///   - agent: The agent's name in the catalog.
  ///   - environment: The environment's name in the catalog, with a version or without.
  ///   - arguments: Arguments of the environment by name, instead of their defaults.
  ///   - steps: The budget of each run; the preset's if `nil`.
  ///   - trials: How many configurations are tried.
  ///   - usesPreset: Whether the search starts from the preset.
  ///   - settings: Settings that are the same in all trials.
  ///   - ranges: Ranges instead of the agent's own, or of settings without one.
  ///   - file: A YAML file of settings and ranges, which those that are given here come before.
  ///   - catalog: The agents and environments there are.
  ///   - warn: Told of an environment that has a newer version, and of settings without effect in the starting point.
  /// - Throws: Errors of names, settings and ranges.
  public init(
    _ agent: String, in environment: String, arguments: [String: JSONValue] = [:],
    steps: Int? = nil, trials: Int = 50, usesPreset: Bool = true,
    settings: [String: JSONValue] = [:], ranges: [String: SearchRange] = [:],
    file: String? = nil, catalog: Catalog = .builtIn, warn: (String) -> Void = { _ in }
  ) throws {
    var wishes = try file.map { try SearchSpace.wishes(reading: $0) } ?? SearchSpace.Wishes()
    let own = wishes
    wishes.dimensions.removeAll { ranges[$0.name] != nil }
    wishes.dimensions += ranges.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
    let plan = try RunPlan(
      agent: agent, environment: environment, usesPreset: usesPreset, steps: steps,
      arguments: arguments, catalog: catalog, warn: warn)
    self.agent = plan.agent.name
    self.environment = plan.environment.id
    environmentArguments = plan.environment.spec.arguments
    self.steps = plan.steps
    self.trials = trials
    self.usesPreset = usesPreset && plan.agent.presets[plan.environment.id] != nil
    let start = SearchSpace(from: plan.configuration, steps: self.steps)
    space = try RunPlan.placing(
      in: file, own.fixed.merging(own.dimensions.map { ($0.name, .null) }) { $1 },
      under: settings.merging(ranges.mapValues { _ in .null }) { $1 }, plan.agent
    ) { isWhole in
      try start.following(
        isWhole ? wishes : own, single: isWhole ? settings : [:], kind: plan.agent)
    }
    try check()
    try self.plan([:], seed: 0, catalog: catalog).warnings.forEach(warn)
  }

  /// Throws `ExperimentError` if a number is out of range.
  public func check() throws {
    func require(_ holds: Bool, _ problem: String) throws {
      if !holds { throw ExperimentError.invalid(problem) }
    }
    try require(
      (1...100_000).contains(trials), "A search has from 1 to 100000 trials, not \(trials).")
    try require(
      (1...100).contains(seedsPerTrial),
      "A trial needs from 1 to 100 seeds, not \(seedsPerTrial).")
    try require(
      (0...1000).contains(confirm) && confirm != 1,
      "--confirm takes from 2 to 1000 seeds, or 0 for none, not \(confirm).")
    try require(
      steps >= points,
      "The budget must be \(points) steps or more, one an evaluation, not \(steps).")
    try require(
      (1...1000).contains(points), "A run has from 1 to 1000 evaluations, not \(points).")
    try require(steps <= 1 << 50, "The budget of \(steps) steps is beyond reach.")
  }

  // MARK: Runs

  /// The training seed of a trial's run; all trials have the same.
  func trainingSeed(_ index: Int) -> UInt64 { seed &* 10_000 &+ UInt64(index) }

  /// The training seed of a run that confirms a trial, which no trial had.
  package func confirmingSeed(_ index: Int) -> UInt64 { seed &* 10_000 &+ 1000 &+ UInt64(index) }

  /// The plan of a run.
  package func plan(_ settings: [String: JSONValue], seed: UInt64, catalog: Catalog) throws
    -> RunPlan
  {
    try RunPlan(
      agent: agent, environment: environment, file: space.start, settings: settings,
      usesPreset: false, steps: steps, seed: seed, arguments: environmentArguments,
      catalog: catalog)
  }

  /// A run's mean returns at evenly spaced places, as far as they are known: each is that of the latest
  /// evaluation, and of random actions before the first.
  ///
  /// - Parameter isOver: Whether the run has no more evaluations to come.
  package func values(_ curve: EvaluationCurve, isOver: Bool, random: Double) -> [Double] {
    let known = LearningCurve(steps: curve.steps, seconds: curve.seconds, values: curve.values)
    let last = curve.steps.last ?? 0
    let places = (1...points).map { steps / points * $0 + steps % points * $0 / points }
    return places.prefix { isOver || $0 <= last }.map { known.value(atStep: $0) ?? random }
  }

  /// A search of this plan in which nothing has happened yet.
  package func search(_ catalog: Catalog) throws -> TuningState {
    let (kind, start) = (try catalog.agents.named(agent), space.start)
    return TuningState(
      space, sampler: sampler, pruner: pruner, objective: objective, seeds: seedsPerTrial,
      points: points, trials: trials, seed: seed,
      isPossible: { (try? kind.settings([start, $0])) != nil })
  }

  // MARK: Files

  private static let keys = [
    "agent", "environment", "environmentArguments", "steps", "trials", "seedsPerTrial", "confirm",
    "seed", "sampler",
    "pruner", "objective", "preset", "points", "start", "space",
  ]

  /// The plan as a file that can be read back.
  package var yaml: String {
    var file = YAMLMapping()
    file.add("agent", .string(agent))
    file.add("environment", .string(environment))
    for (name, number) in [
      ("steps", steps), ("trials", trials), ("seedsPerTrial", seedsPerTrial), ("confirm", confirm),
    ] { file.add(name, .int(number)) }
    file.add("seed", seed)
    file.add("sampler", .string(sampler.rawValue))
    file.add("pruner", .string(pruner.rawValue))
    file.add("objective", .string(objective.rawValue))
    file.add("preset", .bool(usesPreset))
    file.add("points", .int(points))
    if !environmentArguments.isEmpty {
      file.add("environmentArguments", YAMLMapping(environmentArguments))
    }
    file.add("start", YAMLMapping(space.start))
    file.add("space", space.yaml)
    return file.text
  }

  /// Reads a plan that `yaml` wrote.
  package init(yaml text: String, name: String, catalog: Catalog) throws {
    func fail(_ problem: String) -> FileError { .damaged(name, reason: problem) }
    guard let root = try ConfigurationFile.compose(text, name: name)?.mapping else {
      throw fail("it does not consist of lines 'key: value'")
    }
    for key in root.keys where !Self.keys.contains(key.string ?? "") {
      throw fail("it has an unknown key '\(key.string ?? "")'")
    }
    func word(_ key: String) throws -> String {
      guard let word = root[key]?.string else { throw fail("it does not say '\(key)'") }
      return word
    }
    func number(_ key: String) throws -> Int {
      guard let value = Int(whole: try word(key)) else { throw fail("'\(key)' is no whole number") }
      return value
    }
    func known<Word: RawRepresentable<String>>(_ key: String) throws -> Word {
      guard let value = Word(rawValue: try word(key)) else {
        throw fail("'\(key)' is no known word")
      }
      return value
    }
    guard let start = root["start"]?.mapping, let ranges = root["space"]?.mapping else {
      throw fail("it has no 'start' or no 'space'")
    }
    let kind = try catalog.agents.named(try word("agent"))
    agent = kind.name
    if let values = root["environmentArguments"]?.mapping {
      environmentArguments = try ConfigurationFile.values(values, name: name)
    }
    environment = try catalog.environment(word("environment"), environmentArguments).id
    (steps, trials) = (try number("steps"), try number("trials"))
    (seedsPerTrial, confirm) = (try number("seedsPerTrial"), try number("confirm"))
    guard let seed = UInt64(whole: try word("seed")) else {
      throw fail("'seed' is no whole number")
    }
    self.seed = seed
    (sampler, pruner, objective) = (
      try known("sampler"), try known("pruner"), try known("objective")
    )
    usesPreset = try word("preset") == "true"
    points = try number("points")
    let wishes = try SearchSpace.wishes(ranges, name: name)
    guard wishes.fixed.isEmpty else { throw fail("its 'space' has a value without a range") }
    space = SearchSpace(
      wishes.dimensions, start: try ConfigurationFile.values(start, name: name))
    try space.check(kind)
    try check()
  }
}
