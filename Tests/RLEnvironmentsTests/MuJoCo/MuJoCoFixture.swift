import Foundation
import RLCore
import RLEnvironments
import RLSupport
import Testing

/// What Gymnasium's MuJoCo tasks do (see Fixtures/make_mujoco.py).
struct MuJoCoFixture: Decodable {
  struct Run: Decodable {
    var seed: UInt64
    /// The hash of the first observation, six digits.
    var first: String
    /// Six digits a step.
    var observations: String
    /// Four digits a step.
    var rewards: String
    /// The steps that ended an episode.
    var ends: [Int]
    var `return`: Double
    var first_numbers: [Double]?
    var last_numbers: [Double]?
    var last_info: [String: Double]?
  }

  var runs: [Run]

  static let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/mujoco.json")
  static let loaded: [String: MuJoCoFixture] =
    (try? JSONDecoder().decode([String: MuJoCoFixture].self, from: Data(contentsOf: url))) ?? [:]
  /// Names of tasks, and after a plus sign of variants with arguments.
  static let names = loaded.keys.sorted()

  /// Gymnasium's arguments of each variant.
  static let arguments: [String: [String: JSONValue]] = {
    guard let text = try? Data(contentsOf: url),
      case .object(let tasks) = JSONValue(text: Array(text))
    else { return [:] }
    return tasks.compactMapValues { task in
      guard case .object(let task) = task, case .object(let given) = task["arguments"] else {
        return nil
      }
      return given
    }
  }()

  /// Whether MuJoCo is here, whatever becomes of opening it.
  static let isSetUp = MuJoCoModel.isSetUp

  /// The first digits of 64 bits of FNV-1a.
  static func hash(_ digits: Int, _ numbers: [Double]) -> Substring {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for number in numbers {
      for k in 0..<8 {
        value = (value ^ (number.bitPattern >> (8 * k) & 0xff)) &* 0x100_0000_01b3
      }
    }
    let text = String(value, radix: 16)
    return (String(repeating: "0", count: 16 - text.count) + text).prefix(digits)
  }

  /// The actions of the steps: within 1.2 times the bounds.
  static func action(_ high: [Float], using draw: inout SeededGenerator) -> [Float] {
    high.map { Float(Double($0) * draw.uniform(-1.2, 1.2)) }
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips tests where MuJoCo is not set up.
  static var needsMuJoCo: Self {
    .enabled(if: MuJoCoFixture.isSetUp, "MuJoCo is not set up here; run `Scripts/setup mujoco`.")
  }
}
