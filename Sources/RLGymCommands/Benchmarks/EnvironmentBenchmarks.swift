internal import RLGym

extension Benchmark {
  /// The speed of a registered environment: stepped alone, in vectors and by all cores, and drawn if it can be.
  static func benchmarks(of entry: EnvironmentRegistry.Entry, cores: Int) -> [Benchmark] {
    let vectors = [(count: 1, threads: 1), (64, 1), (1024, 1), (1024, cores)]
    let steps = vectors.map { count, threads in
      let suffix = threads > 1 ? "/all-cores" : ""
      return Benchmark(name: "step/\(entry.id)/\(count)\(suffix)", unit: "steps/s") {
        let vector = entry.makeVector(count)
        return stepsPerSecond(
          threads > 1 ? ParallelEnvironments(vector, threads: threads) : vector, of: entry.spec)
      }
    }
    let isDrawn = entry.framesPerSecond != nil && (try? FrameRenderer()) != nil
    return steps + (isDrawn ? [rendering(entry.id) { entry }] : [])
  }

  /// Steps through the public interface with valid random actions, autoreset included. They are drawn
  /// beforehand, except where masks say what is valid.
  private static func stepsPerSecond(_ vector: any VectorEnvironment, of spec: EnvironmentSpec)
    -> Double
  {
    var vector = vector
    let (count, width) = (vector.count, vector.count * spec.actionSpace.rowWidth)
    let batch = StepBatch(count: count, for: spec)
    vector.reset(seed: 1, into: batch)
    let random = RandomPolicy(spec)
    var rng: SeededGenerator? = SeededGenerator(seed: 2)
    let rounds = max(16, 4096 / count)
    let nothing = [Float](repeating: 0, count: count * spec.observationSpace.rowWidth)
    let drawn = (0..<rounds).map { _ in random.actions(for: nothing, using: &rng) }
    return rate {
      for round in 0..<rounds {
        var actions = drawn[round]
        if spec.masksActions {
          actions = random.actions(for: nothing, masks: Array(batch.actionMasks), using: &rng)
        }
        precondition(actions.count == width)
        vector.step(actions, into: batch)
      }
    } * Double(rounds * count)
  }
}
