import Foundation
import RLGym
import Testing

/// The snippets of the articles, run. A block of an article is a block of lines here.
@Suite struct LibrarySnippets {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rlgym-snippet-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try body(folder.path)
  }

  @Test func gettingStarted() throws {
    let registry = EnvironmentRegistry.builtIn
    var configuration = PPOSettings()
    configuration.discount = 0.98
    let agent = try PPO(
      configuration, environments: registry.make("CartPole", count: 8), seed: 1, steps: 40_000,
      threads: 2)
    try agent.train { report in
      for episode in report.episodes { print(episode.step, episode.episodicReturn) }
      return .proceed
    }
    let entry = try registry.resolve("CartPole").entry
    let evaluation = Evaluation(of: agent.policy, in: entry.makeVector, episodes: 20, seed: 100)
    print(evaluation.mean, evaluation.halfInterval ?? .nan)
    #expect(evaluation.mean > 100)
  }

  @Test func yourOwnEnvironment() throws {
    var registry = EnvironmentRegistry.builtIn
    try registry.register("Corridor", maxSteps: 100, rewardThreshold: 0.9) { Corridor(length: 12) }
    #expect(try registry.make("Corridor", count: 2).count == 2)
    try registry.register(
      "Hall", maxSteps: 100,
      arguments: SettingsTable { Setting(\.length, "length", "how many cells", in: .atLeast(2)) }
    ) { Corridor() }
    let halls = try registry.make("Hall", ["length": 20], count: 8)
    #expect(halls.spec.arguments == ["length": 20])
    let check = checkEnvironment(Corridor(length: 12), id: "Corridor")
    print(check)
    #expect(check.passed)
  }

  @Test func vectors() throws {
    do {
      var environments = try EnvironmentRegistry.builtIn.make("CartPole", count: 4)
      let batch = StepBatch(count: environments.count, for: environments.spec)
      environments.reset(seed: 7, into: batch)
      environments.step([0, 1, 1, 0], into: batch)
      print(batch.rewards[0], batch.observations[0..<4])
      #expect(batch.rewards[3] == 1)
    }
    do {
      var environments = try EnvironmentRegistry.builtIn.make("Pendulum", count: 64, threads: 2)
      let batch = StepBatch(count: environments.count, for: environments.spec)
      environments.reset(seed: 7, into: batch)
    }
    do {
      let entry = try EnvironmentRegistry.builtIn.resolve("CartPole").entry
      let policy = RandomPolicy(entry.spec)
      let evaluation = Evaluation(
        of: policy, in: entry.makeVector, episodes: 1000, seed: 100, on: ThreadTeam(threads: 8))
      #expect(evaluation.returns.count == 1000)
    }
    let environments = try EnvironmentRegistry.builtIn.make("Pendulum", count: 8)
      .wrapped(by: RescaleAction(-1...1))
    #expect(environments.spec.actionSpace != Pendulum().actionSpace.spec)
  }

  @Test func autodiff() throws {
    var layout = ParameterLayout()
    let body = MultilayerPerceptron(
      inputs: 2, widths: [16], activation: .tanh, name: "body", in: &layout)
    let head = Linear(16, 1, name: "head", in: &layout)
    var rng = SeededGenerator(seed: 1)
    let parameters = Parameters(layout, using: &rng)

    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(32, 2))
    let target = graph.input(.matrix(32, 1))
    let loss = (head(body(x)) - target).squared().mean()
    let program = try Program(loss: loss)
    let optimizer = Optimizer(.adam(), for: parameters)

    for _ in 0..<200 {
      let points = (0..<64).map { _ in Float(rng.uniform(-1, 1)) }
      program[x].assign(points)
      program[target].assign((0..<32).map { points[2 * $0] * points[2 * $0 + 1] })
      program.run()
      optimizer.advance()
      optimizer.step(learningRate: 0.01)
    }
    print(program[loss].value)
    #expect(program[loss].value < 0.1)
    #expect(swish(graph.input(.vector(3))).shape == .vector(3))
  }

  @Test func convolutions() throws {
    var layout = ParameterLayout()
    let first = Convolution2D(
      ConvolutionWindow(84, channels: 4, kernel: 8, stride: 4), filters: 32, name: "cnn.0",
      in: &layout)
    let second = Convolution2D(
      ConvolutionWindow(first.window.output, channels: 32, kernel: 4, stride: 2), filters: 64,
      name: "cnn.2", in: &layout)
    let dense = Linear(
      second.outputs, 512, name: "linear.0", fileLayout: second.flattened, in: &layout)
    var rng = SeededGenerator(seed: 1)
    let graph = Graph(parameters: Parameters(layout, using: &rng))
    let images = graph.input(.matrix(16, first.window.inputs))
    let features = dense(second(first(images).relu()).relu()).relu()
    print(features.shape)
    #expect(features.shape == .matrix(16, 512))
    _ = try Program(outputs: [features])
  }

  @Test func batches() throws {
    var layout = ParameterLayout()
    let body = MultilayerPerceptron(
      inputs: 2, widths: [16], activation: .tanh, name: "body", in: &layout)
    let head = Linear(16, 1, name: "head", in: &layout)
    var rng = SeededGenerator(seed: 1)
    let parameters = Parameters(layout, using: &rng)

    let team = ThreadTeam(threads: 4)
    let graph = Graph(parameters: parameters, rows: 256)
    let x = graph.rowInput(2)
    let target = graph.rowInput()
    let errors = (head(body(x)).asVector() - target).squared()
    let program = try BatchProgram(meanOf: errors, on: team)
    let optimizer = Optimizer(.adam(), for: parameters)

    for _ in 0..<200 {
      let points = (0..<512).map { _ in Float(rng.uniform(-1, 1)) }
      let products = (0..<256).map { points[2 * $0] * points[2 * $0 + 1] }
      team.choosing {
        program.run(256) { slice in
          slice.fill(x, from: points)
          slice.fill(target, from: products)
        }
        optimizer.step(on: team, learningRate: 0.01)
      }
    }
    print(program.mean(errors))
    #expect(program.mean(errors) < 0.05)
  }

  @Test func logs() throws {
    try withFolder { folder in
      let path = folder + "/log"
      let spec = try EnvironmentRegistry.builtIn.resolve("CartPole").entry.spec
      let metadata = try RolloutLogMetadata(datasetID: "cartpole/fixed-v0", spec: spec)
      let writer = try RolloutLogWriter(creating: path, metadata)
      var environments = RecordedEnvironments(
        try EnvironmentRegistry.builtIn.make("CartPole", count: 2), writer: writer)
      let batch = StepBatch(count: 2, for: spec)
      environments.reset(seed: 1, into: batch)
      for _ in 0..<100 { environments.step([0, 1], into: batch) }
      environments.recorder.finish()
      try writer.synchronize()
      let log = try RolloutLog(path, access: .trusted)
      for number in 0..<log.count {
        let episode = try log.episode(number)
        print(episode.length, episode.episodicReturn, episode.truncated)
      }
      #expect(log.count > 10)
    }
  }

  @Test func pictures() throws {
    let frame = try FrameRenderer(scale: 0.5).render(CartPole())
    print(frame.width, frame.height, frame.pixels.count)
    #expect(frame.width == 300)
    try withFolder { folder in
      var environments = RecordVideo(
        try EnvironmentRegistry.builtIn.make("CartPole", count: 8), folder: folder)
      let batch = StepBatch(count: 8, for: environments.spec)
      environments.reset(seed: 1, into: batch)
    }
  }

  @Test func statistics() {
    let ours = Scores([[491, 500, 500, 476], [-79, -81, -90, -85]])
    let theirs = Scores([[402, 455, 500, 388], [-88, -80, -96, -91]])
    let bootstrap = Bootstrap(repetitions: 2000, seed: 1)
    print(Aggregate.interquartileMean(ours), bootstrap.interval(of: ours, .interquartileMean))
    print(probabilityOfImprovement(ours, over: theirs))
    #expect(probabilityOfImprovement(ours, over: theirs) > 0.5)
  }

  @Test func reproducibility() throws {
    do {
      var environments = try EnvironmentRegistry.builtIn.make("CartPole", count: 1)
      let batch = StepBatch(count: 1, for: environments.spec)
      environments.reset(seed: 42, into: batch)
      print(batch.observations[0])  // 0.0273956, as gymnasium.make("CartPole-v1").reset(seed=42)
      #expect(abs(batch.observations[0] - 0.027_395_6) < 1e-7)
    }
    let registry = EnvironmentRegistry.builtIn
    let configuration = PPOSettings()
    let agent = try PPO(
      configuration, environments: registry.make("CartPole", count: 8), seed: 1, steps: 4096,
      threads: 1)
    var archive = StateArchive()
    agent.save(to: &archive)
    let other = try PPO(
      configuration, environments: registry.make("CartPole", count: 8), seed: 1, steps: 4096,
      threads: 1)
    try other.restore(from: archive)
    #expect(other.stepsDone == agent.stepsDone)
  }
}

/// x · sigmoid(x), also called SiLU (Ramachandran et al. 2017).
func swish(_ x: Variable) -> Variable { x * x.sigmoid() }

/// Walk right through `length` cells; the last one ends the episode.
struct Corridor: DeterministicEnvironment, Codable {
  enum Move: CaseIterable { case left, right }

  var length = 10
  private var cell = 0

  init(length: Int = 10) { self.length = length }

  var actionSpace: Choice<Move> { Choice() }
  var observationSpace: Box<1> { Box(0...1) }

  mutating func reset(using rng: inout SeededGenerator) -> Observation {
    cell = rng.integer(below: length / 2)
    return observation
  }

  mutating func step(_ action: Move) -> Step<Observation, Info> {
    cell = max(0, action == .right ? cell + 1 : cell - 1)
    return cell == length - 1
      ? .terminal(observation, reward: 1) : .next(observation, reward: -0.01)
  }

  private var observation: Observation { [Float(cell) / Float(length - 1)] }
}

extension Corridor: Drawable {
  func drawing() -> Drawing {
    var drawing = Drawing(width: 50 * Double(length), height: 60)
    drawing.fill(.circle(x: 50 * Double(cell) + 25, y: 30, radius: 18), .blue)
    return drawing
  }
}
