internal import Glibc
internal import RLCore
internal import RLSupport
internal import RLTensor

/// Acts in the environments and writes what happens to a rollout buffer.
///
/// Each thread steps its share of the environments for the whole rollout. The random numbers that choose
/// actions are drawn beforehand in a fixed order, so the shares do not matter. Running normalization
/// couples the environments in every step; with it the threads share each step.
final class RolloutCollector: Stateful {
  private let networks: PPONetworks
  private let parameters: Parameters
  private let buffer: RolloutBuffer
  /// Shares rollouts, and so chooses the number of threads for them.
  private let team: ThreadTeam
  private let configuration: PPOSettings
  private let spec: EnvironmentSpec
  private(set) var encoder: ObservationEncoder
  private var rewardStatistics: RunningStatistics
  private let count: Int
  private var parts: [any VectorEnvironment]
  private let ranges: [Range<Int>]
  private let batch: StepBatch
  private let slices: [StepBatch]
  private let actors: [ForwardProgram]
  // Arrays `[environments]` or `[steps, environments]`, and some rows.
  private let noise: UnsafeMutablePointer<Float>
  private let noiseCount: Int
  /// Noise that depends on the state: a matrix `[features, actions]` for each environment, drawn anew every
  /// so many steps, times the features.
  private let stateNoise: UnsafeMutablePointer<Float>
  private let drawInterval: Int
  private let unitDeviations: UnsafePointer<Float>
  private let actionRows: UnsafeMutablePointer<Float>
  private let deviations: UnsafeMutablePointer<Float>
  /// Network inputs for the observations after the last step.
  let lastInputs: UnsafeMutablePointer<Float>
  /// What a recurrent policy remembers of the episodes, `[environments, memoryWidth]`.
  private let memory: UnsafeMutableBufferPointer<Float>
  private var tally: EpisodeTally
  /// One a part.
  private let watches: [TrainingWatch]
  private var discountedReturns: [Double]

  init(
    environments: any VectorEnvironment, networks: PPONetworks, parameters: Parameters,
    buffer: RolloutBuffer, team: ThreadTeam, configuration: PPOSettings
  ) {
    self.networks = networks
    self.parameters = parameters
    self.buffer = buffer
    self.team = ThreadTeam(sharing: team)
    self.configuration = configuration
    spec = environments.spec
    let environmentCount = environments.count
    count = environmentCount
    encoder = ObservationEncoder(
      spec.observationSpace, normalizes: configuration.normalizeObservations)
    rewardStatistics = RunningStatistics(width: 1)
    let isCoupled = configuration.normalizeObservations || configuration.normalizeRewards
    let parts =
      isCoupled ? [environments.sharing(team)] : environments.split(into: min(team.size, count))
    self.parts = parts
    var start = 0
    let ranges = parts.map { part in
      defer { start += part.count }
      return start..<start + part.count
    }
    self.ranges = ranges
    let batch = StepBatch(count: count, for: spec)
    self.batch = batch
    slices = ranges.map { batch.slice($0) }
    actors = ranges.map {
      ForwardProgram(
        rows: $0.count, inputs: networks.observationDimension, parameters: parameters,
        memory: networks.memoryWidth
      ) {
        let policy = networks.policy($0, $1)
        return [policy.output] + (networks.features == nil ? [] : [policy.features])
          + (policy.memory.map { [$0] } ?? [])
      }
    }
    let width = networks.actions.width
    let interval = configuration.explorationInterval
    drawInterval = interval > 0 ? min(interval, buffer.steps) : buffer.steps
    let draws = (buffer.steps + drawInterval - 1) / drawInterval
    noiseCount =
      networks.features.map { draws * environmentCount * $0 * width } ?? buffer.count * width
    func zeros(_ size: Int) -> UnsafeMutablePointer<Float> {
      let memory = UnsafeMutableRawPointer.allocate(
        byteCount: max(16, size) * MemoryLayout<Float>.stride, alignment: 64)
      let floats = memory.bindMemory(to: Float.self, capacity: max(16, size))
      floats.initialize(repeating: 0, count: max(16, size))
      return floats
    }
    noise = zeros(noiseCount)
    stateNoise = zeros(count * width)
    let ones = zeros(networks.actions.outputs)
    for i in 0..<networks.actions.outputs { ones[i] = 1 }
    actionRows = zeros(count * width)
    deviations = zeros((networks.features ?? 1) * networks.actions.outputs)
    unitDeviations = UnsafePointer(ones)
    lastInputs = zeros(count * buffer.observationStride)
    let remembered = count * networks.memoryWidth
    memory = UnsafeMutableBufferPointer(start: zeros(remembered), count: remembered)
    tally = EpisodeTally(count: count, for: spec)
    watches = ranges.map { [spec] in TrainingWatch(spec, first: $0.lowerBound) }
    discountedReturns = Array(repeating: 0, count: count)
  }

