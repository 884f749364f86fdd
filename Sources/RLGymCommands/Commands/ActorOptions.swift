internal import ArgumentParser
internal import RLGym

/// `RUN` or `--random ENV`: who acts, and where.
struct ActorOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A run directory, or its best, final or a checkpoint.", valueName: "run"),
    completion: .directory)
  var path: String?
  @Option(
    help: ArgumentHelp("Take random actions in this environment instead.", valueName: "env"),
    completion: .list(Context.catalog.environments.names))
  var random: String?
  @OptionGroup var made: EnvironmentOptions
  @Flag(help: "Draw actions at random, as in training, instead of taking the most likely ones.")
  var stochastic = false

  /// Whom the options name.
  enum Actor {
    case model(TrainedPolicy)
    case chance(EnvironmentRegistry.Entry)

    /// Where it acts.
    var entry: EnvironmentRegistry.Entry {
      switch self {
      case .model(let model): model.plan.environment
      case .chance(let entry): entry
      }
    }
  }

  /// Finds out who is named.
  ///
  /// - Parameter example: A command that names someone, for who named nobody.
  func actor(example: String) throws -> Actor {
    switch (path, random) {
    case (_?, nil) where !made.envSet.isEmpty:
      throw ExperimentError.invalid(
        "--env-set goes with --random; a run has the arguments that it was trained with.")
    case (let path?, nil): return .model(try TrainedPolicy(run: path, catalog: Context.catalog))
    case (nil, _?) where stochastic:
      throw ExperimentError.invalid("--stochastic needs a run; --random is random already.")
    case (nil, let name?): return .chance(try Context.environment(name, made))
    case (nil, nil):
      throw ExperimentError.invalid(
        "Say who acts: a run directory, or --random ENV, as in: \(Invocation.program) \(example).")
    case (_?, _?): throw ExperimentError.invalid("Give a run directory or --random, not both.")
    }
  }

  /// A player of one episode at a time.
  ///
  /// - Parameter seed: Of the first episode; for models, `nil` is one that training never used.
  /// - Returns: The player, and the seed of the first episode.
  func player(_ actor: Actor, seed: UInt64?) -> (player: PolicyPlayer, seed: UInt64) {
    switch actor {
    case .model(let model):
      let seed = seed ?? model.evaluationSeed
      let name = model.plan.agent.name
      return (PolicyPlayer(model.policy, name: name, seed: stochastic ? seed : nil), seed)
    case .chance(let entry):
      let seed = seed ?? UInt64.random(in: 0..<1_000_000)
      return (PolicyPlayer(randomIn: entry.spec, seed: seed), seed)
    }
  }
}
