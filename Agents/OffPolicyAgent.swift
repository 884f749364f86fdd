public import RLCore
internal import RLSupport
internal import RLTensor

/// An agent that learns from a replay buffer, which may begin with what others did.
public protocol ReplayLearner: Agent {
  /// Fills the replay buffer with the transitions of episodes, the newest ones if there are too many.
  ///
  /// To be called before training. The episodes are shared out among the environments, as if each had played
  /// some of them; what does not come out even at the end is left out.
  ///
  /// - Parameter next: Gives the next episode; `nil` after the last.
  /// - Returns: How many transitions the buffer has.
  /// - Throws: `AgentError.unusableEpisodes` if there are fewer episodes than environments, or one has other
  ///   spaces or numbers that are not finite; and whatever `next` throws.
  func prefill(_ next: () throws -> Episode?) throws -> Int
}

extension ReplayLearner {
  /// Fills the replay buffer with the transitions of episodes, as `prefill(_:)` does.
  public func prefill(from episodes: some Sequence<Episode>) throws -> Int {
    var iterator = episodes.makeIterator()
    return try prefill { iterator.next() }
  }
}

/// An agent that alternates between `trainFrequency` steps or episodes and a round of updates from its replay
/// buffer.
///
/// The loop, its reports and the saving of what all such agents have are here; an agent adds how it acts,
/// one update, and its networks.
protocol OffPolicyAgent: ReplayLearner where Settings: OffPolicySettings {
  /// The environments, the replay buffer, counters and random streams.
  var loop: OffPolicyLoop { get }
  /// The networks that an optimizer trains.
  var trained: [HalvedParameters] { get }
  /// The networks that follow the trained ones, with their names in files.
  var targets: [(name: String, weights: Parameters)] { get }
  /// Measurements for the report, beside the learning rate and the number of updates.
  var measurements: [(name: String, value: Double)] { get }

  /// Puts an action for each environment into `loop.collector.chosen`.
  func chooseActions()
  /// Follows each step of the environments.
  func didStep()
  /// Draws a batch and learns from it.
  func update()
  /// Saves what only this agent has.
  func saveOwn(to archive: inout StateArchive)
  /// Takes over what `saveOwn` wrote; everything else is restored already.
  func restoreOwn(from archive: StateArchive) throws(StateError)
}

extension OffPolicyAgent {
  func didStep() {}
  func saveOwn(to archive: inout StateArchive) {}
  func restoreOwn(from archive: StateArchive) throws(StateError) {}

  /// Environment steps taken so far, over all sub-environments.
  public var stepsDone: Int { loop.stepsDone }

  // MARK: Training

  /// Trains until the budget is used up or `observe` says stop. The budget is rounded up to whole rounds.
  public func train(observe: (TrainingReport) throws -> TrainingDirective) throws {
    let (c, loop) = (configuration, loop)
    while loop.stepsDone < loop.stepsTotal {
      loop.means = OffPolicyLoop.Means()
      // A report is due after a hundred steps and the round that these end in.
      let due = min(loop.stepsDone + 100, loop.stepsTotal)
      repeat {
        let before = loop.stepsDone
        playRound(c)
        if loop.stepsDone > c.learningStarts {
          for _ in 0..<c.updates(after: loop.stepsDone - before) { update() }
        }
      } while loop.stepsDone < due
      loop.iterations += 1
      try check()
      let report = TrainingReport(
        stepsDone: loop.stepsDone, stepsTotal: loop.stepsTotal, iterations: loop.iterations,
        episodes: loop.collector.takeEpisodes(),
        metrics: [("learning_rate", c.learningRate.value(at: loop.progress))] + measurements
          + [("n_updates", Double(loop.updates))])
      if case .stop = try observe(report) { return }
    }
  }

  /// Takes the steps that come before a round of updates. Episodes, of which some never end, are left when the
  /// budget is used up.
  private func playRound(_ c: Settings) {
    let loop = loop
    loop.stepsOfRound = 0
    switch c.trainFrequencyUnit {
    case .step:
      for _ in 0..<c.trainFrequency { step() }
    case .episode:
      var ended = 0
      for _ in 0..<loop.stepsTotal - loop.stepsDone where ended < c.trainFrequency {
        step()
        if loop.collector.hasEnded(0) { ended += 1 }
      }
    }
  }

  /// Takes one step in every environment.
  private func step() {
    let loop = loop
    chooseActions()
    loop.collector.step(stepsDone: loop.stepsDone)
    loop.stepsDone += loop.collector.count
    loop.stepsOfRound += 1
    didStep()
  }

  private func check() throws(AgentError) {
    try loop.collector.check(stepsDone: stepsDone)
    if !loop.means.areFinite || !trained.allSatisfy(\.whole.areFinite) {
      throw .notFinite(what: "a loss or a weight", step: stepsDone)
    }
  }

  /// Fills the replay buffer with the transitions of episodes.
  public func prefill(_ next: () throws -> Episode?) throws -> Int {
    try loop.collector.prefill(next)
  }

  // MARK: State

  /// Writes what acting needs, the critics and the target networks.
  public func savePolicy(to archive: inout StateArchive) {
    for network in trained { network.whole.save(to: &archive, prefix: "policy/\(network.name).") }
    for target in targets { target.weights.save(to: &archive, prefix: "policy/\(target.name).") }
    loop.collector.encoder.statistics?.save(to: &archive, prefix: "policy/observations.")
  }

  /// Writes everything that exact resume needs.
  public func save(to archive: inout StateArchive) {
    savePolicy(to: &archive)
    for network in trained {
      network.saveOptimizer(to: &archive, prefix: optimizerPrefix(network))
    }
    loop.save(to: &archive)
    saveOwn(to: &archive)
  }

  /// Goes on from a saved state; the agent must have the same configuration and environments.
  public func restore(from archive: StateArchive) throws(StateError) {
    for network in trained {
      try network.restore(
        from: archive, prefix: "policy/\(network.name).", optimizer: optimizerPrefix(network))
    }
    for target in targets {
      try target.weights.restore(from: archive, prefix: "policy/\(target.name).")
    }
    try loop.restore(from: archive)
    try restoreOwn(from: archive)
  }

  /// The only optimizer of an agent has no name in files.
  private func optimizerPrefix(_ network: HalvedParameters) -> String {
    trained.count == 1 ? "optimizer/" : "optimizer/\(network.name)."
  }
}
