#if Box2D
  import Foundation
  import RLCore
  import RLEnvironments
  import Testing

  /// Either kind of lander, whose actions are rows of numbers.
  private enum Lander {
    case discrete(LunarLander)
    case continuous(LunarLanderContinuous)

    init(_ name: String) throws {
      let conditions = try LunarFixture.conditions(name)
      self =
        name.hasPrefix("continuous")
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
        let row = lander.reset(using: &rng)
        self = .discrete(lander)
        return (0..<8).map { Double(row[$0]) }
      case .continuous(var lander):
        let row = lander.reset(using: &rng)
        self = .continuous(lander)
        return (0..<8).map { Double(row[$0]) }
      }
    }
  }

  @Suite struct MeasureTests {
    @Test(arguments: LunarFixture.names)
    func measure(_ name: String) throws {
      let variant = try #require(try LunarFixture.load().variants[name])
      for t in variant.trajectories {
        var rng = SeededGenerator(seed: t.seed)
        let c = try LunarFixture.conditions(name)
        var a = LunarLander(c), b = LunarLanderContinuous(c)
        let isC = name.hasPrefix("continuous")
        let first = isC ? b.reset(using: &rng) : a.reset(using: &rng)
        let d = (0..<8).map { abs(Double(first[$0]) - t.first[$0]) }.max() ?? 0
        let g = zip((isC ? b.flight : a.flight).terrain, t.terrain).map { abs($0 - $1) }.max() ?? 9
        var line = "\(name) \(t.seed): first \(d) ground \(g)"
        for i in t.actions.indices {
          let s = isC ? b.step([Float(t.actions[i][0]), Float(t.actions[i][1])], using: &rng) : a.step(Int(t.actions[i][0]), using: &rng)
          let d = (0..<8).map { abs(Double(s.observation[$0]) - t.observations[i][$0]) }
          let touches = t.observations[i][6] + t.observations[i][7] > 0 || s.observation[6] + s.observation[7] > 0
          if i < 5 || i % 20 == 0 || touches { line += "\n   \(i) \(d.map { String(format: "%.1e", $0) }) r \(String(format: "%.1e", s.reward - t.rewards[i]))" }
          if s.ended || touches { line += " end \(i) of \(t.actions.count)"; break }
        }
        print(line)
      }
    }
  }
#endif
