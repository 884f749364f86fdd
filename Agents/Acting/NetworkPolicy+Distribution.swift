internal import Glibc
internal import RLCore
internal import RLTensor

extension NetworkPolicy {
  /// A policy whose network gives logits, or means of normal distributions and, if the deviations depend on the
  /// observation, their logarithms.
  ///
  /// - Parameters:
  ///   - spec: What it acts in.
  ///   - memory: How many numbers the network remembers of a row; its states are then its last result.
  ///   - actions: How networks know its actions.
  ///   - deviations: What deviations of continuous actions are multiplied by.
  convenience init(
    drawingFrom spec: EnvironmentSpec, parameters: Parameters, followsWeights: Bool = false,
    encoder: ObservationEncoder, memory: Int = 0,
    network: @escaping (Variable, Recall?) -> [Variable],
    valueNetwork: ((Variable) -> Variable)?, actions: ActionCodec, deviations: ScratchRow? = nil
  ) {
    let (width, flags) = (actions.width, spec.actionSpace.choiceWidth)
    self.init(
      spec: spec, parameters: parameters, followsWeights: followsWeights, encoder: encoder,
      memory: memory, network: network, valueNetwork: valueNetwork, scratch: 2 * width + flags,
      choose: { output, logDeviations, mask, rng, choice, action in
        let noise = choice + width
        let allowed = noise + width
        if let mask {
          for j in 0..<flags { allowed[j] = mask[j] ? 1 : 0 }
        }
        let isSampled = rng != nil
        if var generator = rng {
          actions.fillNoise(noise, count: width, using: &generator)
          rng = generator
          if let logDeviations {
            for j in 0..<width { noise[j] *= exp(logDeviations[j]) }
          }
        }
        actions.choose(
          output, deviations: deviations?.numbers, mask: mask == nil ? nil : allowed,
          noise: isSampled ? noise : nil, into: choice)
        actions.export(choice, into: action)
      })
  }
}
