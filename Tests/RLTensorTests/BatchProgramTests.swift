import RLSupport
import RLTensor
import Testing

/// Slices of a batch against the same computation in one piece.
@Suite struct BatchProgramTests {
  /// A network with all kinds of sums over rows: weights of many and few columns, biases, a gain, a number, and a
  /// deviation that all rows share through other operations.
  private struct Model {
    var layout = ParameterLayout()
    let first, second, head: Linear
    let gain, offset, logDeviation, scale: Parameter
    let parameters: Parameters

    init() {
      first = Linear(5, 40, name: "first", in: &layout)
      second = Linear(40, 24, name: "second", in: &layout)
      head = Linear(24, 2, name: "head", in: &layout)
      gain = layout.add("gain", .vector(40), .constant(1.1))
      offset = layout.add("offset", .vector(40), .constant(0.1))
      logDeviation = layout.add("log_std", .vector(2), .constant(-0.3))
      scale = layout.add("scale", .scalar, .constant(0.7))
      var rng = SeededGenerator(seed: 3)
      parameters = Parameters(layout, using: &rng)
    }

    /// The loss of each row.
    func loss(_ x: Variable, _ actions: Variable, _ target: Variable) -> Variable {
      let graph = x.graph
      func weight(_ parameter: Parameter) -> Variable { graph.parameter(parameter) }
      let hidden = first(x).layerNorm(gain: weight(gain), offset: weight(offset)).tanh()
      let policy = DiagonalGaussian(
        mean: head(second(hidden).relu()), logDeviation: weight(logDeviation))
      let error = policy.logProbability(of: actions) * weight(scale) - target
      return error.squared() - policy.entropy * 0.01
    }
  }

  private static let rows = 75
  private static let numbers: (x: [Float], actions: [Float], target: [Float]) = {
    var rng = SeededGenerator(seed: 8)
    func draw(_ count: Int) -> [Float] { (0..<count).map { _ in Float(rng.normal()) } }
    return (draw(rows * 5), draw(rows * 2), draw(rows))
  }()

  /// The gradients, the loss of each row and the squared norm of the gradients.
  private func run(threads: Int, count: Int = rows) throws -> (
    gradients: [[Float]], terms: [Float], norm: Float, model: Model
  ) {
    let model = Model()
    let team = ThreadTeam.$mode.withValue(.all) { ThreadTeam(threads: threads) }
    let graph = Graph(parameters: model.parameters, rows: Self.rows)
    let (x, a, t) = (graph.rowInput(5), graph.rowInput(2), graph.rowInput())
    let terms = model.loss(x, a, t)
    let program = try BatchProgram(meanOf: terms, on: team)
    return team.choosing {
      // Twice, since nothing of the first batch may be left.
      for batch in [Self.rows, count] {
        program.run(batch) { slice in
          slice.fill(x, from: Self.numbers.x)
          slice.fill(a, from: Self.numbers.actions)
          slice.fill(t, from: Self.numbers.target)
        }
      }
      return (
        model.parameters.parameters.map(model.parameters.gradient), program[terms].array,
        program.squaredGradientNorm, model
      )
    }
  }

  /// The same loss as one graph.
  private func whole(_ count: Int) throws -> (gradients: [[Float]], loss: Float) {
    let model = Model()
    let graph = Graph(parameters: model.parameters)
    let (x, a) = (graph.input(.matrix(count, 5)), graph.input(.matrix(count, 2)))
    let t = graph.input(.vector(count))
    let loss = model.loss(x, a, t).mean()
    let program = try Program(loss: loss)
    program[x].assign(Array(Self.numbers.x.prefix(count * 5)))
    program[a].assign(Array(Self.numbers.actions.prefix(count * 2)))
    program[t].assign(Array(Self.numbers.target.prefix(count)))
    program.run()
    return (model.parameters.parameters.map(model.parameters.gradient), program[loss].value)
  }

  @Test(arguments: [75, 74, 33, 16, 1])
  func gradientsAreThoseOfOnePiece(_ count: Int) throws {
    let expected = try whole(count)
    let found = try run(threads: 1, count: count)
    #expect(found.terms.count == count)
    #expect(abs(found.terms.reduce(0, +) / Float(count) - expected.loss) < 1e-5)
    for (a, b) in zip(found.gradients, expected.gradients) {
      #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 2e-6 })
      #expect(b.contains { $0 != 0 })
    }
    let squares = found.gradients.joined().reduce(0) { $0 + $1 * $1 }
    #expect(abs(found.norm - squares) < 1e-5 * max(1, squares))
  }

  @Test(arguments: [2, 3, 5, 8, 16], [75, 33, 1])
  func theNumberOfThreadsChangesNoBit(_ threads: Int, _ count: Int) throws {
    let one = try run(threads: 1, count: count)
    let several = try run(threads: threads, count: count)
    #expect(several.gradients == one.gradients && several.terms == one.terms)
    #expect(several.norm == one.norm)
  }

