internal import RLCore
internal import RLSupport
internal import RLTensor

/// A trained policy that reads each action off a row of a network's result.
final class NetworkPolicy: Policy {
  /// Reads an action, as the environment takes it, off the rows of the network's first and second result.
  ///
  /// The mask is `nil` without masks, the generator for the deterministic choice.
  typealias Choice = (
    _ output: UnsafePointer<Float>, _ second: UnsafePointer<Float>?,
    _ mask: UnsafePointer<Bool>?, _ rng: inout SeededGenerator?,
    _ action: UnsafeMutablePointer<Float>
  ) -> Void

  let spec: EnvironmentSpec
  let parameters: Parameters
  let encoder: ObservationEncoder
  private let network: (Variable) -> [Variable]
  private let choose: Choice
  private var program: ForwardProgram?
  /// The values of states, or those of every choice, of which the largest valid one counts.
  let valueNetwork: ((Variable) -> Variable)?
  var valueProgram: ForwardProgram?

  /// A policy with a copy of the weights, or one that follows them as they change.
  init(
    spec: EnvironmentSpec, parameters: Parameters, followsWeights: Bool = false,
    encoder: ObservationEncoder, network: @escaping (Variable) -> [Variable],
    valueNetwork: ((Variable) -> Variable)? = nil, choose: @escaping Choice
  ) {
    self.spec = spec
    self.parameters = followsWeights ? parameters : Parameters(copying: parameters)
    self.encoder = encoder
    self.network = network
    self.valueNetwork = valueNetwork
    self.choose = choose
  }

  func act(
    on observations: Span<Float>, masks: Span<Bool>, using rng: inout SeededGenerator?,
    into actions: inout MutableSpan<Float>
  ) {
    let (rowWidth, width) = (spec.observationSpace.rowWidth, spec.actionSpace.rowWidth)
    let count = observations.count / rowWidth
    precondition(
      observations.count == count * rowWidth && actions.count == count * width
        && (masks.isEmpty || masks.count == count * spec.actionSpace.flatWidth),
      "\(spec.id): \(observations.count) observation, \(masks.count) mask and \(actions.count) action numbers are no rows"
    )
    observations.withUnsafeBufferPointer { observations in
      masks.withUnsafeBufferPointer { masks in
        actions.withUnsafeMutableBufferPointer { actions in
          guard count > 0, let rows = observations.baseAddress, let out = actions.baseAddress
          else { return }
          act(
            on: rows, masks: masks.isEmpty ? nil : masks.baseAddress, count: count, using: &rng,
            into: out)
        }
      }
    }
  }

  /// Chooses an action for each of `count` rows, without checks.
  func act(
    on rows: UnsafePointer<Float>, masks: UnsafePointer<Bool>?, count: Int,
    using rng: inout SeededGenerator?, into out: UnsafeMutablePointer<Float>
  ) {
    let (width, maskWidth) = (spec.actionSpace.rowWidth, spec.actionSpace.flatWidth)
    if program?.rows != count {
      program = ForwardProgram(
        rows: count, inputs: spec.observationSpace.flatWidth, parameters: parameters, network)
    }
    guard let program else { return }
    encoder.encode(rows, count: count, into: program.input.pointer)
    program.run()
    for i in 0..<count {
      choose(
        program.row(i), program.second.map { UnsafePointer($0.pointer + i * $0.stride) },
        masks.map { $0 + i * maskWidth }, &rng, out + i * width)
    }
  }
}
