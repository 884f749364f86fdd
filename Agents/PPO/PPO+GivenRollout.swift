/// A rollout that is given instead of collected, as rows of numbers.
package struct GivenRollout {
  /// Network inputs.
  package var observations: [Float]
  /// Indices from 0 on, or real numbers before clipping.
  package var actions: [Float]
  /// 1 for allowed choices; empty without masks.
  package var masks: [Float]
  package var advantages: [Float]
  package var logProbabilities: [Float]
  package var values: [Float]
  package var returns: [Float]

  package init(
    observations: [Float], actions: [Float], masks: [Float] = [], advantages: [Float],
    logProbabilities: [Float], values: [Float], returns: [Float]
  ) {
    self.observations = observations
    self.actions = actions
    self.masks = masks
    self.advantages = advantages
    self.logProbabilities = logProbabilities
    self.values = values
    self.returns = returns
  }
}

extension PPO {
  /// Learns from a given rollout of `rolloutSteps` times `environments` transitions, with the minibatches and
  /// passes of every update: for comparisons with other implementations.
  ///
  /// - Returns: The metrics of the update.
  package func learn(from rollout: GivenRollout) -> [(name: String, value: Double)] {
    func write(_ rows: [Float], width: Int, into target: UnsafeMutablePointer<Float>, stride: Int) {
      precondition(rows.count == buffer.count * width, "PPO.learn: wrong number of rows")
      guard width > 0 else { return }
      for i in 0..<buffer.count {
        for j in 0..<width { target[i * stride + j] = rows[i * width + j] }
      }
    }
    write(
      rollout.observations, width: buffer.observationWidth, into: buffer.observations,
      stride: buffer.observationStride)
    for (rows, target, width) in [
      (rollout.actions, buffer.actions, buffer.actionWidth),
      (rollout.masks, buffer.masks, buffer.maskWidth), (rollout.advantages, buffer.advantages, 1),
      (rollout.logProbabilities, buffer.logProbabilities, 1), (rollout.values, buffer.values, 1),
      (rollout.returns, buffer.returns, 1),
    ] {
      write(rows, width: width, into: target, stride: width)
    }
    return update()
  }
}
