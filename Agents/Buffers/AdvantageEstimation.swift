/// Generalized advantage estimation (Schulman et al. 2016, equations 11 to 16).
public enum AdvantageEstimation {
  /// Fills in advantages and returns.
  ///
  /// All arrays are `[steps, environments]`, row-major. A reward whose step was truncated must already
  /// hold the discounted value of the true last observation, since the recursion stops at every end.
  ///
  /// - Parameters:
  ///   - rewards: What each step paid.
  ///   - values: The value of the observation before each step.
  ///   - ended: Whether the episode ended with the step, terminated or truncated.
  ///   - lastValues: The values after the last step, one an environment.
  ///   - steps: The steps of each environment.
  ///   - environments: How many there are.
  ///   - discount: γ.
  ///   - lambda: λ.
  ///   - advantages: Where Σ (γλ)ˡ δ goes.
  ///   - returns: Where advantages + values go.
  public static func compute(
    rewards: UnsafePointer<Float>, values: UnsafePointer<Float>, ended: UnsafePointer<Bool>,
    lastValues: UnsafePointer<Float>, steps: Int, environments: Int, discount: Float,
    lambda: Float, advantages: UnsafeMutablePointer<Float>, returns: UnsafeMutablePointer<Float>
  ) {
    for environment in 0..<environments {
      var next = lastValues[environment]
      var advantage: Float = 0
      for step in stride(from: steps - 1, through: 0, by: -1) {
        let i = step * environments + environment
        let keep: Float = ended[i] ? 0 : 1
        let error = rewards[i] + discount * next * keep - values[i]
        advantage = error + discount * lambda * keep * advantage
        advantages[i] = advantage
        returns[i] = advantage + values[i]
        next = values[i]
      }
    }
  }
}
