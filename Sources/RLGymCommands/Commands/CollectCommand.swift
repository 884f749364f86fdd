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

  @OptionGroup var who: ActorOptions
  @Option(help: "How many episodes.", transform: whole) var episodes: Int = 100
  @Option(help: "The directory of the dataset, which must not hold one.", completion: .directory)
  var output: String
  @Option(
    help: "The seed of the first episode; the others count up (default: a random one).",
    transform: whole)
  var seed: UInt64?
  @Option(help: "How many episodes to play together.", transform: whole) var envs: Int = 8
  @Option(help: "The most threads to use; results do not depend on it.", transform: whole)
  var threads: Int?
  @Option(
    help: ArgumentHelp(
      "The name of the dataset, such as mylab/cartpole-v0 (default: from --output).",
      valueName: "name"))
  var datasetID: String?

  func run() throws {
    try requireOutput(output)
    try requirePositive(episodes, "--episodes")
    try requirePositive(envs, "--envs")
    try requirePositive(threads, "--threads")
    let actor = try who.actor(example: "collect --random CartPole --output cartpole-v0")
    let entry = actor.entry
    let bytes = MemoryNeed(environments: min(envs, episodes), in: entry.spec).total
    let limit = MemoryLimit.bytes
    guard bytes <= limit else {
      throw ExperimentError.invalid(
        "\(envs) environments would take \(Format.bytes(Int(clamping: bytes))) of memory, and there are \(Format.bytes(Int(clamping: limit))); lower --envs."
      )
    }
    let isRandom = who.stochastic || who.random != nil
    if let datasetID, !RolloutLogMetadata.isName(datasetID) {
      throw ExperimentError.invalid("\(RolloutLogError.badName(datasetID))")
    }
    Interruption.install()
    // Datasets whose seeds are nearer than their episodes are many would share episodes.
    let seed = seed ?? UInt64.random(in: 0..<1_000_000_000_000)
    let player: any Player
    let algorithm: String
    switch actor {
    case .model(let model):
      algorithm = model.plan.agent.name
      player = PolicyPlayer(
        model.policy, name: algorithm, seed: who.stochastic ? seed : nil, stream: 0x434f_4c4c)
    case .chance: (player, algorithm) = (RandomPlayer(), "random")
    }
    let folder = URL(fileURLWithPath: output).lastPathComponent
    let metadata = try RolloutLogMetadata(
      datasetID: datasetID ?? RolloutLogMetadata.name(from: folder), spec: entry.spec,
      algorithm: algorithm,
      description:
        "\(episodes) episodes of \(entry.id) from seed \(seed) on, \(algorithm), \(isRandom ? "random" : "most likely") actions"
    )
    var options = RolloutLogWriter.Options()
    options.warn = { Output.warn($0) }
    let writer = try RolloutLogWriter(creating: output, metadata, options: options)
    let loop = EpisodeLoop(
      player, in: entry.makeVector, episodes: episodes, seed: seed, environments: envs)
    let start = ContinuousClock.now
    var returns = 0.0
    var count = 0
    var unfinished = 0
    do {
      let cores = ProcessInfo.processInfo.activeProcessorCount
      try loop.collect(on: ThreadTeam(threads: threads ?? cores)) { episode in
        writer.append(episode)
        try writer.check()
        unfinished += episode.isUnfinished ? 1 : 0
        returns += episode.episodicReturn
        count += 1
        if let number = Interruption.signalNumber { throw ExitCode(128 + number) }
      }
      if let fault = loop.fault {
        _ = try writer.synchronize()
        Output.note("The \(count) episodes before are in \(output).")
        throw fault
      }
      if let remark = loop.remark { Output.warn(remark.remarkText) }
    } catch let stop as ExitCode {
      _ = try writer.synchronize()
      Output.note("Stopped; the \(count) episodes so far are in \(output).")
      throw stop
    }
    if unfinished > 0 {
      Output.warn(
        "\(unfinished) of \(count) episodes were cut after \(Format.count(loop.stepLimit)) steps, as \(entry.id) has no time limit; the dataset has them as truncated."
      )
    }
    let steps = try writer.synchronize().steps
    let seconds = start.duration(to: .now) / .seconds(1)
    try Output.result(
      """
      \(Format.count(count)) episodes, \(Format.count(steps)) steps of \(entry.id) in \(Format.duration(seconds)), mean return \(Format.value(returns / Double(count))), seed \(seed) -> \(output)
      In Python: minari.MinariDataset("\(output)/data")
      """)
  }
}
