public import RLSupport

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
  _ environment: E, id: String = plainName(of: E.self), steps: Int = 500
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
    /// The bits of numbers: a NaN equals itself.
    var rows: [[UInt32]] = []
    var rewards: [UInt64] = []
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
    if let wrapper = E.learningWrapper(in: original) {
      check.error("wrapper-statistics", "\(learningProblem(wrapper)). \(learningRemedy)")
    }
    if let problem = original.observationSpace.spec.rowProblem {
      check.error("observation-space", "The observation space \(problem).")
    }
    if let problem = original.actionSpace.spec.rowProblem {
      check.error("action-space", "The action space \(problem).")
    }
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
    if let count = row.first?.wrongCount {
      check.error(
        "observation-count",
        "\(when), the observation has \(count) numbers, and \(environment.observationSpace.spec) has \(row.count)."
      )
    } else if let bad = row.firstIndex(where: \.isNaN) {
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
      guard let action = sample(environment, &actions) else {
        let components = environment.actionSpace.spec.components
        let component = starved(environment.actionMask, components)
        check.error(
          "action-mask",
          components.count == 1
            ? "No action is valid at step \(step); an action mask must leave at least one choice, and an episode must end where there is none."
            : "No choice is valid in component \(component ?? 0) of the action at step \(step); an action mask must leave each component at least one choice, and an episode must end where there is none."
        )
        return
      }
      let result = environment.step(action, using: &rng)
      length += 1
      checkObservation(environment, result.observation, "After step \(step + 1)")
      if !result.reward.isFinite {
        check.error(
          "reward-finite",
          "The reward of step \(step + 1) is \(result.reward); rewards must be finite numbers.")
      }
      if let failure = environment.failure {
        check.error("step-failure", "Step \(step + 1) could not be computed: \(failure).")
      }
      if result.ended, let oddity = environment.oddity {
        check.warn("episode-oddity", "The episode that ended with step \(step + 1): \(oddity).")
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

  /// A random action, of allowed choices if there is a mask; `nil` if a component has none.
  private func sample(_ environment: E, _ rng: inout SeededGenerator) -> E.Action? {
    let space = environment.actionSpace
    guard E.masksActions else { return space.sample(using: &rng) }
    let mask = environment.actionMask
    if starved(mask, space.spec.components) != nil { return nil }
    return space.decoded(RowSpace(space.spec).sample(mask: mask, using: &rng))
  }

  /// The first component of which a mask allows no choice.
  private func starved(_ mask: [Bool], _ components: [Int]) -> Int? {
    var start = 0
    return components.firstIndex { count in
      defer { start += count }
      return !mask[start..<start + count].contains(true)
    }
  }

  private func trace(_ start: E, seed: UInt64, resets: Bool = true) -> Trace {
    var environment = start
    var trace = Trace(generator: SeededGenerator(seed: seed))
    var actions = SeededGenerator(seed: 789)
    if resets {
      trace.rows.append(bits(environment, environment.reset(using: &trace.generator)))
    }
    for _ in 0..<min(steps, 200) {
      guard let action = sample(environment, &actions) else { break }
      let step = environment.step(action, using: &trace.generator)
      trace.rows.append(bits(environment, step.observation))
      trace.rewards.append(step.reward.bitPattern)
      trace.flags += [step.terminated, step.truncated]
      if step.ended {
        trace.rows.append(bits(environment, environment.reset(using: &trace.generator)))
      }
    }
    return trace
  }

  private func bits(_ environment: E, _ observation: E.Observation) -> [UInt32] {
    environment.observationSpace.encoded(observation).map(\.bitPattern)
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
      guard let action = sample(used, &rng) else { break }
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
      guard let action = sample(environment, &rng) else { break }
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
