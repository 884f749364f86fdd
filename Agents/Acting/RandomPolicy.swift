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
    let space = RowSpace(spec.actionSpace)
    let width = spec.actionSpace.rowWidth
    let count = actions.count / max(1, width)
    let maskWidth = masks.count / max(1, count)
    for row in 0..<count {
      let mask = (row * maskWidth..<(row + 1) * maskWidth).map { masks[$0] }
      for (i, value) in space.sample(mask: mask, using: &generator).enumerated() {
        actions[row * width + i] = value
      }
    }
    if rng == nil { ownGenerator = generator } else { rng = generator }
  }
}
