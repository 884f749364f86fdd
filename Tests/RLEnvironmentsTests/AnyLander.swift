#if Box2D
  import Foundation
  import RLCore
  import RLSupport
  import RLEnvironments

  /// Either kind of lander; actions and observations are rows of numbers.
  enum AnyLander: Codable {
    case discrete(LunarLander)
    case continuous(LunarLanderContinuous)

    /// The lander of a variant of the fixture.
    init(_ variant: String) throws {
      let conditions =
        switch variant {
        case "windy": try LunarConditions(hasWind: true)
        case "continuous-windy":
          try LunarConditions(gravity: -6, hasWind: true, windPower: 20, turbulencePower: 2)
        default: LunarConditions()
        }
      self =
        variant.hasPrefix("continuous")
        ? .continuous(LunarLanderContinuous(conditions)) : .discrete(LunarLander(conditions))
    }

    var flight: LunarFlight {
      switch self {
      case .discrete(let lander): lander.flight
      case .continuous(let lander): lander.flight
      }
    }

    mutating func reset(using rng: inout SeededGenerator) -> [Double] {
      switch self {
      case .discrete(var lander):
        let observation = lander.reset(using: &rng)
        self = .discrete(lander)
        return Self.row(observation)
      case .continuous(var lander):
        let observation = lander.reset(using: &rng)
        self = .continuous(lander)
        return Self.row(observation)
      }
    }

    mutating func step(_ action: [Double], using rng: inout SeededGenerator) -> (
      observation: [Double], reward: Double, ended: Bool
    ) {
      // The payload must have one owner while it is stepped, or each step would fly all again.
      let step: Step<InlineArray<8, Float>, NoInfo>
      switch consume self {
      case .discrete(var lander):
        step = lander.step(Int(action[0]), using: &rng)
        self = .discrete(lander)
      case .continuous(var lander):
        step = lander.step([Float(action[0]), Float(action[1])], using: &rng)
        self = .continuous(lander)
      }
      return (Self.row(step.observation), step.reward, step.ended)
    }

    private static func row(_ observation: InlineArray<8, Float>) -> [Double] {
      (0..<8).map { Double(observation[$0]) }
    }

    /// What Gymnasium's `heuristic` does.
    func heuristicAction(_ s: [Double]) -> [Double] {
      let target = max(-0.4, min(0.4, s[0] * 0.5 + s[2]))
      var angle = (target - s[4]) * 0.5 - s[5]
      var hover = (0.55 * abs(s[0]) - s[1]) * 0.5 - s[3] * 0.5
      if s[6] == 1 || s[7] == 1 { (angle, hover) = (0, -s[3] * 0.5) }
      if case .continuous = self {
        return [max(-1, min(1, hover * 20 - 1)), max(-1, min(1, -angle * 20))]
      }
      if hover > abs(angle) && hover > 0.05 { return [2] }
      return [angle < -0.05 ? 3 : angle > 0.05 ? 1 : 0]
    }

    /// The return and the steps of an episode under the heuristic.
    static func play(_ variant: String, seed: UInt64) throws -> (total: Double, steps: Int) {
      var lander = try AnyLander(variant)
      var rng = SeededGenerator(seed: seed)
      var observation = lander.reset(using: &rng)
      var total = 0.0
      for i in 1...1000 {
        let step = lander.step(lander.heuristicAction(observation), using: &rng)
        total += step.reward
        observation = step.observation
        if step.ended { return (total, i) }
      }
      return (total, 1000)
    }
  }
#endif
