public import RLCore

/// Takes any valid action as likely as any other: what learning is measured from.
public final class RandomPolicy: Policy {
  /// What the policy acts in.
  public let spec: EnvironmentSpec
  private let space: RowSpace
  private var ownGenerator = SeededGenerator(seed: 0)

  /// A policy for such environments.
  public init(_ spec: EnvironmentSpec) {
    self.spec = spec
    space = RowSpace(spec.actionSpace)
  }

  /// Draws an action for each row; observations do not matter. Without a generator the policy uses its own.
  public func act(
    on observations: UnsafeBufferPointer<Float>, masks: UnsafeBufferPointer<Bool>, count: Int,
    using rng: inout SeededGenerator?, into actions: UnsafeMutableBufferPointer<Float>
  ) {
    var generator = rng ?? ownGenerator
    let (width, maskWidth) = (spec.actionSpace.rowWidth, masks.count / max(1, count))
    for row in 0..<count {
      let mask = Array(masks[row * maskWidth..<(row + 1) * maskWidth])
      for (i, value) in sample(mask, using: &generator).enumerated() {
        actions[row * width + i] = value
      }
    }
    if rng == nil { ownGenerator = generator } else { rng = generator }
  }

  private func sample(_ mask: [Bool], using rng: inout SeededGenerator) -> [Float] {
    switch spec.actionSpace {
    case .discrete(let count, let start) where !mask.isEmpty:
      return [Float(Discrete(count, start: start).sample(mask: mask, using: &rng))]
    case .multiDiscrete(let counts) where !mask.isEmpty:
      var first = 0
      return counts.map { count in
        defer { first += count }
        let allowed = Array(mask[first..<first + count])
        return Float(Discrete(count).sample(mask: allowed, using: &rng))
      }
    default: return space.sample(using: &rng)
    }
  }
}
