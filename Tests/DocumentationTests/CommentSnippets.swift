import RLGym
import Testing

/// The examples in the comments of public types, run.
@Suite struct CommentSnippets {
  @Test func environmentExample() throws {
    var rng = SeededGenerator(seed: 7)
    var environment = CartPole()
    let first = environment.reset(using: &rng)
    let step = environment.step(1, using: &rng)
    let snapshot = environment  // can be stepped on by itself
    #expect(first.count == 4 && step.reward == 1 && !step.ended)
    #expect(snapshot.drawing() == environment.drawing())
  }

  @Test func vectorEnvironmentExample() throws {
    var environments = try EnvironmentRegistry.builtIn.make("CartPole", count: 4)
    let batch = StepBatch(count: 4, for: environments.spec)
    environments.reset(seed: 7, into: batch)
    environments.step([0, 1, 1, 0], into: batch)
    #expect(batch.rewards.allSatisfy { $0 == 1 })
  }

  @Test func recordExample() {
    struct Seen: Sendable {
      var stock: InlineArray<3, Float> = [0, 0, 0]
      var season = 0
    }
    let space = Record(
      Seen(),
      [.part("stock", \.stock, Box<3>(0...100)), .part("season", \.season, Discrete(4))])
    print(space.spec)  // Dict('stock': Box(0.0, 100.0, (3,)), 'season': Discrete(4))
    #expect(
      space.spec.description == "Dict('stock': Box(0.0, 100.0, (3,)), 'season': Discrete(4))")
  }

  @Test func spaceRowExample() {
    let space = SpaceSpec.dict([
      .init("stock", .box(shape: [2], low: [0, 0], high: [9, 9])),
      .init("season", .discrete(count: 4, start: 0)),
    ])
    print(space.flatten([2.5, 7, 3]))  // [2.5, 7.0, 0.0, 0.0, 0.0, 1.0]
    #expect(space.flatten([2.5, 7, 3]) == [2.5, 7, 0, 0, 0, 1])
  }

  @Test func spaceLayoutExample() {
    let cards = SpaceSpec.tuple([.discrete(count: 32, start: 0), .discrete(count: 11, start: 0)])
    print(cards.layout.leaves.map(\.flat))  // [Range(0..<32), Range(32..<43)]
    #expect(cards.layout.leaves.map(\.flat) == [0..<32, 32..<43])
  }

  @Test func stepInspectorExample() throws {
    var environments = try EnvironmentRegistry.builtIn.make("CartPole", count: 4)
    let batch = StepBatch(count: 4, for: environments.spec)
    environments.reset(seed: 7, into: batch)
    var inspector = StepInspector(environments.spec)
    environments.step([0, 1, 1, 0], into: batch)
    if let fault = inspector.inspect(batch) { throw fault }
    #expect(inspector.takeRemark() == nil)
  }

  @Test func lanePhysicsExample() throws {
    var registry = EnvironmentRegistry()
    struct Mass: LanePhysics {
      typealias Sizes = LaneSizes<2, 1, 2>  // numbers of the state, of an action, of an observation
      var state: InlineArray<2, Double> = [0, 0]
      var observationSpace: Box<2> { Box(-20...20) }
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

    try registry.register("Mass", maxSteps: 200, vector: { LaneVector($0, $1, count: $2) }) {
      Mass()
    }
    let entry = try registry.resolve("Mass").entry
    #expect(entry.check().passed, "\(entry.check())")
    #expect(entry.makeVector(9).count == 9)
  }

  @Test func boxExample() throws {
    let space = Box<2>(low: [-1, 0], high: [1, .infinity])
    print(space.contains([0.5, 30]))  // true
    #expect(space.contains([0.5, 30]))
  }

  @Test func choiceExample() throws {
    enum Move: CaseIterable { case left, right }
    let space = Choice<Move>()  // as discrete as Discrete(2)
    #expect(space.spec == Discrete(2).spec)
  }

  @Test func infoExample() throws {
    struct Info: StepInfo {
      var isSuccess = false
      var cost = 0.0
      static let numbers = [
        Number(\.isSuccess, "is_success"), Number(\.cost, "cost", isSummed: true),
      ]
    }
    #expect(Info.numbers.map(\.field.name) == ["is_success", "cost"])
  }

  @Test func timeLimitExample() throws {
    let environments = try EnvironmentRegistry.builtIn.make("Pendulum", count: 8)
      .wrapped(by: TimeLimit(50))
    #expect(environments.count == 8)
  }

  @Test func drawingExample() throws {
    var drawing = Drawing(width: 200, height: 60)
    drawing.fill(.rectangle(x: 0, y: 40, width: 200, height: 20), .gray(225))
    drawing.fill(.circle(x: 100, y: 30, radius: 18), .blue)
    #expect(drawing.width == 200)
  }

  @Test func seedSequenceExample() throws {
    let sequence = SeedSequence(7)
    var weights = SeededGenerator(sequence.child(0))
    var actions = SeededGenerator(sequence.child(1))
    #expect(weights.next() != actions.next())
  }

  @Test func seededGeneratorExample() throws {
    var rng = SeededGenerator(seed: 42)
    print(rng.uniform())  // 0.7739560485559633, as numpy.random.default_rng(42).random()
    var other = SeededGenerator(seed: 42)
    #expect(other.uniform() == 0.7739560485559633)
  }

  @Test func programExample() throws {
    let graph = Graph()
    let x = graph.input(.matrix(2, 3))
    let y = x.softmax()
    let program = try Program(outputs: [y])
    program[x].assign([1, 2, 3, 0, 0, 0])
    program.forward()
    print(program[y].array)
    #expect(abs(program[y].array[5] - 1.0 / 3) < 1e-6)
  }

  @Test func batchProgramExample() throws {
    var layout = ParameterLayout()
    let layer = Linear(3, 1, name: "layer", in: &layout)
    var rng = SeededGenerator(seed: 1)
    let parameters = Parameters(layout, using: &rng)
    let team = ThreadTeam(threads: 2)
    let graph = Graph(parameters: parameters, rows: 64)
    let x = graph.rowInput(3)
    let target = graph.rowInput()
    let errors = (layer(x).asVector() - target).squared()
    let program = try BatchProgram(meanOf: errors, on: team)
    team.choosing {
      program.run(64) { slice in
        for (i, row) in slice.rows.enumerated() {
          slice[x][i, 0] = Float(row)
          slice[target][i] = Float(row)
        }
      }
    }
    print(program.mean(errors))
    #expect(program.mean(errors) > 0 && program.squaredGradientNorm > 0)
  }

  @Test func threadTeamExample() {
    let team = ThreadTeam(threads: 4)
    var sums = [Int](repeating: 0, count: team.size)
    team.choosing {
      sums.withUnsafeMutableBufferPointer { sums in
        team.run { member in sums[member] = team.share(of: 1000, for: member).reduce(0, +) }
      }
    }
    #expect(sums.reduce(0, +) == 499_500)
  }

  @Test func graphExample() throws {
    let graph = Graph()
    let x = graph.input(.vector(3))
    let loss = (x * x).sum()
    #expect(loss.shape == .scalar)
  }

  @Test func parametersExample() throws {
    var layout = ParameterLayout()
    let layer = Linear(4, 2, name: "layer", in: &layout)
    var rng = SeededGenerator(seed: 1)
    let parameters = Parameters(layout, using: &rng)
    print(parameters.array(layer.weight))
    #expect(parameters.array(layer.weight).count == 8)
  }

  @Test func scoresExample() throws {
    let scores = Scores([[491, 500, 500, 476], [-79, -81, -90, -85]])
    print(Aggregate.interquartileMean(scores), scores.taskMeans)
    #expect(scores.taskMeans.count == 2)
  }

  @Test func bootstrapExample() throws {
    let scores = Scores([[0.9, 1, 1, 0.7], [0.4, 0.6, 0.5, 0.2]])
    let interval = Bootstrap(repetitions: 2000).interval(of: scores, .interquartileMean)
    #expect(interval.low < interval.high)
  }

  @Test func shiftExample() throws {
    let shift = Shift(from: [402, 455, 500, 388, 410], to: [491, 500, 500, 476, 483])
    print(shift.value, shift.isUp)
    #expect(shift.value > 0 && shift.interval?.low == -9 && !shift.isUp)
  }

  @Test func learningCurveExample() throws {
    let curve = LearningCurve(steps: [100, 200, 300], seconds: [1, 2, 3], values: [20, 480, 500])
    print(curve.reached(475, window: 2)?.step ?? 0)  // 300
    #expect(curve.reached(475, window: 2)?.step == 300)
  }

  @Test func textRendererExample() throws {
    let picture = TextRenderer(columns: 60, lines: 16, isColoured: false)
      .render(CartPole().drawing())
    #expect(!"\(picture)".isEmpty)
  }

  @Test func frameRendererExample() throws {
    let frame = try FrameRenderer(scale: 0.5).render(CartPole())
    #expect(frame.width == 300)
  }

  @Test func policyExample() throws {
    let environments = try EnvironmentRegistry.builtIn.make("CartPole", count: 1)
    let policy = RandomPolicy(environments.spec)
    let action = policy.action(for: [0, 0.1, 0, -0.1])
    #expect(action == [0] || action == [1])
  }

  @Test func episodeLoopExample() throws {
    let entry = try EnvironmentRegistry.builtIn.resolve("CartPole").entry
    let policy = RandomPolicy(entry.spec)
    let loop = EpisodeLoop(
      PolicyPlayer(policy), in: entry.makeVector, episodes: 20, seed: 100, environments: 8)
    var farthest: Float = 0
    loop.play { event in
      if case .stepped = event {
        for row in loop.rows.indices where loop.rows[row].isLive {
          farthest = max(farthest, abs(loop.observation(of: row)[0]))
        }
      }
      return .proceed
    }
    #expect(farthest > 0.05)
  }

  @Test func catalogExample() throws {
    var catalog = Catalog.builtIn
    try catalog.environments.register("Corridor-v0", maxSteps: 100) { Corridor() }
    #expect(try catalog.environment("Corridor").id == "Corridor-v0")
  }

  struct Kettle {
    var power = 2000.0
    var whistles = true

    static let table = SettingsTable<Kettle> {
      Setting(\.power, "power", "heat in W", in: .positive)
      Setting(\.whistles, "whistles", "a signal at the boil")
    }
  }

  struct Estimator {
    var gaeLambda = 0.95

    static let table = SettingsTable<Estimator> {
      Setting(
        \.gaeLambda, "gaeLambda", peers: ["gae_lambda"], symbol: "λ",
        "bias against variance of advantages", in: .from(0, to: 1),
        search: .numbers(0.8...0.999, .complement))
    }
  }

  @Test func tablesOfSettings() throws {
    #expect(Kettle.table.names == ["power", "whistles"])
    #expect(Estimator.table["gaeLambda"]?.peers == ["gae_lambda"])
  }

  @Test func states() throws {
    var archive = StateArchive()
    Returns(returns: [1, 2], statistics: ["mean": 1.5]).save(to: &archive)
    var returns = Returns(returns: [0, 0], statistics: [:])
    try returns.restore(from: archive)
    #expect(returns.returns == [1, 2] && returns.statistics == ["mean": 1.5])
    var counted = Counters(stepsDone: 3, updates: 4)
    counted.save(to: &archive)
    counted = Counters()
    try counted.restore(from: archive)
    #expect(counted.updates == 4)
    Game().save(to: &archive)
    var game = Game(elapsed: [0], dice: [1, 1])
    try game.restore(from: archive)
    #expect(game.dice == [6, 2])
  }
}

private struct Returns: Stateful {
  var returns: [Double]
  var statistics: [String: Double]

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows("returns", &returns)
    try state.value("statistics", &statistics)
  }
}

private struct Game: Stateful {
  var elapsed = [3]
  var dice = [6, 2]

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.rows("elapsed", &elapsed, within: .counts)
    try state.array("dice", &dice, within: .within(1...6))
  }
}

private struct Counters: Stateful {
  var stepsDone = 0
  var updates = 0

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.integers("counters", of: &self, \.stepsDone, \.updates)
  }
}
