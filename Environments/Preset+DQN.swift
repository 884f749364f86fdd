internal import RLCore
internal import RLSupport

extension Preset {
  /// DQN as it does well in most tasks here: double, with returns of three steps, small normalized networks,
  /// and a target that follows in each step of the environments.
  ///
  /// - Parameter settings: What differs, or comes on top.
  static func dqn(steps: Int, _ settings: [String: JSONValue]) -> Preset {
    let common: [String: JSONValue] = [
      "learningStarts": 500, "trainFrequency": 1, "targetUpdateInterval": 1, "isDouble": true,
      "bufferSize": 50_000, "batchSize": 64, "tau": 0.01, "returnSteps": 3, "widths": [64, 64],
      "normalizeLayers": true, "learningRate": "linear(1e-3)",
    ]
    return Preset(steps: steps, common.merging(settings) { $1 })
  }
}
