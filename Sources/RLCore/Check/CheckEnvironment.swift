internal import RLSupport

/// Tries an environment against every rule that agents and tools rely on.
///
/// The rules are those of Gymnasium's `check_env` that the type system does not enforce already, and
/// those of value semantics. Actions are random.
///
/// - Parameters:
///   - environment: A fresh environment.
///   - id: Its name in the report.
///   - steps: How many steps to try.
/// - Returns: The findings; each error is a sentence that says what to change.
@inlinable
public func checkEnvironment<E: Environment>(
  _ environment: E, id: String = "\(E.self)", steps: Int = 500
) -> EnvironmentCheck {
  EnvironmentChecker(environment, id: id, steps: steps).run()
}

/// The rules, one function each.
@usableFromInline struct EnvironmentChecker<E: Environment> {
  private let original: E
  private let steps: Int
  private var check: EnvironmentCheck

  @usableFromInline init(_ environment: E, id: String, steps: Int) {
    original = environment
    self.steps = steps
    check = EnvironmentCheck(id: id)
  }

  /// What a run of random actions looked like, as rows of numbers.
  private struct Trace: Equatable {
    var rows: [[Float]] = []
    var rewards: [Double] = []
    var flags: [Bool] = []
    var generator: SeededGenerator
  }

  @usableFromInline consuming func run() -> EnvironmentCheck {
    var checker = self
    checker.checkSpaces()
    if !checker.check.passed { return checker.check }
    checker.checkEpisodes()
    checker.checkDeterminism()
    checker.checkSnapshot()
    return checker.check
  }

  private mutating func checkSpaces() {
    switch original.observationSpace.spec {
    case .box(_, let low, let high):
      if low.isEmpty {
        check.error(
          "observation-space", "The observation space has no numbers; agents need at least one.")
      }
      if low.contains(where: \.isNaN) || high.contains(where: \.isNaN) {
        check.error("observation-space", "A bound of the observation space is not a number.")
      }
      if zip(low, high).contains(where: { $0 == $1 }) {
        check.warn(
          "observation-bounds",
          "A number of the observation space has equal bounds, so it says nothing.")
      }
    case .discrete, .multiDiscrete, .multiBinary: break
    }
    if case .box(_, let low, let high) = original.actionSpace.spec {
      if low.isEmpty {
        check.error("action-space", "The action space has no numbers; agents need at least one.")
      } else if !(low + high).allSatisfy(\.isFinite) {
        check.error(
          "action-bounds",
          "The action space has an infinite bound; give every action number finite bounds.")
      } else if low != high.map({ -$0 }) || high.contains(where: { $0 > 10 }) {
        check.warn(
          "action-bounds",
          "The action space is not symmetric around zero and about one in size; wrap the environment with RescaleAction for continuous agents."
        )
      }
    }
  }

  private mutating func checkObservation(
    _ environment: E, _ observation: E.Observation, _ when: String
  ) {
    let row = environment.observationSpace.encoded(observation)
    if let bad = row.firstIndex(where: \.isNaN) {
      check.error(
        "observation-finite", "\(when), number \(bad) of the observation is not a number (NaN).")
    } else if !environment.observationSpace.contains(observation) {
      check.error(
        "observation-in-space",
        "\(when), the observation \(row) is outside of \(environment.observationSpace.spec); widen the space or clip the observation."
      )
    }
  }

