import Foundation
import RLSupport
import RLTensor
import Testing

/// PyTorch's values and gradients of single operations (see Fixtures/make_operations.py).
private struct OperationFixture: Decodable {
  var operands: [String: [String]]
  var factors: [String]
  var result: [String]
  var gradients: [String: [String]]
}

@Suite struct TorchOperationTests {
  private func numbers(_ words: [String]) -> [Float] {
    words.map { Float(bitPattern: UInt32($0, radix: 16) ?? 0) }
  }

  private func fixture(_ name: String) throws -> OperationFixture {
    struct File: Decodable {
      var rmsNorm: OperationFixture
      var gru: OperationFixture
      var lstm: OperationFixture
      var batchNorm: OperationFixture
      var residual: OperationFixture
    }
    let url = Bundle.module.bundleURL.appendingPathComponent("operations.json")
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    return try #require(
      [
        "rmsNorm": file.rmsNorm, "gru": file.gru, "lstm": file.lstm, "batchNorm": file.batchNorm,
        "residual": file.residual,
      ][name])
  }

  private func compare(
    _ name: String, _ shapes: [(name: String, shape: Shape)], _ result: Shape,
    _ trace: ([Variable]) -> Variable
  ) throws {
    let fixture = try fixture(name)
    var layout = ParameterLayout()
    let operands = shapes.map { layout.add($0.name, $0.shape, .constant(0)) }
    var rng = SeededGenerator(seed: 0)
    let parameters = Parameters(layout, using: &rng)
    for operand in operands {
      parameters.assign(numbers(try #require(fixture.operands[operand.name])), to: operand)
    }
    let graph = Graph(parameters: parameters)
    let y = trace(operands.map { graph.parameter($0) })
    let loss = (y * graph.constant(numbers(fixture.factors), shape: result)).sum()
    let program = try Program(loss: loss, outputs: [y])
    program.run()
    expectNear(program[y].array, numbers(fixture.result), name)
    for operand in operands {
      let expected = numbers(try #require(fixture.gradients[operand.name]))
      expectNear(parameters.gradient(operand), expected, "gradient of \(operand.name)")
    }
  }

  /// The numbers as PyTorch keeps them, `[out, in]`.
  private func turned(_ numbers: [Float], _ shape: Shape) -> [Float] {
    guard shape.rank == 2 else { return numbers }
    return (0..<shape.columns).flatMap { j in
      (0..<shape.rows).map { numbers[$0 * shape.columns + j] }
    }
  }

  private func expectNear(
    _ found: [Float], _ expected: [Float], _ what: String, within tolerance: Float = 1e-6
  ) {
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) {
      #expect(abs(a - b) <= tolerance * max(1, abs(b)), "\(what): \(a), not \(b)")
    }
  }

  @Test func rmsNormEqualsPyTorchs() throws {
    let shape = Shape.matrix(7, 5)
    try compare("rmsNorm", [("x", shape), ("gain", .vector(5))], shape) {
      $0[0].rmsNorm(gain: $0[1], epsilon: 1e-3)
    }
  }

  /// Beyond the batches without corrections; r and d of some columns are clipped.
  @Test func batchRenormalizationEqualsPyTorchs() throws {
    let (shape, row) = (Shape.matrix(7, 5), Shape.vector(5))
    try compare("batchNorm", [("x", shape), ("gain", row), ("offset", row)], shape) { operands in
      let graph = operands[0].graph
      return operands[0].batchNorm(
        gain: operands[1], offset: operands[2],
        statistics: BatchStatistics(
          mean: graph.constant([-3, -0.2, 0, 0.2, 8], shape: row),
          variance: graph.constant([0.01, 0.8, 1, 1.2, 30], shape: row),
          count: graph.constant(100_000)), rate: 0)
    }
  }

  @Test func residualBlocksEqualPyTorchs() throws {
    let fixture = try fixture("residual")
    var layout = ParameterLayout()
    let body = ResidualPerceptron(
      inputs: 3, width: 4, blocks: 2, activation: .relu, name: "body", in: &layout)
    var rng = SeededGenerator(seed: 0)
    let parameters = Parameters(layout, using: &rng)
    var archive = StateArchive()
    for (name, words) in fixture.operands { archive.set(name, .float(numbers(words))) }
    try parameters.restore(from: archive, prefix: "")
    let graph = Graph(parameters: parameters)
    let shape = Shape.matrix(7, 4)
    let y = body(
      graph.constant(numbers(try #require(fixture.operands["x"])), shape: .matrix(7, 3)))
    let loss = (y * graph.constant(numbers(fixture.factors), shape: shape)).sum()
    let program = try Program(loss: loss, outputs: [y])
    program.run()
    expectNear(program[y].array, numbers(fixture.result), "residual")
    #expect(parameters.parameters.count == fixture.operands.count - 1)
    for parameter in parameters.parameters {
      let expected = numbers(try #require(fixture.gradients[parameter.name]))
      expectNear(
        turned(parameters.gradient(parameter), parameter.shape), expected,
        "gradient of \(parameter.name)")
    }
  }

  /// Two sequences of six steps with the start of an episode at the beginning and in the middle, in one batch and by
  /// slices.
  @Test(arguments: RecurrentKind.allCases)
  func recurrentLayersEqualPyTorchs(_ kind: RecurrentKind) throws {
    let (fixture, units) = (try fixture(kind.rawValue), kind == .gru ? 32 : 16)
    var layout = ParameterLayout()
    let layer = RecurrentLayer(kind, 3, units, name: "layer", in: &layout)
    var rng = SeededGenerator(seed: 0)
    let parameters = Parameters(layout, using: &rng)
    var archive = StateArchive()
    for (name, words) in fixture.operands { archive.set(name, .float(numbers(words))) }
    try parameters.restore(from: archive, prefix: "")
    let (steps, width) = (6, layer.stateWidth)
    let graph = Graph(parameters: parameters, rows: 2 * steps, sequenceLength: steps)
    let (x, keep, start) = (graph.rowInput(3), graph.rowInput(), graph.rowInput(width))
    let factors = graph.rowInput(width)
    let states = layer(x, keep: keep, start: start)
    #expect(layer.output(states).shape == .matrix(2 * steps, units))
    // What is not read may be anything.
    var firsts = Array(repeating: Float.nan, count: 2 * steps * width)
    let team = ThreadTeam.$mode.withValue(.all) { ThreadTeam(threads: 2) }
    let program = try BatchProgram(
      meanOf: (states * factors).rowSums(), outputs: [states], on: team)
    let inputs = numbers(try #require(fixture.operands["x"]))
    let keeps = numbers(try #require(fixture.operands["keep"]))
    let starts = numbers(try #require(fixture.operands["start"]))
    for i in 0..<2 {
      firsts.replaceSubrange(
        i * steps * width..<(i * steps + 1) * width, with: starts[i * width..<(i + 1) * width])
    }
    team.choosing {
      program.run(2 * steps) { slice in
        slice.fill(x, from: inputs)
        slice.fill(keep, from: keeps)
        slice.fill(factors, from: numbers(fixture.factors))
        slice.fill(start, from: firsts)
      }
    }
    expectNear(program[states].array, numbers(fixture.result), kind.rawValue)
    for parameter in parameters.parameters {
      let expected = numbers(try #require(fixture.gradients[parameter.name]))
      let sums = parameters.gradient(parameter).map { $0 * Float(2 * steps) }
      expectNear(
        turned(sums, parameter.shape), expected, "gradient of \(parameter.name)", within: 5e-6)
    }
  }

  @Test func statesOfNoWholeVectorsOrSequencesAreRefused() throws {
    var layout = ParameterLayout()
    let narrow = RecurrentLayer(.lstm, 3, 20, name: "narrow", in: &layout)
    let layer = RecurrentLayer(.gru, 3, 32, name: "layer", in: &layout)
    var rng = SeededGenerator(seed: 0)
    let parameters = Parameters(layout, using: &rng)
    func problem(_ layer: RecurrentLayer, _ states: Int, _ rows: Int) -> String {
      let graph = Graph(parameters: parameters, rows: rows, sequenceLength: 4)
      let y = layer(
        graph.rowInput(3), keep: graph.rowInput(), start: graph.rowInput(states))
      do throws(ShapeError) {
        _ = try BatchProgram(outputs: [y], on: ThreadTeam(threads: 1))
        return ""
      } catch { return "\(error)" }
    }
    #expect(problem(layer, 32, 8) == "")
    #expect(problem(layer, 16, 8).contains("start [8, 16] do not fit"))
    #expect(problem(layer, 32, 10) == "gru: 10 rows are no whole sequences of 4 steps")
    #expect(
      problem(narrow, 40, 8) == "lstm: a state of 20 numbers; it must be a multiple of 16")
  }
}
