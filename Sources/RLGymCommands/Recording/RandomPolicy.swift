internal import RLGym

/// Takes any action as likely as any other, of those that are valid.
final class RandomPolicy: Policy {
  let spec: EnvironmentSpec
  private var ownGenerator = SeededGenerator(seed: 0)

  init(_ spec: EnvironmentSpec) { self.spec = spec }

  /// Draws an action for each row; observations do not matter.
  func act(
    on observations: UnsafeBufferPointer<Float>, masks: UnsafeBufferPointer<Bool>, count: Int,
    using rng: inout SeededGenerator?, into actions: UnsafeMutableBufferPointer<Float>
  ) {
    var generator = rng ?? ownGenerator
    let (width, maskWidth) = (spec.actionSpace.rowWidth, masks.count / max(1, count))
    for row in 0..<count {
      let mask = masks[row * maskWidth..<(row + 1) * maskWidth]
      for (i, value) in sample(Array(mask), using: &generator).enumerated() {
        actions[row * width + i] = value
      }
    }
    if rng == nil { ownGenerator = generator } else { rng = generator }
  }

  private func sample(_ mask: [Bool], using rng: inout SeededGenerator) -> [Float] {
    switch spec.actionSpace {
    case .box(let shape, let low, let high):
      return DynamicBox(low: low, high: high, shape: shape).sample(using: &rng)
    case .discrete(let count, let start):
      let space = Discrete(count, start: start)
      let choice =
        mask.isEmpty ? space.sample(using: &rng) : space.sample(mask: mask, using: &rng)
      return [Float(choice)]
    case .multiDiscrete(let counts):
      var rest = mask[...]
      return counts.map { count in
        defer { rest = rest.dropFirst(count) }
        let space = Discrete(count)
        return Float(
          rest.isEmpty
            ? space.sample(using: &rng)
            : space.sample(mask: Array(rest.prefix(count)), using: &rng))
      }
    case .multiBinary(let count):
      return (0..<count).map { _ in Float(rng.integer(below: 2)) }
    }
  }
}
