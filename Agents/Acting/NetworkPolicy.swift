internal import RLCore
internal import RLSupport
internal import RLTensor

/// A trained policy that reads each action off a row of a network's result.
final class NetworkPolicy: Policy {
  /// Reads an action, as the environment takes it, off the rows of the network's first and second result.
  ///
  /// The mask is `nil` without masks, the generator for the deterministic choice. `scratch` has room for as many
  /// numbers as the policy was made with.
  typealias Choice = (
    _ output: UnsafePointer<Float>, _ second: UnsafePointer<Float>?,
    _ mask: UnsafePointer<Bool>?, _ rng: inout SeededGenerator?,
    _ scratch: UnsafeMutablePointer<Float>, _ action: UnsafeMutablePointer<Float>
  ) -> Void

  let spec: EnvironmentSpec
  /// The numbers of a row of observations, actions and masks, which are not asked for in each step.
  private let (rowWidth, width, maskWidth): (Int, Int, Int)
  let parameters: Parameters
  let encoder: ObservationEncoder
  let memoryWidth: Int
  private let network: (Variable, Recall?) -> [Variable]
  private let choose: Choice
  private let scratch: ScratchRow
  /// The threads that share the rows of a batch, each with a policy of its own.
  private var team: ThreadTeam?
  private var members: [NetworkPolicy] = []
  /// The program of the rows that were computed last, and those for other numbers of rows: a team's threads get other
  /// shares when their number changes.
  private var program: ForwardProgram?
  private var others: [ForwardProgram] = []
  /// The values of states, or those of every choice, of which the largest valid one counts.
  let valueNetwork: ((Variable) -> Variable)?
  var valueProgram: ForwardProgram?

  /// A policy with a copy of the weights, or one that follows them as they change.
  ///
  /// A network with memory gives its states as its last result. `choose` is called by several threads at once, each with scratch memory of its own.
  init(
    spec: EnvironmentSpec, parameters: Parameters, followsWeights: Bool = false,
    encoder: ObservationEncoder, memory: Int = 0,
    network: @escaping (Variable, Recall?) -> [Variable],
    valueNetwork: ((Variable) -> Variable)? = nil, scratch: Int = 0, choose: @escaping Choice
  ) {
    self.spec = spec
    rowWidth = spec.observationSpace.rowWidth
    width = spec.actionSpace.rowWidth
    maskWidth = spec.actionSpace.choiceWidth
    self.parameters = followsWeights ? parameters : Parameters(copying: parameters)
    self.encoder = encoder
    memoryWidth = memory
    self.network = network
    self.valueNetwork = valueNetwork
    self.choose = choose
    self.scratch = ScratchRow(scratch)
  }

  /// The same policy with the same weights, for another thread.
  private init(copying other: NetworkPolicy) {
    (spec, parameters, encoder) = (other.spec, other.parameters, other.encoder)
    (network, valueNetwork, choose) = (other.network, other.valueNetwork, other.choose)
    memoryWidth = other.memoryWidth
    (rowWidth, width, maskWidth) = (other.rowWidth, other.width, other.maskWidth)
    scratch = ScratchRow(other.scratch.count)
  }

  func copy() -> (any Policy)? { NetworkPolicy(copying: self) }

  /// The same policy, whose results for the rows of a batch are computed by the threads of a team.
  func shared(by team: ThreadTeam) -> NetworkPolicy {
    let policy = NetworkPolicy(copying: self)
    guard team.size > 1 else { return policy }
    policy.team = ThreadTeam(sharing: team)
    policy.members = (0..<team.size).map { _ in NetworkPolicy(copying: self) }
    return policy
  }

  /// Networks are traced by one thread at a time: their functions are the agents' own.
  private static let isTracing = Locked<Void>(())

