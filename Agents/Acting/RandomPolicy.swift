public import RLCore
public import RLSupport

/// Takes any valid action as likely as any other: what learning is measured from.
public final class RandomPolicy: Policy {
  /// What the policy acts in.
  public let spec: EnvironmentSpec
  private var ownGenerator = SeededGenerator(seed: 0)

  /// A policy for such environments.
  public init(_ spec: EnvironmentSpec) { self.spec = spec }

  /// Draws an action for each row; observations do not matter. Without a generator the policy uses its own.
  public func act(
    on observations: Span<Float>, masks: Span<Bool>, using rng: inout SeededGenerator?,
    into actions: inout MutableSpan<Float>
  ) {
    var generator = rng ?? ownGenerator
    let width = spec.actionSpace.rowWidth
    let count = actions.count / max(1, width)
    let maskWidth = masks.count / max(1, count)
    for row in 0..<count {
      let mask = (row * maskWidth..<(row + 1) * maskWidth).map { masks[$0] }
      for (i, value) in Self.sample(spec.actionSpace, mask: mask, using: &generator).enumerated() {
        actions[row * width + i] = value
      }
    }
    if rng == nil { ownGenerator = generator } else { rng = generator }
  }

  /// Draws an allowed action as a row of numbers; without a mask every action is allowed.
  static func sample(_ space: SpaceSpec, mask: [Bool], using rng: inout SeededGenerator) -> [Float]
  {
    switch space {
    case .discrete(let count, let start) where !mask.isEmpty:
      return [Float(Discrete(count, start: start).sample(mask: mask, using: &rng))]
    case .multiDiscrete(let counts) where !mask.isEmpty:
      var first = 0
      return counts.map { count in
        defer { first += count }
        let part = Array(mask[first..<first + count])
        return Float(Discrete(count).sample(mask: part, using: &rng))
      }
    default: return RowSpace(space).sample(using: &rng)
    }
  }
}
