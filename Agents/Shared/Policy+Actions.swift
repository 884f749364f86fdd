internal import RLCore
public import RLSupport

extension Policy {
  /// An action for each row of observations `[count, observation width]`.
  ///
  /// - Parameters:
  ///   - observations: The rows, as vector environments write them.
  ///   - masks: Rows `[count, mask width]`, true for allowed choices; empty without masks.
  ///   - rng: Randomness for sampled actions; `nil` for the most likely ones.
  /// - Returns: Rows `[count, action width]`.
  public func actions(
    for observations: [Float], masks: [Bool] = [], using rng: inout SeededGenerator?
  ) -> [Float] {
    let count = observations.count / max(1, spec.observationSpace.rowWidth)
    var actions = [Float](repeating: 0, count: count * spec.actionSpace.rowWidth)
    observations.withUnsafeBufferPointer { observations in
      masks.withUnsafeBufferPointer { masks in
        actions.withUnsafeMutableBufferPointer {
          act(on: observations, masks: masks, count: count, using: &rng, into: $0)
        }
      }
    }
    return actions
  }
}
