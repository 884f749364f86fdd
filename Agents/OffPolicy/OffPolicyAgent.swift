public import RLCore
internal import RLSupport
internal import RLTensor

/// An agent that learns from a replay buffer, which may begin with what others did.
public protocol ReplayLearner: Agent {
  /// The bytes of memory that the replay buffer takes once it is full.
  var replayByteCount: Int { get }
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
  var trained: [TrainedNetwork] { get }
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
  /// Shows what only this agent has; when it restores, everything else is restored already.
  func visitOwn(_ state: inout StateVisitor) throws(StateError)
}

extension OffPolicyAgent {
  func didStep() {}
  func visitOwn(_ state: inout StateVisitor) throws(StateError) {}

  /// Environment steps taken so far, over all sub-environments.
  public var stepsDone: Int { loop.stepsDone }
  /// The bytes of memory that the replay buffer takes once it is full.
  public var replayByteCount: Int { loop.collector.buffer.byteCount }

  // MARK: Training

  /// Trains until the budget is used up or `observe` says stop. The budget is rounded up to whole rounds.
  public func train(observe: (TrainingReport) throws -> TrainingDirective) throws {
    let loop = loop
    try loop.collector.check()
    let stop = StopRequest.current
    while loop.stepsDone < loop.stepsTotal {
      let c = configuration
      loop.means = OffPolicyLoop.Means()
      // A report is due after a hundred steps and the round that these end in.
      let due = min(loop.stepsDone + 100, loop.stepsTotal)
      repeat {
        let before = loop.stepsDone
        try playRound(c, stop)
        if loop.stepsDone > c.learningStarts {
          for _ in 0..<c.updates(after: loop.stepsDone - before) {
            try stop?.check()
            update()
          }
        }
      } while loop.stepsDone < due
      loop.iterations += 1
      try check()
      let report = TrainingReport(
        stepsDone: loop.stepsDone, stepsTotal: loop.stepsTotal, iterations: loop.iterations,
        episodes: loop.collector.takeEpisodes(),
        metrics: [("learning_rate", c.learningRate.value(at: loop.progress))] + measurements
          + [("n_updates", Double(loop.updates))], remark: loop.collector.untoldRemark())
      if case .stop = try observe(report) { return }
    }
  }

  /// Takes the steps that come before a round of updates. Episodes, of which some never end, are left when the
  /// budget is used up.
  private func playRound(_ c: Settings, _ stop: StopRequest?) throws {
    let loop = loop
    loop.stepsOfRound = 0
    switch c.trainFrequencyUnit {
    case .step:
      for _ in 0..<c.trainFrequency {
        try stop?.check()
        try step()
      }
    case .episode:
      var ended = 0
      while ended < c.trainFrequency && loop.stepsDone < loop.stepsTotal {
        try stop?.check()
        try step()
        if loop.collector.hasEnded(0) { ended += 1 }
      }
    }
  }

  /// Takes one step in every environment.
  private func step() throws(AgentError) {
    let loop = loop
    chooseActions()
    try loop.collector.step(stepsDone: loop.stepsDone)
    loop.stepsDone += loop.collector.count
    loop.stepsOfRound += 1
    didStep()
  }

  private func check() throws(AgentError) {
    if !loop.means.areFinite || !trained.allSatisfy(\.weights.areFinite) {
      throw .notFinite(
        what: "a loss or a weight", step: stepsDone, after: loop.collector.remark)
    }
  }

  /// Fills the replay buffer with the transitions of episodes.
  public func prefill(_ next: () throws -> Episode?) throws -> Int {
    try loop.collector.prefill(next)
  }

  // MARK: State

  /// What acting needs, the critics and the target networks.
  public func visitPolicy(_ state: inout StateVisitor) throws(StateError) {
    for network in trained { try state.part("\(network.name).", network.weights) }
    for target in targets { try state.part("\(target.name).", target.weights) }
    try loop.collector.visitStatistics(&state)
  }

  /// The optimizers' moments, the environments, the replay buffer, counters and random streams.
  public func visitTraining(_ state: inout StateVisitor) throws(StateError) {
    for network in trained {
      // The only optimizer of an agent has no name in files.
      let name = trained.count == 1 ? "" : "\(network.name)."
      try state.part("optimizer/" + name, network.optimizer)
    }
    try state.part("", loop)
    try visitOwn(&state)
  }
}
