import RLGym
import Testing

/// The snippets about vectors of one's own and about arguments, run.
@Suite struct LaneSnippets {
  @Test func lanesExample() throws {
    var registry = EnvironmentRegistry.builtIn

    struct Mass: LanePhysics {
      typealias Sizes = LaneSizes<2, 1, 2>  // numbers of the state, of an action, of an observation
      var state: InlineArray<2, Double> = [0, 0]
      var observationSpace: Box<2> { Box(-10...10) }
      var actionSpace: Box<1> { Box(-1...1) }

      func start(using rng: inout SeededGenerator) -> InlineArray<2, Double> {
        [rng.uniform(-1, 1), 0]
      }

      @inline(__always)
      func advance<L: Lanes>(_ s: InlineArray<2, L>, action: InlineArray<1, L>)
        -> (InlineArray<2, L>, reward: L, isOver: L.Mask)
      {
        let velocity = s[1] + L(0.1) * action[0]
        let position = s[0] + L(0.1) * velocity
        let isOut = L.either(L.less(position, L(-10)), L.less(L(10), position))
        return ([position, velocity], L(0) - position * position, isOut)
      }

      @inline(__always)
      func observe<L: Lanes>(_ s: InlineArray<2, L>) -> InlineArray<2, L> { s }
    }

    try registry.register("Mass", maxSteps: 200, vector: { LaneVector($0, $1, count: $2) }) { Mass() }

    var environments = try registry.make("Mass", count: 9)
    let batch = StepBatch(count: 9, for: environments.spec)
    environments.reset(seed: 1, into: batch)
    environments.step(Array(repeating: 0.5, count: 9), into: batch)
    #expect(batch.rewards.allSatisfy { $0 <= 0 })
  }

  @Test func argumentsExample() throws {
    let registry = EnvironmentRegistry.builtIn
    let lake = try registry.make("FrozenLake", ["is_slippery": false], count: 8)
    #expect(lake.count == 8)
  }

  @Test func presetExample() {
    let preset = Preset<PPOSettings>(steps: 40_000) { $0.environments = 4 }
    #expect(preset.settings.environments == 4)
  }
}
