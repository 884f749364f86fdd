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
    for leaf in original.observationSpace.spec.layout.leaves { checkObservations(of: leaf) }
    for leaf in original.actionSpace.spec.layout.leaves { checkActions(of: leaf) }
    if E.masksActions && original.actionSpace.spec.choices.isEmpty {
      check.error(
        "action-mask",
        "The environment masks actions, but \(original.actionSpace.spec) has no choices that a mask could leave out."
      )
    }
  }

  /// The words for a part of a space; the space itself if it has no parts.
  private func words(_ leaf: SpaceLayout.Leaf, _ space: String) -> String {
    leaf.name.isEmpty ? space : "part '\(leaf.name)' of the \(space)"
  }

  private mutating func checkObservations(of leaf: SpaceLayout.Leaf) {
    guard case .box(_, let low, let high) = leaf.space else { return }
    let name = "The \(words(leaf, "observation space"))"
    if low.isEmpty {
      check.error("observation-space", "\(name) has no numbers; agents need at least one.")
    }
    if low.contains(where: \.isNaN) || high.contains(where: \.isNaN) {
      check.error(
        "observation-space", "A bound of the \(words(leaf, "observation space")) is not a number.")
    }
    if zip(low, high).contains(where: { $0 == $1 }) {
      check.warn(
        "observation-bounds",
        "A number of the \(words(leaf, "observation space")) has equal bounds, so it says nothing."
      )
    }
  }

  private mutating func checkActions(of leaf: SpaceLayout.Leaf) {
    guard case .box(_, let low, let high) = leaf.space else { return }
    let name = "The \(words(leaf, "action space"))"
    if low.isEmpty {
      check.error("action-space", "\(name) has no numbers; agents need at least one.")
    } else if !(low + high).allSatisfy(\.isFinite) {
      check.error(
        "action-bounds", "\(name) has an infinite bound; give every action number finite bounds.")
    } else if low != high.map({ -$0 }) || high.contains(where: { $0 > 10 }) {
      check.warn(
        "action-bounds",
        "\(name) is not symmetric around zero and about one in size; wrap the environment with RescaleAction for continuous agents."
      )
    }
  }

  private mutating func checkObservation(
    _ environment: E, _ observation: E.Observation, _ when: String
  ) {
    let row = environment.observationSpace.encoded(observation)
    let layout = environment.observationSpace.spec.layout
    if let bad = row.firstIndex(where: { $0.wrongCount != nil }), let count = row[bad].wrongCount {
      // Of a part, unless all parts say the same.
      let isAll = row.allSatisfy { $0.wrongCount == count }
      let leaf = isAll ? nil : layout.leaf(ofNumber: bad)
      check.error(
        "observation-count",
        "\(when), the observation\(leaf.map { " '\($0.name)'" } ?? "") has \(count) numbers, and \(leaf?.space ?? environment.observationSpace.spec) has \(leaf?.numbers.count ?? row.count)."
      )
    } else if let bad = row.firstIndex(where: \.isNaN) {
      let (part, number, _) = layout.allowed(bad)
      check.error(
        "observation-finite",
        "\(when), number \(number) of the observation\(part.isEmpty ? "" : " '\(part)'") is not a number (NaN)."
      )
    } else if !environment.observationSpace.contains(observation) {
      let outside = layout.leaves.first { leaf in
        !leaf.space.contains(SpaceRow(Array(row[leaf.numbers])))
      }
      let isPart = outside?.name.isEmpty == false
      check.error(
        "observation-in-space",
        "\(when), the observation\(isPart ? " '\(outside?.name ?? "")'" : "") \(outside.map { Array(row[$0.numbers]) } ?? row) is outside of \(outside?.space ?? environment.observationSpace.spec); widen the space or clip the observation."
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
        let mask = environment.actionMask
        let choice = environment.actionSpace.spec.choices.starved { mask[$0] }
        check.error(
          "action-mask", starvation(of: environment.actionSpace.spec, choice ?? 0, at: step))
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
    if space.spec.choices.starved({ mask[$0] }) != nil { return nil }
    return space.decoded(RowSpace(space.spec).sample(mask: mask, using: &rng))
  }

  /// What is said of a mask that allows no value of a choice.
  private func starvation(of space: SpaceSpec, _ choice: Int, at step: Int) -> String {
    let end = "and an episode must end where there is none."
    guard case .mask(let component, let count, let part) = space.starved(choice) else { return "" }
    if part.isEmpty && count == 1 {
      return
        "No action is valid at step \(step); an action mask must leave at least one choice, \(end)"
    }
    let place = part.isEmpty ? "" : " of part '\(part)'"
    return count == 1
      ? "No choice is valid in part '\(part)' of the action at step \(step); an action mask must leave each part with choices at least one, \(end)"
      : "No choice is valid in component \(component)\(place) of the action at step \(step); an action mask must leave each component at least one choice, \(end)"
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