  private mutating func checkEpisodes() {
    var environment = original
    var rng = SeededGenerator(seed: 123)
    var actions = SeededGenerator(seed: 456)
    checkObservation(environment, environment.reset(using: &rng), "After reset")
    var length = 0
    for step in 0..<steps {
      if environment.observationSpace.spec != original.observationSpace.spec
        || environment.actionSpace.spec != original.actionSpace.spec
      {
        check.error(
          "fixed-spaces",
          "The spaces changed during the episode; they must stay as they were when the environment was made."
        )
        return
      }
      let mask = actionMask(environment)
      if let mask, !mask.contains(true) {
        check.error(
          "action-mask",
          "No action is valid at step \(step); an action mask must leave at least one choice.")
        return
      }
      let action = sample(environment, mask, &actions)
      let result = environment.step(action, using: &rng)
      length += 1
      checkObservation(environment, result.observation, "After step \(step + 1)")
      if !result.reward.isFinite {
        check.error(
          "reward-finite",
          "The reward of step \(step + 1) is \(result.reward); rewards must be finite numbers.")
      }
      if result.truncated && length == 1 {
        check.error(
          "truncation",
          "The episode was truncated in its first step; a time limit must leave room for a step.")
      }
      if result.ended {
        checkObservation(environment, environment.reset(using: &rng), "After a later reset")
        length = 0
      }
    }
  }

  private func actionMask(_ environment: E) -> [Bool]? {
    E.masksActions ? environment.actionMask : nil
  }

  /// A random action, an allowed one if there is a mask over a discrete space.
  private func sample(_ environment: E, _ mask: [Bool]?, _ rng: inout SeededGenerator) -> E.Action {
    let space = environment.actionSpace
    for _ in 0..<1000 {
      let action = space.sample(using: &rng)
      guard let mask, case .discrete(_, let start) = space.spec else { return action }
      let index = Int(space.encoded(action)[0]) - start
      if mask.indices.contains(index), mask[index] { return action }
    }
    return space.sample(using: &rng)
  }

  private func trace(_ start: E, seed: UInt64, resets: Bool = true) -> Trace {
    var environment = start
    var trace = Trace(generator: SeededGenerator(seed: seed))
    var actions = SeededGenerator(seed: 789)
    if resets {
      trace.rows.append(
        environment.observationSpace.encoded(environment.reset(using: &trace.generator)))
    }
    for _ in 0..<min(steps, 200) {
      let action = sample(environment, actionMask(environment), &actions)
      let step = environment.step(action, using: &trace.generator)
      trace.rows.append(environment.observationSpace.encoded(step.observation))
      trace.rewards.append(step.reward)
      trace.flags += [step.terminated, step.truncated]
      if step.ended {
        trace.rows.append(
          environment.observationSpace.encoded(environment.reset(using: &trace.generator)))
      }
    }
    return trace
  }

  private mutating func checkDeterminism() {
    let (a, b) = (trace(original, seed: 123), trace(original, seed: 123))
    if a.rows.first != b.rows.first {
      check.error(
        "reset-determinism",
        "Two resets with the same seed gave different observations; draw every random number from the generator that reset is given."
      )
    } else if a.rows != b.rows || a.rewards != b.rewards || a.flags != b.flags {
      check.error(
        "step-determinism",
        "The same seed and actions led to different steps; draw every random number from the generator that step is given, and keep no state outside of the struct."
      )
    } else if a.generator != b.generator {
      check.error(
        "generator-determinism",
        "The same seed and actions drew different amounts of random numbers.")
    }
    var used = original
    var rng = SeededGenerator(seed: 5)
    _ = used.reset(using: &rng)
    for _ in 0..<3 {
      let action = sample(used, actionMask(used), &rng)
      if used.step(action, using: &rng).ended { break }
    }
    if trace(used, seed: 123).rows != a.rows {
      check.error(
        "reset-complete",
        "An episode after others differs from the first one with the same seed; reset must put every property back to its start."
      )
    }
  }

  private mutating func checkSnapshot() {
    var environment = original
    var rng = SeededGenerator(seed: 11)
    _ = environment.reset(using: &rng)
    let snapshot = environment
    let before = trace(snapshot, seed: 3, resets: false)
    for _ in 0..<5 {
      let action = sample(environment, actionMask(environment), &rng)
      if environment.step(action, using: &rng).ended { break }
    }
    if trace(snapshot, seed: 3, resets: false) != before {
      check.error(
        "snapshot",
        "Stepping the environment changed a copy of it; keep all state in value types (no shared class instances)."
      )
    }
  }
}
