import RLCore
import RLEnvironments
import RLSupport
import Testing

/// Everything that vectors of an environment wrote over a number of random steps, row by row.
private func record(
  _ vector: any VectorEnvironment, seed: UInt64, steps: Int, restoringAt: Int? = nil
) throws -> [[Float]] {
  var vector = vector
  let spec = vector.spec
  let batch = StepBatch(count: vector.count, for: spec)
  var streams = (0..<vector.count).map { SeededGenerator(seed: seed &+ UInt64($0) &+ 999) }
  vector.reset(seed: seed, into: batch)
  let width = spec.observationSpace.rowWidth
  var rows = (0..<vector.count).map { Array(batch.observations[$0 * width..<($0 + 1) * width]) }
  for step in 0..<steps {
    if step == restoringAt {
      var archive = StateArchive()
      vector.save(to: &archive, prefix: "env.")
      vector.reset(seed: 4711, into: batch)
      try vector.restore(from: archive, prefix: "env.", offset: 0)
    }
    var actions: [Float] = []
    for i in streams.indices {
      switch spec.actionSpace {
      case .discrete(let count, _): actions.append(Float(streams[i].integer(below: count)))
      default:
        for _ in 0..<vector.spec.actionSpace.rowWidth {
          actions.append(Float(streams[i].uniform(-2.5, 2.5)))
        }
      }
    }
    vector.step(actions, into: batch)
    for i in 0..<vector.count {
      rows[i] += batch.observations[i * width..<(i + 1) * width]
      rows[i].append(Float(batch.rewards[i]))
      let ended = batch.terminated[i] || batch.truncated[i]
      rows[i] += [batch.terminated[i] ? 1 : 0, batch.truncated[i] ? 1 : 0]
      let mask = batch.actionMasks[i * batch.maskWidth..<(i + 1) * batch.maskWidth]
      rows[i] += mask.map { $0 ? 1 : 0 }
      if ended {
        rows[i] += batch.finalObservations[i * width..<(i + 1) * width]
        let final = batch.finalActionMasks[i * batch.maskWidth..<(i + 1) * batch.maskWidth]
        rows[i] += final.map { $0 ? 1 : 0 }
      }
    }
  }
  return rows
}

@Suite struct VectorEqualityTests {
  static let ids = EnvironmentRegistry.builtIn.entries.map(\.id)

  @Test(arguments: ids)
  func everyCountAndThreadNumberGivesTheSameBits(_ id: String) throws {
    let registry = EnvironmentRegistry.builtIn
    // A step of MuJoCo takes a thousand times as long as others.
    let isSlow = try registry.resolve(id).entry.tags.contains("mujoco")
    let (most, steps) = isSlow ? (7, 120) : (17, 600)
    let whole = try record(registry.make(id, count: most), seed: 7, steps: steps)
    for count in isSlow ? [1, 4] : Array(1..<most) {
      let part = try record(registry.make(id, count: count), seed: 7, steps: steps)
      #expect(part == Array(whole.prefix(count)))
    }
    for threads in [2, 3, 8] {
      let parallel = try record(
        registry.make(id, count: most, threads: threads), seed: 7, steps: steps)
      #expect(parallel == whole)
    }
  }

  @Test(arguments: ids)
  func aRestoredVectorGoesOnWithTheSameBits(_ id: String) throws {
    let registry = EnvironmentRegistry.builtIn
    let isSlow = try registry.resolve(id).entry.tags.contains("mujoco")
    let (count, steps, middle) = isSlow ? (3, 120, 53) : (11, 400, 203)
    for threads in [1, 2] {
      let unbroken = try record(registry.make(id, count: count), seed: 3, steps: steps)
      let restored = try record(
        registry.make(id, count: count, threads: threads), seed: 3, steps: steps,
        restoringAt: middle)
      #expect(restored == unbroken)
    }
  }

  @Test(arguments: ids)
  func everyEnvironmentPassesTheChecker(_ id: String) throws {
    let check = try EnvironmentRegistry.builtIn.resolve(id).entry.check()
    #expect(check.passed, "\(check)")
  }

  @Test func knownFirstObservations() throws {
    let registry = EnvironmentRegistry.builtIn
    var vector = try registry.make("CartPole", count: 2)
    let batch = StepBatch(count: 2, for: vector.spec)
    vector.reset(seed: 42, into: batch)
    let known: [Float] = [0.0273956, -0.00611216, 0.03585979, 0.0197368]
    for (a, b) in zip(batch.observations, known) { #expect(abs(a - b) < 1e-8) }
  }
}
