internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLSupport

/// Small trainings whose results are known to be equal, or can be computed in another way.
struct SelfTest {
  /// Where checkpoints are written.
  let folder: String

  /// All checks, which take a few seconds in a release build.
  func checks() -> [Diagnosis.Check] {
    [
      check("numerics", numerics),
      check("determinism of ppo") {
        try determinism(PPO.self, in: "CartPole", steps: Self.isFast ? 4096 : 512) {
          ($0.rolloutSteps, $0.epochs, $0.batchSize) = (128, 4, 64)
        }
      },
      check("determinism of sac") {
        try determinism(SAC.self, in: "Pendulum", steps: Self.isFast ? 600 : 120) {
          ($0.actorWidths, $0.criticWidths) = ([64, 64], [64, 64])
          ($0.learningStarts, $0.batchSize, $0.bufferSize) = (60, 64, 1000)
        }
      },
    ]
  }

  /// Whether the build is one for training.
  private static var isFast: Bool {
    #if DEBUG
      false
    #else
      true
    #endif
  }

  private func check(_ name: String, _ body: () throws -> String) -> Diagnosis.Check {
    do {
      return Diagnosis.Check(name: name, holds: true, detail: try body())
    } catch {
      return Diagnosis.Check(name: name, holds: false, detail: "\(error)")
    }
  }

  /// The values of a network against the same in double precision, from its weights as they are saved.
  private func numerics() throws -> String {
    var settings = DQNSettings()
    (settings.widths, settings.bufferSize) = ([96, 64], 1000)
    let agent = try DQN(
      settings, environments: try vector("CartPole", 1), seed: 3, steps: 100, threads: 1)
    let weights = agent.policyState
    let rows = 64
    var generator = SeededGenerator(SeedSequence(5))
    let inputs = (0..<rows * 4).map { _ in Float(generator.uniform() * 2 - 1) }
    let values = agent.values(of: inputs)
    let actions = values.count / rows
    var worst = 0.0
    for row in 0..<rows {
      var x = inputs[row * 4..<(row + 1) * 4].map { Double($0) }
      for layer in [0, 2, 4] {
        x = try Self.product(weights, "q_net.q_net.\(layer)", x)
        if layer < 4 { x = x.map { max(0, $0) } }
      }
      for action in 0..<actions {
        worst = max(worst, abs(x[action] - Double(values[row * actions + action])))
      }
    }
    guard worst < 1e-4 else {
      throw ExperimentError.failed(
        "a network's values are off by \(worst), more than rounding explains")
    }
    return
      "a network's values are within \(Format.value(worst * 1e6)) millionths of double precision"
  }

  /// A layer's weights times numbers, and its biases.
  private static func product(_ weights: StateArchive, _ layer: String, _ x: [Double]) throws
    -> [Double]
  {
    let biases = try weights.floats(layer + ".bias")
    let matrix = try weights.floats(layer + ".weight", count: biases.count * x.count)
    return biases.indices.map { i in
      x.indices.reduce(Double(biases[i])) { $0 + Double(matrix[i * x.count + $1]) * x[$1] }
    }
  }

  /// A training on one thread, the same on two, and the same saved and gone on with on two.
  private func determinism<A: Agent>(
    _ type: A.Type, in name: String, steps: Int, _ configure: (inout A.Settings) -> Void
  ) throws -> String {
    var settings = A.Settings()
    configure(&settings)
    let whole = try trained(type, settings, in: name, steps: steps, threads: 1)
    for isSaved in [false, true] {
      let other = try trained(type, settings, in: name, steps: steps, threads: 2, isSaved: isSaved)
      guard other == whole else {
        throw ExperimentError.failed(
          isSaved
            ? "a training that was saved and gone on with ends with other weights"
            : "a training on two threads ends with other weights than on one")
      }
    }
    let sum = String(FileStore.checksum(whole), radix: 16)
    return "\(steps) steps on one thread, on two, and saved in the middle: the same bytes, \(sum)"
  }

  private func trained<A: Agent>(
    _ type: A.Type, _ settings: A.Settings, in name: String, steps: Int, threads: Int,
    isSaved: Bool = false
  ) throws -> [UInt8] {
    func agent() throws -> A {
      try A(settings, environments: vector(name, 2), seed: 1, steps: steps, threads: threads)
    }
    var learner = try agent()
    if isSaved {
      try learner.train { $0.stepsDone * 2 < steps ? .proceed : .stop }
      let path = folder + "/rlgym-doctor-\(getpid())"
      defer { try? FileManager.default.removeItem(atPath: path) }
      try Checkpoint.write(learner, extra: StateArchive(), to: path)
      learner = try agent()
      try learner.restore(from: try Checkpoint.read(path).agent)
    }
    try learner.train { _ in .proceed }
    return Safetensors.encode(learner.policyState)
  }

  private func vector(_ name: String, _ count: Int) throws -> any VectorEnvironment {
    try Catalog.builtIn.environment(name).makeVector(count)
  }
}