  /// Two losses over one block of weights: each leaves nothing of the other's gradients.
  @Test func weightsThatDoNotReachTheLossHaveNoGradient() throws {
    var layout = ParameterLayout()
    let (first, second) = (
      Linear(5, 3, name: "first", in: &layout), Linear(5, 2, name: "second", in: &layout)
    )
    var rng = SeededGenerator(seed: 2)
    let parameters = Parameters(layout, using: &rng)
    let team = ThreadTeam(threads: 1)
    for (layer, other) in [(first, second), (second, first), (first, second)] {
      let graph = Graph(parameters: parameters, rows: 75)
      let x = graph.rowInput(5)
      let program = try BatchProgram(meanOf: layer(x).squared().rowSums(), on: team)
      program.run(75) { $0.fill(x, from: Self.numbers.x) }
      #expect(parameters.gradient(layer.weight).allSatisfy { $0 != 0 })
      #expect(parameters.gradient(other.weight).allSatisfy { $0 == 0 })
      let squares = parameters.gradient(layer.weight) + (layer.bias.map(parameters.gradient) ?? [])
      let norm = squares.reduce(0) { $0 + $1 * $1 }
      #expect(abs(program.squaredGradientNorm - norm) < 1e-4 * norm)
    }
  }

  /// A loss of two terms, apart or with a layer in common, on two threads and on others.
  @Test(arguments: [false, true], [75, 33])
  func termsAreAddedUpOnAnyNumberOfThreads(_ isShared: Bool, _ count: Int) throws {
    func gradients(_ threads: Int, inOne: Bool = false) throws -> (
      gradients: [[Float]], terms: [Float]
    ) {
      var layout = ParameterLayout()
      let common = Linear(5, 20, name: "common", in: &layout)
      let policy = MultilayerPerceptron(
        inputs: isShared ? 20 : 5, widths: [32, 32], activation: .tanh, name: "policy", in: &layout)
      let value = MultilayerPerceptron(
        inputs: isShared ? 20 : 5, widths: [32, 32], activation: .relu, name: "value", in: &layout)
      var rng = SeededGenerator(seed: 2)
      let parameters = Parameters(layout, using: &rng)
      let graph = Graph(parameters: parameters, rows: 75)
      let (x, target) = (graph.rowInput(5), graph.rowInput())
      let hidden = isShared ? common(x).tanh() : x
      let first = policy(hidden).logSoftmax().columns(0..<1).asVector() * target
      let second = (value(hidden).rowSums() - target).squared()
      let team = ThreadTeam.$mode.withValue(.all) { ThreadTeam(threads: threads) }
      let program =
        try inOne
        ? BatchProgram(meanOf: first + second, outputs: [first, second], on: team)
        : BatchProgram(meanOf: first, second, on: team)
      team.choosing {
        for rows in [75, count] {
          program.run(rows) { slice in
            slice.fill(x, from: Self.numbers.x)
            slice.fill(target, from: Self.numbers.target)
          }
        }
      }
      return (
        parameters.parameters.map(parameters.gradient), program[first].array + program[second].array
      )
    }
    let one = try gradients(1)
    for threads in [2, 3, 8] { #expect(try gradients(threads) == one) }
    let whole = try gradients(1, inOne: true)
    #expect(whole.terms == one.terms)
    for (a, b) in zip(whole.gradients, one.gradients) {
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 })
    }
    #expect(one.gradients.joined().contains { $0 != 0 })
  }

  /// What the backward pass reads of the forward pass only in sums over rows, or in what was saved, is of one branch.
  @Test(arguments: [
    "layers without activations", "layer norm", "quantiles", "quantiles beside layers",
  ])
  func whatOnlySumsReadIsOfOneBranch(_ name: String) throws {
    func gradients(_ threads: Int) throws -> [[Float]] {
      var layout = ParameterLayout()
      let first = Linear(5, 16, name: "first", in: &layout)
      let second = Linear(16, 16, name: "second", in: &layout)
      let gain = layout.add("gain", .vector(5), .constant(1.1))
      let offset = layout.add("offset", .vector(5), .constant(0.1))
      var rng = SeededGenerator(seed: 2)
      let parameters = Parameters(layout, using: &rng)
      let graph = Graph(parameters: parameters, rows: 75)
      let (x, samples) = (graph.rowInput(5), graph.rowInput(2))
      let team = ThreadTeam.$mode.withValue(.all) { ThreadTeam(threads: threads) }
      var terms: [Variable]
      switch name {
      case "layers without activations": terms = [second(first(x)).rowSums()]
      case "layer norm":
        let normal = x.layerNorm(gain: graph.parameter(gain), offset: graph.parameter(offset))
        terms = [normal.rowSums(), first(x).rowSums()]
      case "quantiles": terms = [first(x).quantileHuber(to: samples)]
      default:
        let quantiles = first(x)
        let hidden = second(quantiles.stoppingGradient().tanh())
        terms = [quantiles.quantileHuber(to: samples), hidden.tanh().squared().rowSums()]
      }
      let program =
        try terms.count == 1
        ? BatchProgram(meanOf: terms[0], on: team)
        : BatchProgram(meanOf: terms[0], terms[1], on: team)
      team.choosing {
        for _ in 0..<2 {
          program.run(75) { slice in
            slice.fill(x, from: Self.numbers.x)
            slice.fill(samples, from: Self.numbers.actions)
          }
        }
      }
      return parameters.parameters.map(parameters.gradient)
    }
    let one = try gradients(1)
    #expect(one.joined().contains { $0 != 0 })
    for threads in [2, 3] { #expect(try gradients(threads) == one) }
  }

  /// A term that is named twice counts twice.
  @Test func aTermMayCountTwice() throws {
    var layout = ParameterLayout()
    let layer = Linear(5, 3, name: "layer", in: &layout)
    var rng = SeededGenerator(seed: 2)
    let parameters = Parameters(layout, using: &rng)
    func gradient(_ isTwice: Bool) throws -> [Float] {
      let graph = Graph(parameters: parameters, rows: 75)
      let x = graph.rowInput(5)
      let term = layer(x).squared().rowSums()
      let team = ThreadTeam(threads: 1)
      let program =
        try isTwice
        ? BatchProgram(meanOf: term, term, on: team) : BatchProgram(meanOf: term, on: team)
      program.run(75) { $0.fill(x, from: Self.numbers.x) }
      return parameters.gradient(layer.weight)
    }
    let once = try gradient(false)
    #expect(try gradient(true) == once.map { 2 * $0 })
  }

  /// Products that one slice would leave to a library and another would not: rows are the same all the same.
  @Test(arguments: [(64, 75), (600, 48)])
  func largeLayersAreTheSameInAnySlice(_ width: Int, _ rows: Int) throws {
    func gradients(_ threads: Int) throws -> [[Float]] {
      var layout = ParameterLayout()
      let body = MultilayerPerceptron(
        inputs: 5, widths: [width, width, width], activation: .tanh, name: "body", in: &layout)
      var rng = SeededGenerator(seed: 2)
      let parameters = Parameters(layout, using: &rng)
      let graph = Graph(parameters: parameters, rows: rows)
      let x = graph.rowInput(5)
      let team = ThreadTeam.$mode.withValue(.all) { ThreadTeam(threads: threads) }
      let program = try BatchProgram(meanOf: body(x).squared().rowSums(), on: team)
      team.choosing { program.run(rows) { $0.fill(x, from: Self.numbers.x) } }
      return parameters.parameters.map(parameters.gradient)
    }
    let one = try gradients(1)
    for threads in [2, 8] { #expect(try gradients(threads) == one) }
  }

  /// A batch of more rows than fit the cache is cut on one thread, too.
  @Test func largeBatchesAreCut() throws {
    let rows = 20_000
    var rng = SeededGenerator(seed: 1)
    var layout = ParameterLayout()
    let layer = Linear(3, 8, name: "layer", in: &layout)
    let parameters = Parameters(layout, using: &rng)
    let graph = Graph(parameters: parameters, rows: rows)
    let x = graph.rowInput(3)
    let y = layer(x).rowSums()
    let program = try BatchProgram(outputs: [y], on: ThreadTeam(threads: 1))
    var slices = 0
    program.forward(rows) { slice in
      slices += 1
      for (i, row) in slice.rows.enumerated() { slice[x][i, 1] = Float(row) }
    }
    #expect(slices > 1)
    let (weights, bias) = (parameters.array(layer.weight), try #require(layer.bias))
    let slope = weights[8..<16].reduce(0, +)
    let start = parameters.array(bias).reduce(0, +)
    for row in [0, 1, 777, rows - 1] {
      let expected = start + slope * Float(row)
      #expect(abs(program[y][row] - expected) <= 1e-5 * max(1, abs(expected)))
    }
    #expect(abs(program.mean(y) - Double(start + slope * Float(rows - 1) / 2)) < 1e-1)
  }

  @Test func whatMixesRowsIsRefused() throws {
    let team = ThreadTeam(threads: 1)
    func problem(_ trace: (Graph, Variable) -> Variable) -> String {
      let graph = Graph(parameters: Model().parameters, rows: 8)
      do {
        _ = try BatchProgram(meanOf: trace(graph, graph.rowInput(4)), on: team)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(problem { $1.rowSums() } == "")
    #expect(problem { $1.columnSums() }.contains("mixes the rows"))
    #expect(problem { $1.rowSums() - $1.rowSums().mean() }.contains("mixes the rows"))
    // As many rows as columns: the numbers of rows are no row.
    #expect(
      problem { graph, _ in (graph.rowInput(8) * graph.rowInput()).rowSums() }
        .contains("mixes the rows"))
    #expect(problem { $1 }.contains("[8, 4] is not a number for each of 8 rows"))
    #expect(problem { graph, _ in graph.input(.vector(8)) }.contains("not a number for each"))
    #expect(throws: ShapeError.self) {
      _ = try Program(outputs: [Graph(rows: 3).rowInput(2)])
    }
  }
}
