/// Takes actions from one range and maps them linearly to the action space (Gymnasium `RescaleAction`).
public struct RescaleAction: EnvironmentWrapper {
  /// The range of every action number.
  public let range: ClosedRange<Float>
  private var low: [Float] = []
  private var high: [Float] = []

  /// A wrapper for environments with a bounded `Box` of actions.
  public init(_ range: ClosedRange<Float> = -1...1) {
    precondition(range.lowerBound < range.upperBound, "RescaleAction: the range \(range) is empty")
    self.range = range
  }

  /// An action space of the range.
  public func wrap(_ spec: EnvironmentSpec) -> EnvironmentSpec {
    guard case .box(let shape, let low, _) = spec.actionSpace else { return spec }
    var spec = spec
    spec.actionSpace = .box(
      shape: shape, low: low.map { _ in range.lowerBound }, high: low.map { _ in range.upperBound })
    return spec
  }

  /// Notes the bounds.
  public mutating func prepare(_ spec: EnvironmentSpec, count: Int) {
    guard case .box(_, let low, let high) = spec.actionSpace,
      (low + high).allSatisfy(\.isFinite)
    else {
      preconditionFailure(
        "RescaleAction: \(spec.id) has no bounded Box of actions, but \(spec.actionSpace)")
    }
    (self.low, self.high) = (low, high)
  }

  /// Maps to the action space, its bounds included.
  public mutating func changeActions(_ actions: inout [Float], count: Int) {
    let (start, end) = (range.lowerBound, range.upperBound)
    for i in actions.indices {
      let j = i % low.count
      // Halves where the width of a range is more than the largest number.
      let share =
        (end - start).isFinite
        ? (actions[i] - start) / (end - start)
        : (actions[i] / 2 - start / 2) / (end / 2 - start / 2)
      let width = high[j] - low[j]
      let value =
        width.isFinite
        ? low[j] + share * width
        : (2 * share - 1) * (high[j] / 2 - low[j] / 2) + (high[j] / 2 + low[j] / 2)
      actions[i] = min(max(value, low[j]), high[j])
    }
  }
}
