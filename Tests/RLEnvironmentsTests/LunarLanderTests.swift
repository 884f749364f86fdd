#if Box2D
  import Foundation
  import RLCore
  import RLEnvironments
  import RLSupport
  import Testing

  /// The largest distance between two rows.
  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
  }

  /// Against Gymnasium, which computes with Box2D 2.3.
  ///
  /// When that version was linked in place of the system's 2.4, all 2835 steps of the free flights were the
  /// same, bit for bit, and so were the lengths of the episodes with discrete actions. So the distances below
  /// are those of the two versions, which solve joints and contacts differently.
  @Suite struct LunarGymnasiumTests {
    @Test(arguments: LunarFixture.names)
    func episodesStartAsGymnasiums(_ name: String) throws {
      let variant = try #require(LunarFixture.loaded?.variants[name])
      #expect(variant.trajectories.count == 7)
      for expected in variant.trajectories {
        var rng = SeededGenerator(seed: expected.seed)
        var lander = try AnyLander(name)
        let first = lander.reset(using: &rng)
        #expect(lander.flight.terrain == expected.terrain)
        // The legs spring into their limits during the first step: 1.8e-4 measured at most.
        #expect(distance(first, expected.first) < 4e-4)
        #expect(distance(Array(first[..<2]), Array(expected.first[..<2])) < 2e-6)
        // The second episode starts alike only if the first one has drawn the same numbers.
        for _ in expected.actions {
          _ = rng.uniform()
          _ = rng.uniform()
        }
        #expect(distance(lander.reset(using: &rng), expected.second) < 4e-4)
      }
    }

    /// Until a leg touches the ground. Measured are distances of 6.1e-3 in the first 50 steps, in which
    /// the legs spring into their limits, and of 2.8e-3 later; 0.12 in rewards, which are 100 times
    /// the changes of what is observed.
    @Test(arguments: LunarFixture.names)
    func freeFlightsStayCloseToGymnasiums(_ name: String) throws {
      let variant = try #require(LunarFixture.loaded?.variants[name])
      var (early, late, reward, steps) = (0.0, 0.0, 0.0, 0)
      for expected in variant.trajectories {
        var rng = SeededGenerator(seed: expected.seed)
        var lander = try AnyLander(name)
        _ = lander.reset(using: &rng)
        for (i, action) in expected.actions.enumerated() {
          let step = lander.step(action, using: &rng)
          let goal = expected.observations[i]
          if step.ended || (step.observation[6...] + goal[6...]).contains(1) { break }
          steps += 1
          if i < 50 {
            early = max(early, distance(step.observation, goal))
          } else {
            late = max(late, distance(step.observation, goal))
          }
          reward = max(reward, abs(step.reward - expected.rewards[i]))
        }
      }
      #expect(steps > 7 * 60)
      #expect(early < 0.015)
      #expect(late < 0.008)
      #expect(reward < 0.3)
    }

    /// The same episodes under Gymnasium's heuristic, contacts included. Returns have the same mean: the 99%
    /// interval of the difference reaches zero, give or take a point; and the same distribution: they
    /// pass the two-sample test of Kolmogorov and Smirnov at 1%. Episodes last some steps longer, 5 to
    /// 33 on average, since landers come to rest later in Box2D 2.4.
    @Test(arguments: LunarFixture.names)
    func theHeuristicReachesWhatItDoesInGymnasium(_ name: String) throws {
      let variant = try #require(LunarFixture.loaded?.variants[name])
      let count = 300
      let episodes = try (0..<count).map { try AnyLander.play(name, seed: UInt64($0)) }
      let known = Array(variant.returns.prefix(count))
      let (mean, error) = difference(episodes.map(\.total), known)
      #expect(abs(mean) < 2.58 * error + 1, "\(name): returns differ by \(mean), error \(error)")
      #expect(error < 10)
      let gap = largestGap(episodes.map(\.total), known)
      #expect(gap < 1.63 * (2 / Double(count)).squareRoot(), "\(name): \(gap)")
      let (steps, stepsError) = difference(
        episodes.map { Double($0.steps) }, Array(variant.lengths.prefix(count)))
      #expect(abs(steps) < 2.58 * stepsError + 20, "\(name): lengths differ by \(steps)")
    }

    /// The mean difference of paired numbers and its standard error.
    private func difference(_ a: [Double], _ b: [Double]) -> (mean: Double, error: Double) {
      let differences = zip(a, b).map { $0 - $1 }
      let count = Double(differences.count)
      let mean = differences.reduce(0, +) / count
      let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (mean, (squares / (count - 1) / count).squareRoot())
    }

    /// The largest difference between two empirical distribution functions.
    private func largestGap(_ a: [Double], _ b: [Double]) -> Double {
      (a + b).map { x in
        abs(
          Double(a.count { $0 <= x }) / Double(a.count)
            - Double(b.count { $0 <= x }) / Double(b.count))
      }.max() ?? 0
    }
  }

  @Suite struct LunarSnapshotTests {
    /// Everything that an episode shows from where it is, under the heuristic.
    private func rest(
      _ lander: consuming AnyLander, _ observation: [Double], _ rng: SeededGenerator
    ) -> [[Double]] {
      var (lander, observation, rng) = (lander, observation, rng)
      var rows: [[Double]] = []
      for _ in 0..<400 {
        let step = lander.step(lander.heuristicAction(observation), using: &rng)
        observation = step.observation
        rows.append(observation + [step.reward, step.ended ? 1 : 0])
        if step.ended { break }
      }
      return rows
    }

    /// A flight that stopped at the first touch, when the contact solver has impulses in store.
    private func landing(_ name: String, seed: UInt64) throws -> (
      AnyLander, [Double], SeededGenerator
    ) {
      var rng = SeededGenerator(seed: seed)
      var lander = try AnyLander(name)
      var observation = lander.reset(using: &rng)
      while observation[6] + observation[7] == 0 {
        observation = lander.step(lander.heuristicAction(observation), using: &rng).observation
      }
      for _ in 0..<3 {
        observation = lander.step(lander.heuristicAction(observation), using: &rng).observation
      }
      return (lander, observation, rng)
    }

    @Test(arguments: LunarFixture.names)
    func copiesAreIndependent(_ name: String) throws {
      let (uncopied, observation, rng) = try landing(name, seed: 5)
      let expected = rest(uncopied, observation, rng)
      #expect(expected.count > 10)

      var (original, _, _) = try landing(name, seed: 5)
      let copy = original
      var other = SeededGenerator(seed: 1)
      // The original goes elsewhere, with other actions and other random numbers.
      for _ in 0..<10 { _ = original.step([1, 1], using: &other) }
      #expect(rest(copy, observation, rng) == expected)
      var again = copy
      _ = again.step([1, 1], using: &other)
      #expect(rest(copy, observation, rng) == expected)
      // A reset must not touch what copies look at either.
      var restarted = copy
      _ = restarted.reset(using: &other)
      #expect(rest(copy, observation, rng) == expected)
    }

    @Test func copiesCanBeSteppedByManyThreads() async throws {
      let (lander, observation, rng) = try landing("discrete", seed: 9)
      let expected = rest(lander, observation, rng)
      let results = await withTaskGroup(of: [[Double]].self) { group in
        for _ in 0..<16 { group.addTask { rest(lander, observation, rng) } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.count == 16)
      for result in results { #expect(result == expected) }
    }

    @Test(arguments: LunarFixture.names)
    func savedFlightsGoOnWithTheSameBits(_ name: String) throws {
      let (lander, observation, rng) = try landing(name, seed: 12)
      let data = try JSONEncoder().encode(lander)
      let restored = try JSONDecoder().decode(AnyLander.self, from: data)
      #expect(restored.flight.lander == lander.flight.lander)
      #expect(rest(restored, observation, rng) == rest(lander, observation, rng))
      // Before the first reset there is nothing to fly again.
      let fresh = try JSONDecoder().decode(
        AnyLander.self, from: JSONEncoder().encode(AnyLander(name)))
      #expect(fresh.flight.terrain.isEmpty)
    }

    @Test(arguments: [
      ("terrain", [1.0]), ("terrain", Array(repeating: 99, count: 11)), ("terrain", []),
      ("push", [1]), ("push", [0, 2000]), ("gusts", [0, 10_000]), ("gusts", []),
      ("thrusts", [0]), ("thrusts", [0.2, 0, 0, 0]), ("thrusts", [1, 0, 0]),
      ("thrusts", [1, 0, 0, 1]), ("thrusts", [0, 2, 0, 0]),
    ])
    func whatIsNoFlightIsRefused(_ key: String, _ value: [Double]) throws {
      var rng = SeededGenerator(seed: 1)
      var lander = LunarLander()
      _ = lander.reset(using: &rng)
      _ = lander.step(2, using: &rng)
      let data = try JSONEncoder().encode(lander.flight)
      var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      object[key] = value
      let changed = try JSONSerialization.data(withJSONObject: object)
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(LunarFlight.self, from: changed)
      }
    }
  }

  @Suite struct LunarRuleTests {
    @Test func episodesEndByCrashRestAndLeaving() throws {
      var ends: Set<String> = []
      for (name, action) in [("discrete", [0.0]), ("discrete", nil), ("continuous", [1, 0.9])] {
        for seed in 0..<8 {
          var rng = SeededGenerator(seed: UInt64(seed))
          var lander = try AnyLander(name)
          var observation = lander.reset(using: &rng)
          var reward = 0.0
          for _ in 0..<1000 {
            let step = lander.step(action ?? lander.heuristicAction(observation), using: &rng)
            (observation, reward) = (step.observation, step.reward)
            if step.ended { break }
          }
          let body = lander.flight.lander
          if !body.isAwake {
            ends.insert("rest")
            #expect(reward == 100)
          } else if body.hasTouched {
            ends.insert("crash")
            #expect(reward == -100)
          } else if abs(observation[0]) >= 1 {
            ends.insert("outside")
            #expect(reward == -100)
          }
        }
      }
      #expect(ends == ["rest", "crash", "outside"])
    }

    @Test func throttlesBurnBetweenHalfAndFullPower() throws {
      let cases: [(Double, Double, main: Double, side: Double)] = [
        (-1, 0.5, 0, 0), (0, -0.5, 0, 0), (0.5, 0.75, 0.75, 0.75), (1, -1, 1, -1),
        (7, -7, 1, -1), (.nan, .nan, 0, 0),
      ]
      for (main, side, mainPower, sidePower) in cases {
        var rng = SeededGenerator(seed: 3)
        var lander = LunarLanderContinuous()
        _ = lander.reset(using: &rng)
        let step = lander.step([Float(main), Float(side)], using: &rng)
        #expect(lander.flight.thrust.main == mainPower)
        #expect(lander.flight.thrust.side == sidePower)
        #expect(step.reward.isFinite)
      }
    }

    @Test func fullThrottleIsTheDiscreteEngine() throws {
      for (action, throttles) in [(0, [0, 0]), (1, [0, -1]), (2, [1, 0]), (3, [0, 1])]
        as [(Int, [Double])]
      {
        var (a, b) = (SeededGenerator(seed: 8), SeededGenerator(seed: 8))
        var (discrete, continuous) = try (AnyLander("discrete"), AnyLander("continuous"))
        #expect(discrete.reset(using: &a) == continuous.reset(using: &b))
        for _ in 0..<40 {
          let one = discrete.step([Double(action)], using: &a)
          let other = continuous.step(throttles, using: &b)
          #expect(one.observation == other.observation && one.reward == other.reward)
        }
      }
    }

    @Test func theDrawingShowsWhereTheLanderIs() throws {
      var rng = SeededGenerator(seed: 4)
      var lander = LunarLander()
      _ = lander.reset(using: &rng)
      for _ in 0..<20 { _ = lander.step(0, using: &rng) }
      let calm = lander.drawing()
      #expect((calm.width, calm.height) == (600, 400))
      let position = SIMD2<Double>(lander.flight.lander.position) * 30
      let hull = calm.elements.compactMap { element -> [Drawing.Point]? in
        if case .fill(.polygon(let corners), Drawing.Color(128, 102, 230)) = element,
          corners.count == 6
        {
          return corners
        }
        return nil
      }
      let corners = try #require(hull.first)
      // Every corner of the hull is 17 to 22 points from its origin.
      for corner in corners {
        let x = corner.x - position.x
        let y = corner.y - position.y
        #expect((16.9...22.1).contains((x * x + y * y).squareRoot()))
      }
      _ = lander.step(2, using: &rng)
      #expect(lander.drawing().elements.count == calm.elements.count + 4)
    }

    @Test func impossibleConditionsAreRefused() throws {
      for gravity in [0, -12, 1, .nan] {
        #expect(throws: LunarConditionsError.self) { try LunarConditions(gravity: gravity) }
      }
      #expect(throws: LunarConditionsError.badWind(.infinity)) {
        try LunarConditions(windPower: .infinity)
      }
      #expect(throws: LunarConditionsError.self) { try LunarConditions(turbulencePower: .nan) }
      #expect(try LunarConditions(gravity: -10) == LunarConditions())
    }
  }
#else
  import RLCore
  import RLEnvironments
  import RLSupport
  import Testing

  @Suite struct MissingLunarLanderTests {
    @Test(arguments: ["LunarLander", "LunarLander-v3", "LunarLanderContinuous"])
    func askingForItTellsHowToGetIt(_ name: String) throws {
      let error = #expect(throws: RegistryError.self) {
        try EnvironmentRegistry.builtIn.resolve(name)
      }
      #expect(error?.description.contains("libbox2d-dev") == true)
    }
  }
#endif
