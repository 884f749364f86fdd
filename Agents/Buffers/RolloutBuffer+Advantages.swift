extension RolloutBuffer {
  /// Estimates advantages and returns from rewards and values.
  ///
  /// Where an episode was cut, and not terminated, the value of its true last observation is added to the
  /// reward first.
  ///
  /// - Parameters:
  ///   - network: Evaluates V.
  ///   - last: Network inputs for the observations after the last step.
  ///   - discount: γ.
  ///   - lambda: λ.
  func estimateAdvantages(
    _ network: ForwardProgram, last: UnsafePointer<Float>, discount: Float, lambda: Float
  ) {
    network.evaluate(
      count: count, stride: observationStride,
      { UnsafePointer(finalObservations + $0 * observationStride) },
      where: { ended[$0] && !terminated[$0] }
    ) { rewards[$0] += discount * $1 }
    network.evaluate(last, stride: observationStride, count: environments, into: lastValues)
    estimateAdvantages(discount: discount, lambda: lambda)
  }

  /// Estimates advantages and returns from rewards, with the values where episodes were cut in them, and all values.
  func estimateAdvantages(discount: Float, lambda: Float) {
    var advantageSpan = all(advantages).mutableSpan
    var returnSpan = all(returns).mutableSpan
    AdvantageEstimation.compute(
      rewards: all(rewards).span, values: all(values).span, ended: all(ended).span,
      lastValues: UnsafeBufferPointer(start: lastValues, count: environments).span,
      discount: discount, lambda: lambda, advantages: &advantageSpan, returns: &returnSpan)
  }

  /// 1 - Var(returns - values) / Var(returns): 1 for values that foretell every return, not a number where all
  /// returns are the same.
  public var explainedVariance: Double {
    var (sum, squares, errorSum, errorSquares) = (0.0, 0.0, 0.0, 0.0)
    for i in 0..<count {
      let target = Double(returns[i])
      let error = target - Double(values[i])
      sum += target
      squares += target * target
      errorSum += error
      errorSquares += error * error
    }
    let n = Double(count)
    let variance = squares / n - (sum / n) * (sum / n)
    let errorVariance = errorSquares / n - (errorSum / n) * (errorSum / n)
    return variance > 1e-12 ? 1 - errorVariance / variance : .nan
  }
}