  /// Traces a network's forward pass for so many rows.
  func trace(
    _ network: (Variable, Recall?) -> [Variable], memory: Int, rows: Int,
    into program: inout ForwardProgram?
  ) {
    Self.isTracing.withLock { _ in
      program = ForwardProgram(
        rows: rows, inputs: spec.observationSpace.flatWidth, parameters: parameters,
        memory: memory, network)
    }
  }

  func act(
    on observations: Span<Float>, masks: Span<Bool>, using rng: inout SeededGenerator?,
    into actions: inout MutableSpan<Float>
  ) {
    let count = observations.count / max(1, rowWidth)
    var empty = [Float](repeating: 0, count: count * memoryWidth)
    var memory = empty.mutableSpan
    act(on: observations, masks: masks, memory: &memory, using: &rng, into: &actions)
  }

  func act(
    on observations: Span<Float>, masks: Span<Bool>, memory: inout MutableSpan<Float>,
    using rng: inout SeededGenerator?, into actions: inout MutableSpan<Float>
  ) {
    let count = observations.count / rowWidth
    precondition(
      observations.count == count * rowWidth && actions.count == count * width
        && (masks.isEmpty || masks.count == count * maskWidth)
        && memory.count == count * memoryWidth,
      "\(spec.id): \(observations.count) observation, \(masks.count) mask, \(memory.count) memory and \(actions.count) action numbers are no rows"
    )
    observations.withUnsafeBufferPointer { observations in
      masks.withUnsafeBufferPointer { masks in
        actions.withUnsafeMutableBufferPointer { actions in
          memory.withUnsafeMutableBufferPointer { memory in
            guard count > 0, let rows = observations.baseAddress, let out = actions.baseAddress
            else { return }
            act(
              on: rows, masks: masks.isEmpty ? nil : masks.baseAddress,
              memory: memoryWidth > 0 ? memory.baseAddress : nil, count: count, using: &rng,
              into: out)
          }
        }
      }
    }
  }

  /// Chooses an action for each of `count` rows, without checks.
  func act(
    on rows: UnsafePointer<Float>, masks: UnsafePointer<Bool>?,
    memory: UnsafeMutablePointer<Float>? = nil, count: Int,
    using rng: inout SeededGenerator?, into out: UnsafeMutablePointer<Float>
  ) {
    guard let team else {
      compute(rows, memory, count: count)
      return choose(masks, using: &rng, into: out)
    }
    team.choosing {
      team.run { member in
        let share = team.share(of: count, for: member)
        members[member].compute(
          rows + share.lowerBound * rowWidth,
          memory.map { $0 + share.lowerBound * memoryWidth }, count: share.count)
      }
      // Random numbers are drawn row by row.
      for member in 0..<team.active {
        let first = team.share(of: count, for: member).lowerBound
        members[member].choose(
          masks.map { $0 + first * maskWidth }, using: &rng, into: out + first * width)
      }
    }
  }

  /// Computes the network's results for rows of observations.
  private func compute(
    _ rows: UnsafePointer<Float>, _ memory: UnsafeMutablePointer<Float>?, count: Int
  ) {
    if program?.rows != count { change(to: count) }
    guard let program else { return }
    encoder.encode(rows, count: count, into: program.input.pointer)
    program.run(remembering: memory)
  }

  private func change(to count: Int) {
    let last = program
    program = nil
    if let known = others.firstIndex(where: { $0.rows == count }) {
      program = others.remove(at: known)
    } else if count > 0 {
      trace(network, memory: memoryWidth, rows: count, into: &program)
    }
    if let last { others = [last] + others.prefix(2) }
  }

  /// Reads the actions off the results.
  private func choose(
    _ masks: UnsafePointer<Bool>?, using rng: inout SeededGenerator?,
    into out: UnsafeMutablePointer<Float>
  ) {
    guard let program else { return }
    for i in 0..<program.rows {
      choose(
        program.row(i), program.second.map { UnsafePointer($0.pointer + i * $0.stride) },
        masks.map { $0 + i * maskWidth }, &rng, scratch.numbers, out + i * width)
    }
  }
}
