internal import ArgumentParser
internal import Foundation
internal import RLGym

/// `rlgym collect RUN|--random ENV`
struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "Play episodes and keep them as a Minari dataset.",
    discussion: """
      Each episode starts from a seed of its own, which the dataset keeps, so `rlgym log verify` can \
      repeat it.
      """)

  @Argument(
    help: ArgumentHelp(
      "A run directory, or its best, final or a checkpoint.", valueName: "run"),
    completion: .directory)
  var path: String?
  @Option(
    help: ArgumentHelp("Act at random in this environment instead.", valueName: "env"),
    completion: .list(Context.registry.names))
  var random: String?
  @Option(help: "How many episodes.") var episodes = 100
  @Option(help: "The directory of the dataset, which must not hold one.", completion: .directory)
  var output: String
  @Option(help: "The seed of the first episode; the others count up (default: a random one).")
  var seed: UInt64?
  @Flag(help: "Draw the policy's actions at random instead of taking the most likely ones.")
  var stochastic = false
  @Option(help: "How many episodes to play together.") var envs = 8
  @Option(
    help: ArgumentHelp(
      "The name of the dataset, such as mylab/cartpole-v0 (default: from --output).",
      valueName: "name"))
  var datasetID: String?

  func run() throws {
    guard episodes > 0 else { throw UsageError("--episodes must be 1 or more, not \(episodes).") }
    guard envs > 0 else { throw UsageError("--envs must be 1 or more, not \(envs).") }
    let (entry, actor, algorithm) = try performer()
    if let datasetID, !RolloutLogMetadata.isName(datasetID) {
      throw UsageError("\(RolloutLogError.badName(datasetID))")
    }
    Interruption.install()
    let seed = seed ?? UInt64.random(in: 0..<1_000_000)
    let folder = URL(fileURLWithPath: output).lastPathComponent
    let metadata = try RolloutLogMetadata(
      datasetID: datasetID ?? RolloutLogMetadata.name(from: folder), spec: entry.spec,
      algorithm: algorithm,
      description:
        "\(episodes) episodes of \(entry.id) from seed \(seed) on, \(algorithm), \(stochastic || random != nil ? "random" : "most likely") actions"
    )
    var options = RolloutLogWriter.Options()
    options.warn = { Output.warn($0) }
    let writer = try RolloutLogWriter(creating: output, metadata, options: options)
    let collector = EpisodeCollector(
      in: entry.makeVector, actor: actor, seed: seed, environments: envs)
    let start = ContinuousClock.now
    var returns = 0.0
    var count = 0
    do {
      try collector.collect(episodes) { episode in
        writer.append(episode)
        try writer.check()
        returns += episode.episodicReturn
        count += 1
        if let number = Interruption.signalNumber { throw ExitCode(128 + number) }
      }
    } catch let stop as ExitCode {
      _ = try writer.synchronize()
      Output.note("Stopped; the \(count) episodes so far are in \(output).")
      throw stop
    }
    let steps = try writer.synchronize().steps
    let seconds = start.duration(to: .now).seconds
    print(
      """
      \(Format.count(count)) episodes, \(Format.count(steps)) steps of \(entry.id) in \(Format.duration(seconds)), mean return \(Format.value(returns / Double(count))), seed \(seed) -> \(output)
      In Python: minari.MinariDataset("\(output)/data")
      """)
  }

  private func performer() throws -> (
    EnvironmentRegistry.Entry, EpisodeCollector.Actor, String
  ) {
    switch (path, random) {
    case (let path?, nil):
      let model = try TrainedModel(path)
      return (
        model.plan.entry, .policy(model.policy, isDeterministic: !stochastic), model.plan.kind.name
      )
    case (nil, let name?):
      if stochastic { throw UsageError("--stochastic needs a run; --random is random already.") }
      let (entry, warning) = try Context.registry.resolve(name)
      if let warning { Output.warn(warning) }
      return (entry, .random, "random")
    case (nil, nil):
      throw UsageError(
        "Say who acts: a run directory, or --random ENV, as in: \(Context.program) collect --random CartPole --output cartpole-v0."
      )
    case (_?, _?):
      throw UsageError("Give a run directory or --random, not both.")
    }
  }
}
