internal import RLCore
internal import RLTensor
#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// A trained PPO policy: weights and observation statistics.
final class PPOPolicy: Policy {
  let spec: EnvironmentSpec
  private let networks: PPONetworks
  private let parameters: Parameters
  private let encoder: ObservationEncoder
  private var program: ForwardProgram?
  private var noise: [Float] = []
  private var choice: [Float]
  private var maskRow: [Float] = []
  private let deviations: [Float]

  init(
    spec: EnvironmentSpec, networks: PPONetworks, parameters: Parameters,
    encoder: ObservationEncoder
  ) {
    self.spec = spec
    self.networks = networks
    self.parameters = Parameters(copying: parameters)
    self.encoder = encoder
    deviations =
      networks.features != nil
      ? Array(repeating: 1, count: networks.actions.outputs)
      : networks.logDeviation.map { parameters.array($0).map { exp($0) } } ?? [1]
    choice = Array(repeating: 0, count: networks.actions.width)
    noise = choice
    maskRow = Array(repeating: 0, count: spec.actionSpace.flatWidth)
  }

  func act(
    on observations: UnsafeBufferPointer<Float>, masks: UnsafeBufferPointer<Bool>, count: Int,
    using rng: inout SeededGenerator?, into actions: UnsafeMutableBufferPointer<Float>
  ) {
    let width = networks.actions.width
    precondition(
      observations.count == count * spec.observationSpace.rowWidth
        && actions.count == count * width,
      "\(spec.id): \(observations.count) observation and \(actions.count) action numbers for \(count) rows"
    )
    guard count > 0, let rows = observations.baseAddress, let out = actions.baseAddress else {
      return
    }
    if program?.rows != count {
      program = ForwardProgram(rows: count, inputs: networks.inputs, parameters: parameters) {
        let policy = networks.policy($0)
        return networks.features == nil
          ? [policy.output]
          : [policy.output, networks.logDeviations(policy.features) ?? policy.output]
      }
    }
    guard let program else { return }
    encoder.encode(rows, count: count, into: program.input.pointer)
    program.run()
    for i in 0..<count {
      if !masks.isEmpty {
        for j in maskRow.indices { maskRow[j] = masks[i * maskRow.count + j] ? 1 : 0 }
      }
      let isSampled = rng != nil
      if var generator = rng {
        noise.withUnsafeMutableBufferPointer {
          networks.actions.fillNoise(
            $0.baseAddress.unsafelyUnwrapped, count: width, using: &generator)
        }
        rng = generator
        if networks.features != nil {
          for j in 0..<width {
            noise[j] *= exp(program.second.pointer[i * program.second.stride + j])
          }
        }
      }
      choice.withUnsafeMutableBufferPointer { choice in
        noise.withUnsafeBufferPointer { noise in
          maskRow.withUnsafeBufferPointer { mask in
            deviations.withUnsafeBufferPointer { deviations in
              networks.actions.choose(
                program.output.pointer + i * program.output.stride,
                deviations: deviations.baseAddress, mask: masks.isEmpty ? nil : mask.baseAddress,
                noise: isSampled ? noise.baseAddress : nil,
                into: choice.baseAddress.unsafelyUnwrapped)
            }
          }
        }
        networks.actions.export(choice.baseAddress.unsafelyUnwrapped, into: out + i * width)
      }
    }
  }
}

/// A network's forward pass for a fixed number of rows.
final class ForwardProgram {
  let rows: Int
  let input: TensorView
  /// The first result.
  let output: TensorView
  /// The second result; the first one if there is no other.
  let second: TensorView
  private let program: Program

  init(rows: Int, inputs: Int, parameters: Parameters, _ network: (Variable) -> [Variable]) {
    self.rows = rows
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(rows, inputs), name: "observations")
    let results = network(x)
    do {
      program = try Program(outputs: results)
    } catch {
      preconditionFailure("A network that was traced for training cannot be traced: \(error)")
    }
    input = program[x]
    output = program[results[0]]
    second = program[results[results.count - 1]]
  }

  func run() { program.forward() }
}