  deinit {
    for pointer in [noise, stateNoise, actionRows, deviations, lastInputs] {
      pointer.deallocate()
    }
    unitDeviations.deallocate()
    memory.deallocate()
  }

  /// Starts new episodes everywhere.
  func reset(seed: UInt64) {
    for i in parts.indices {
      parts[i].reset(seed: seed &+ UInt64(ranges[i].lowerBound), into: slices[i])
    }
    watchFirst()
    encodeFirst()
  }

  private func watchFirst() {
    for (watch, slice) in zip(watches, slices) { watch.acceptsReset(slice, step: 0) }
  }

  /// Throws if the environments show what nobody can act on.
  func check() throws(AgentError) { try watches.check() }

  /// What is odd about the environments, and no fault.
  var remark: EnvironmentFault? { watches.remark }

  /// What is odd about the environments and was not told yet.
  func untoldRemark() -> EnvironmentFault? { watches.untoldRemark() }

  private func encodeFirst() {
    guard let rows = batch.observations.baseAddress else { return }
    encoder.observe(rows, count: count)
    encoder.encode(rows, count: count, into: lastInputs)
  }

  /// Draws the random numbers of the next rollout.
  func drawNoise(_ generator: inout SeededGenerator) {
    networks.actions.fillNoise(noise, count: noiseCount, using: &generator)
    if let logDeviation = networks.logDeviation {
      for (i, value) in parameters.array(logDeviation).enumerated() { deviations[i] = exp(value) }
    }
  }

  /// Steps every environment `buffer.steps` times, or fewer times if a request to stop is overdue.
  ///
  /// - Parameter stepsDone: Environment steps taken before.
  /// - Throws: `AgentError` for what the environments show that nobody can act on or learn from.
  func collect(after stepsDone: Int) throws(AgentError) {
    try watches.check()
    if let kept = buffer.memory, let rows = memory.baseAddress {
      kept.policy.update(from: rows, count: memory.count)
    }
    let stop = StopRequest.current
    parts.withUnsafeMutableBufferPointer { parts in
      func play(_ part: Int) {
        var step = 0
        while step < buffer.steps && watches[part].fault == nil && !stop.isOverdue {
          collectStep(step, part, &parts[part], after: stepsDone, isCoupled: parts.count == 1)
          step += 1
        }
      }
      if parts.count == 1 { return play(0) }
      team.choosing {
        team.run { member in team.share(of: parts.count, for: member).forEach(play) }
      }
    }
    try watches.check()
  }

  @inline(__always)
  private func collectStep(
    _ step: Int, _ part: Int, _ environments: inout any VectorEnvironment, after stepsDone: Int,
    isCoupled: Bool
  ) {
    let range = ranges[part]
    let (n, first) = (range.count, step * count + range.lowerBound)
    let (width, stride) = (networks.actions.width, buffer.observationStride)
    let slice = slices[part]
    let actor = actors[part]
    let inputs = lastInputs + range.lowerBound * stride
    (buffer.observations + first * stride).update(from: inputs, count: n * stride)
    actor.input.pointer.update(from: inputs, count: n * stride)
    actor.run(
      remembering: memory.baseAddress.map { $0 + range.lowerBound * networks.memoryWidth })
    if buffer.maskWidth > 0 {
      for i in 0..<n * buffer.maskWidth {
        buffer.masks[first * buffer.maskWidth + i] = slice.actionMasks[i] ? 1 : 0
      }
    }
    let rows = actionRows + range.lowerBound * width
    if let features = networks.features { explore(step, range, actor, features) }
    for i in 0..<n {
      let action = buffer.actions + (first + i) * width
      networks.actions.choose(
        actor.output.pointer + i * actor.output.stride,
        deviations: networks.features == nil ? UnsafePointer(deviations) : unitDeviations,
        mask: buffer.maskWidth > 0
          ? UnsafePointer(buffer.masks + (first + i) * buffer.maskWidth) : nil,
        noise: networks.features == nil
          ? noise + (first + i) * width : stateNoise + (range.lowerBound + i) * width,
        into: action)
      networks.actions.export(action, into: rows + i * width)
    }
    environments.step(Span(_unsafeStart: rows, count: n * width), into: slice)
    guard watches[part].accepts(slice, step: stepsDone + (step + 1) * count) else { return }

    let observations = slice.observations.baseAddress.unsafelyUnwrapped
    let finals = slice.finalObservations.baseAddress.unsafelyUnwrapped
    let rowWidth = slice.observationWidth
    if isCoupled { encoder.observe(observations, count: n) }
    encoder.encode(observations, count: n, into: inputs)
    for i in 0..<n {
      let reward = slice.rewards[i]
      buffer.rawRewards[first + i] = reward
      buffer.rewards[first + i] = Float(reward)
      buffer.terminated[first + i] = !slice.hasFuture(i)
      let ended = slice.terminated[i] || slice.truncated[i]
      buffer.ended[first + i] = ended
      if ended {
        forget(range.lowerBound + i)
        encoder.encode(
          finals + i * rowWidth, count: 1, into: buffer.finalObservations + (first + i) * stride)
      }
    }
    if let infos = slice.infos.baseAddress, buffer.infoWidth > 0 {
      (buffer.infos + first * buffer.infoWidth).update(from: infos, count: n * buffer.infoWidth)
    }
    if configuration.normalizeRewards { normalizeRewards(first, n) }
  }

