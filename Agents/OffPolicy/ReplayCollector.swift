internal import Glibc
internal import RLCore
internal import RLSupport
internal import RLTensor

/// Steps the environments of an off-policy agent and keeps what happens in a replay buffer.
final class ReplayCollector: Stateful {
  let spec: EnvironmentSpec
  /// How many environments.
  let count: Int
  let actions: ActionCodec
  var encoder: ObservationEncoder
  let buffer: ReplayBuffer
  /// Network inputs for the present observations, `[count, encoder.stride]`.
  let inputs: UnsafeMutablePointer<Float>
  /// Where the agent puts its actions as networks know them, `[count, actionWidth]`: indices from 0, or
  /// numbers from -1 to 1.
  let chosen: UnsafeMutablePointer<Float>
  /// The actions as environments take them, `[count, actionWidth]`.
  let exported: UnsafeMutablePointer<Float>
  /// Observations before a step, `[count, observationWidth]`.
  let before: UnsafeMutablePointer<Float>
  private var environments: any VectorEnvironment
  /// The present observations, and what the last step wrote.
  let batch: StepBatch
  private var episodes: [TrainingReport.Episode] = []
  private var tally: EpisodeTally
  private let watch: [TrainingWatch]

  /// - Parameter team: The threads that share each step of several environments.
  init(
    environments: any VectorEnvironment, capacity: Int, normalizesObservations: Bool,
    isPrioritized: Bool, on team: ThreadTeam
  ) {
    spec = environments.spec
    count = environments.count
    actions = ActionCodec(spec.actionSpace)
    encoder = ObservationEncoder(spec.observationSpace, normalizes: normalizesObservations)
    self.environments = environments.sharing(team)
    batch = StepBatch(count: count, for: spec)
    let width = actions.width
    buffer = ReplayBuffer(
      capacity: capacity, environments: count, observationWidth: batch.observationWidth,
      actionWidth: width, maskWidth: batch.maskWidth, isPrioritized: isPrioritized,
      observationRange: .rows(of: spec.observationSpace), actionRange: actions.scaledRange)
    func zeros(_ size: Int) -> UnsafeMutablePointer<Float> {
      let floats = UnsafeMutablePointer<Float>.allocate(capacity: max(16, size))
      floats.initialize(repeating: 0, count: max(16, size))
      return floats
    }
    inputs = zeros(count * encoder.stride)
    chosen = zeros(count * width)
    exported = zeros(count * width)
    before = zeros(count * batch.observationWidth)
    tally = EpisodeTally(count: count, for: spec)
    watch = [TrainingWatch(spec)]
  }

  deinit {
    for pointer in [inputs, chosen, exported, before] { pointer.deallocate() }
  }

  /// Starts new episodes everywhere.
  func reset(seed: UInt64) {
    environments.reset(seed: seed, into: batch)
    watch[0].acceptsReset(batch, step: 0)
    observe()
  }

  private func observe() {
    let rows = batch.observations.baseAddress.unsafelyUnwrapped
    encoder.observe(rows, count: count)
    encoder.encode(rows, count: count, into: inputs)
  }

  /// Which choices an environment allows now; `nil` without masks.
  func mask(of environment: Int) -> UnsafePointer<Bool>? {
    batch.maskWidth > 0
      ? UnsafePointer(
        batch.actionMasks.baseAddress.unsafelyUnwrapped + environment * batch.maskWidth) : nil
  }

  /// Draws a uniformly random action for an environment.
  func chooseRandomly(_ environment: Int, using rng: inout SeededGenerator) {
    let action = chosen + environment * actions.width
    switch actions {
    case .discrete(let choices, _):
      guard let mask = mask(of: environment) else {
        action[0] = Float(rng.integer(below: choices))
        return
      }
      var allowed = 0
      for i in 0..<choices where mask[i] { allowed += 1 }
      var left = allowed > 0 ? rng.integer(below: allowed) : 0
      for i in 0..<choices where mask[i] {
        if left == 0 { action[0] = Float(i) }
        left -= 1
      }
    default:
      for i in 0..<actions.width { action[i] = Float(rng.uniform(-1, 1)) }
    }
  }

  /// Takes the chosen actions in every environment.
  ///
  /// - Parameter stepsDone: Environment steps taken before.
  /// - Throws: `AgentError` for what the environments show that nobody can act on or learn from.
  func step(stepsDone: Int) throws(AgentError) {
    before.update(
      from: batch.observations.baseAddress.unsafelyUnwrapped, count: batch.observations.count)
    let width = actions.width
    for i in 0..<count { actions.exportScaled(chosen + i * width, into: exported + i * width) }
    environments.step(Span(_unsafeStart: exported, count: count * width), into: batch)
    if !watch[0].accepts(batch, step: stepsDone + count) { try watch.check() }
    remember(batch)
    episodes += tally.add(batch, stepsDone: stepsDone + count)
    observe()
  }

  /// Adds what came of the chosen actions to the replay buffer.
  func remember(_ outcome: StepBatch) {
    let seen = UnsafeBufferPointer(start: before, count: count * batch.observationWidth)
    let taken = UnsafeBufferPointer(start: chosen, count: count * actions.width)
    buffer.append(observations: seen.span, actions: taken.span, outcome)
  }

  /// Whether an environment's episode ended in the last step.
  func hasEnded(_ environment: Int) -> Bool {
    batch.terminated[environment] || batch.truncated[environment]
  }

  /// The episodes that ended since the last call.
  func takeEpisodes() -> [TrainingReport.Episode] {
    defer { episodes.removeAll(keepingCapacity: true) }
    return episodes
  }

  /// Throws if the environments show what nobody can act on.
  func check() throws(AgentError) { try watch.check() }

  /// What is odd about the environments, and no fault.
  var remark: EnvironmentFault? { watch.remark }

  /// What is odd about the environments and was not told yet.
  func untoldRemark() -> EnvironmentFault? { watch.untoldRemark() }

  /// Whether the environments cannot be saved, so that a restored agent starts new episodes.
  var startsAnew: Bool { !environments.savesExactly }

  // MARK: State

  /// The statistics of observations, which belong to the policy.
  func visitStatistics(_ state: inout StateVisitor) throws(StateError) {
    try encoder.visitStatistics(&state)
  }

  func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.part("environments/", &environments)
    try state.part("replay/", buffer)
    try state.part("collector/") { (state) throws(StateError) in
      try state.array(
        "observations", in: batch.observations, within: .rows(of: spec.observationSpace))
      try state.array(
        "inputs", in: UnsafeMutableBufferPointer(start: inputs, count: count * encoder.stride))
      try state.array("masks", in: batch.actionMasks)
      try tally.visit(&state)
    }
    guard state.isRestoring, startsAnew else { return }
    for i in 0..<count { environments.reset(index: i, into: batch) }
    watch[0].acceptsReset(batch, step: 0)
    buffer.cut()
    observe()
    tally.restart()
  }
}
