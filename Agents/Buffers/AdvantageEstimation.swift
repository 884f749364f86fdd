/// Generalized advantage estimation (Schulman et al. 2016, equations 11 to 16).
public enum AdvantageEstimation {
  /// Fills in advantages and returns.
  ///
  /// Numbers are `[steps, environments]`, row-major. A reward whose step was truncated must already
  /// hold the discounted value of the true last observation, since the recursion stops at every end.
  ///
  /// - Parameters:
  ///   - rewards: What each step paid.
  ///   - values: The value of the observation before each step.
  ///   - ended: Whether the episode ended with the step, terminated or truncated.
  ///   - lastValues: The values after the last step, one an environment.
  ///   - discount: γ.
  ///   - lambda: λ.
  ///   - advantages: Where Σ (γλ)ˡ δ goes.
  ///   - returns: Where advantages + values go.
  public static func compute(
    rewards: Span<Float>, values: Span<Float>, ended: Span<Bool>, lastValues: Span<Float>,
    discount: Float, lambda: Float, advantages: inout MutableSpan<Float>,
    returns: inout MutableSpan<Float>
  ) {
    let environments = lastValues.count
    let steps = rewards.count / max(1, environments)
    precondition(
      rewards.count == steps * environments && values.count == rewards.count
        && ended.count == rewards.count && advantages.count == rewards.count
        && returns.count == rewards.count,
      "AdvantageEstimation: the numbers are no rows of \(environments) environments")
    for environment in 0..<environments {
      var nextValue = lastValues[environment]
      var advantage: Float = 0
      for step in stride(from: steps - 1, through: 0, by: -1) {
        let i = step * environments + environment
        let keep: Float = ended[i] ? 0 : 1
        let error = rewards[i] + discount * nextValue * keep - values[i]
        advantage = error + discount * lambda * keep * advantage
        advantages[i] = advantage
        returns[i] = advantage + values[i]
        nextValue = values[i]
      }
    }
  }

  /// Advantages and returns of steps `[steps, environments]`, row-major.
  ///
  /// - Parameters:
  ///   - rewards: What each step paid; with the discounted value of the true last observation where the step
  ///     was truncated.
  ///   - values: The value of the observation before each step.
  ///   - ended: Whether the episode ended with the step, terminated or truncated.
  ///   - lastValues: The values after the last step, one an environment.
  ///   - discount: γ.
  ///   - lambda: λ.
  /// - Returns: Σ (γλ)ˡ δ, and the same plus the values.
  public static func compute(
    rewards: [Float], values: [Float], ended: [Bool], lastValues: [Float], discount: Float,
    lambda: Float
  ) -> (advantages: [Float], returns: [Float]) {
    var advantages = [Float](repeating: 0, count: rewards.count)
    var returns = advantages
    var first = advantages.mutableSpan
    var second = returns.mutableSpan
    compute(
      rewards: rewards.span, values: values.span, ended: ended.span, lastValues: lastValues.span,
      discount: discount, lambda: lambda, advantages: &first, returns: &second)
    return (advantages, returns)
  }
}