  /// An episode of an environment is over.
  @inline(__always)
  private func forget(_ environment: Int) {
    let width = networks.memoryWidth
    for i in environment * width..<(environment + 1) * width { memory[i] = 0 }
  }

  /// Computes state-dependent noise: each environment's matrix times its features.
  private func explore(_ step: Int, _ range: Range<Int>, _ actor: ForwardProgram, _ features: Int) {
    let width = networks.actions.width
    let draw = step / drawInterval
    for (i, environment) in range.enumerated() {
      let matrix = noise + (draw * count + environment) * features * width
      let row = actor.secondRow(i)
      for j in 0..<width {
        var sum: Float = 0
        for k in 0..<features {
          sum += row[k] * matrix[k * width + j] * deviations[k * width + j]
        }
        stateNoise[environment * width + j] = sum
      }
    }
  }

  /// Divides rewards by the running deviation of the discounted return (SB3 `VecNormalize`).
  private func normalizeRewards(_ first: Int, _ n: Int) {
    for i in 0..<n {
      discountedReturns[i] =
        discountedReturns[i] * configuration.discount + buffer.rawRewards[first + i]
    }
    let returns = discountedReturns
    rewardStatistics.update(rows: n) { row, _ in returns[row] }
    let scale = 1 / (rewardStatistics.variance[0] + 1e-8).squareRoot()
    for i in 0..<n {
      buffer.rewards[first + i] = Float(
        min(max(buffer.rawRewards[first + i] * scale, -10), 10))
      if buffer.ended[first + i] { discountedReturns[i] = 0 }
    }
  }

  /// The episodes that ended in the rollout, in the order of steps and environments.
  func finishedEpisodes(firstStep: Int) -> [TrainingReport.Episode] {
    var episodes: [TrainingReport.Episode] = []
    for step in 0..<buffer.steps {
      for environment in 0..<count {
        let i = step * count + environment
        let episode = tally.add(
          environment, reward: buffer.rawRewards[i],
          infos: UnsafeMutableBufferPointer(
            start: buffer.infos + i * buffer.infoWidth, count: buffer.infoWidth),
          hasEnded: buffer.ended[i], stepsDone: firstStep + (step + 1) * count)
        if let episode { episodes.append(episode) }
      }
    }
    return episodes
  }

  // MARK: State

  /// The statistics of observations, which belong to the policy.
  func visitStatistics(_ state: inout StateVisitor) throws(StateError) {
    try encoder.visitStatistics(&state)
  }

  func visit(_ state: inout StateVisitor) throws(StateError) {
    for i in parts.indices {
      try state.part("environments/", offset: ranges[i].lowerBound) { (state) throws(StateError) in
        try parts[i].visit(&state)
      }
    }
    try state.part("collector/") { (state) throws(StateError) in
      try state.array(
        "observations", in: batch.observations, within: .rows(of: spec.observationSpace))
      try state.array(
        "inputs",
        in: UnsafeMutableBufferPointer(start: lastInputs, count: count * buffer.observationStride))
      try state.array("masks", in: batch.actionMasks)
      if let kept = buffer.memory {
        try state.array("memory", in: memory)
        try state.array("value_memory", in: kept.last)
      }
      try tally.visit(&state)
      if configuration.normalizeRewards {
        try state.part("rewards.", &rewardStatistics)
        try state.array("discounted", &discountedReturns)
      }
    }
    guard state.isRestoring, parts.contains(where: { !$0.savesExactly }) else { return }
    // Environments that cannot be saved start new episodes.
    for i in parts.indices {
      for j in 0..<parts[i].count { parts[i].reset(index: j, into: slices[i]) }
    }
    watchFirst()
    encodeFirst()
    discountedReturns = Array(repeating: 0, count: count)
    memory.update(repeating: 0)
    buffer.memory?.last.update(repeating: 0)
    tally.restart()
  }
}
