/// Changes rewards by a function.
public struct TransformReward: EnvironmentWrapper {
  private let transform: @Sendable (Double) -> Double

  /// - Parameter transform: Makes a reward from the one beneath.
  public init(_ transform: @escaping @Sendable (Double) -> Double) { self.transform = transform }

  /// Changes the rewards.
  public mutating func didStep(
    inner: StepBatch, outer: StepBatch, end: (Int) -> Void
  ) {
    for i in 0..<inner.count { outer.rewards[i] = transform(inner.rewards[i]) }
  }
}
