/// Takes any real numbers as actions and clips them to the action space (Gymnasium `ClipAction`).
public struct ClipAction: EnvironmentWrapper {
  private var low: [Float] = []
  private var high: [Float] = []

  /// A wrapper for environments with a `Box` of actions.
  public init() {}

  /// An action space without bounds.
  public func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec {
    guard case .box(let shape, let low, _) = spec.actionSpace else { return spec }
    var spec = spec
    spec.actionSpace = .box(
      shape: shape, low: low.map { _ in -.infinity }, high: low.map { _ in .infinity })
    return spec
  }

  /// Notes the bounds.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
    guard case .box(_, let low, let high) = spec.actionSpace else {
      preconditionFailure("ClipAction: \(spec.id) has no Box of actions, but \(spec.actionSpace)")
    }
    (self.low, self.high) = (low, high)
  }

  /// Clips.
  public mutating func changeActions(_ actions: inout [Float], count: Int) {
    for i in actions.indices {
      let j = i % low.count
      actions[i] = min(max(actions[i], low[j]), high[j])
    }
  }
}
