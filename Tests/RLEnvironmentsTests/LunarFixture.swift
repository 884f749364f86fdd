#if Box2D
  import Foundation

  /// What Gymnasium's LunarLander does (see Fixtures/make_lunar.py).
  struct LunarFixture: Decodable {
    struct Trajectory: Decodable {
      var seed: UInt64
      var terrain: [Double]
      var first: [Double]
      var actions: [[Double]]
      var observations: [[Double]]
      var rewards: [Double]
      var second: [Double]
    }

    struct Variant: Decodable {
      var trajectories: [Trajectory]
      var returns: [Double]
      var lengths: [Double]
    }

    var variants: [String: Variant]

    static let loaded: LunarFixture? = {
      let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/lunar.json")
      return try? JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
    }()

    static let names = ["discrete", "continuous", "windy", "continuous-windy"]
  }
#endif
