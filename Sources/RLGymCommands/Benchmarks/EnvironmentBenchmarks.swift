internal import RLGym

extension Benchmark {
  /// The speed of a registered environment: stepped alone, in vectors and by all cores, and drawn if it can be.
  static func benchmarks(of entry: EnvironmentRegistry.Entry, threads all: Int) -> [Benchmark] {
    let vectors = [(count: 1, threads: 1), (64, 1), (1024, 1), (1024, all)]
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

  /// Steps through the public interface with valid random actions that were drawn beforehand, autoreset
  /// included. Where masks say what is valid, each round of them goes through the same states again.
  static func stepsPerSecond(_ vector: any VectorEnvironment, of spec: EnvironmentSpec)
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
    let start = spec.masksActions ? vector : nil
    let drawn = (0..<rounds).map { _ in
      let masks = spec.masksActions ? Array(batch.actionMasks) : []
      let actions = random.actions(for: nothing, masks: masks, using: &rng)
      precondition(actions.count == width)
      if spec.masksActions { vector.step(actions, into: batch) }
      return actions
    }
    return rate {
      if let start { vector = start }
      for actions in drawn { vector.step(actions, into: batch) }
    } * Double(rounds * count)
  }
}
