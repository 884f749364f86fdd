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
      var convolutions: [OperationFixture]
      var network: OperationFixture
    }
    let url = Bundle.module.bundleURL.appendingPathComponent("operations.json")
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    return try #require(
      [
        "rmsNorm": file.rmsNorm, "gru": file.gru, "lstm": file.lstm,
        "batchNorm": file.batchNorm,
        "residual": file.residual, "network": file.network,
        "convolution 0": file.convolutions[0], "convolution 1": file.convolutions[1],
        "convolution 2": file.convolutions[2],
      ][name])
  }

  private func compare(
    _ name: String, _ shapes: [(name: String, shape: Shape)], _ result: Shape,
    tolerance: Float = 1e-6, _ trace: ([Variable]) -> Variable
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
    expectNear(program[y].array, numbers(fixture.result), name, tolerance)
    for operand in operands {
      let expected = numbers(try #require(fixture.gradients[operand.name]))
      expectNear(
        parameters.gradient(operand), expected, "gradient of \(operand.name)", tolerance)
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
    _ found: [Float], _ expected: [Float], _ what: String, _ tolerance: Float = 1e-6
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
        turned(sums, parameter.shape), expected, "gradient of \(parameter.name)", 5e-6)
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

  @Test(arguments: [
    (0, ConvolutionWindow(.init(7, 6), channels: 3, kernel: 3, stride: 2, padding: 1), 5),
    (1, ConvolutionWindow(8, channels: 2, kernel: 4, stride: 2), 16),
    (
      2,
      ConvolutionWindow(
        .init(5, 9), channels: 16, kernel: .init(3, 2), stride: .init(1, 3), padding: .init(2, 0)),
      2
    ),
  ])
  func convolutionsEqualPyTorchs(_ index: Int, _ window: ConvolutionWindow, _ filters: Int) throws {
    let weight = Shape.matrix(
      window.kernel.height * window.kernel.width * window.channels, filters)
    let outputs = window.output.height * window.output.width * filters
    try compare(
      "convolution \(index)",
      [("image", .matrix(2, window.inputs)), ("weight", weight), ("bias", .vector(filters))],
      .matrix(2, outputs), tolerance: 3e-6
    ) {
      $0[0].convolution($0[1], bias: $0[2], window)
    }
  }

  /// Weights come from a file with PyTorch's layouts, and gradients would go to one.
  @Test func aConvolutionalNetworkEqualsPyTorchs() throws {
    let fixture = try fixture("network")
    var layout = ParameterLayout()
    let rows = 2
    let image = layout.add("image", .matrix(rows, 44 * 44), .constant(0))
    let first = Convolution2D(
      ConvolutionWindow(44, channels: 1, kernel: 8, stride: 4), filters: 4, name: "cnn.0",
      in: &layout)
    let second = Convolution2D(
      ConvolutionWindow(first.window.output, channels: 4, kernel: 4, stride: 2), filters: 16,
      name: "cnn.2", in: &layout)
    let third = Convolution2D(
      ConvolutionWindow(second.window.output, channels: 16, kernel: 3), filters: 8, name: "cnn.4",
      in: &layout)
    #expect(third.window.output == 2 && third.outputs == 32)
    let dense = Linear(
      third.outputs, 5, name: "cnn.7", fileLayout: third.flattened, in: &layout)
    var rng = SeededGenerator(seed: 0)
    let parameters = Parameters(layout, using: &rng)
    var archive = StateArchive()
    for (name, words) in fixture.operands { archive.set(name, .float(numbers(words))) }
    try parameters.restore(from: archive, prefix: "")
    let graph = Graph(parameters: parameters)
    let x = graph.parameter(image)
    let y = dense(third(second(first(x).relu()).relu()).relu()).relu()
    let shape = Shape.matrix(rows, 5)
    let loss = (y * graph.constant(numbers(fixture.factors), shape: shape)).sum()
    let program = try Program(loss: loss, outputs: [y])
    program.run()
    expectNear(program[y].array, numbers(fixture.result), "network")

    #expect(parameters.parameters.count == fixture.operands.count)
    // Gradients take the way of weights into an archive.
    let gradients = Parameters(layout, using: &rng)
    for parameter in parameters.parameters {
      gradients.assign(parameters.gradient(parameter), to: parameter)
    }
    var saved = StateArchive()
    gradients.save(to: &saved)
    for parameter in parameters.parameters {
      let expected = numbers(try #require(fixture.gradients[parameter.name]))
      expectNear(
        try saved.floats(parameter.name, count: expected.count), expected,
        "gradient of \(parameter.name)")
    }
    #expect(saved.entries["cnn.2.weight"]?.shape == [16, 4, 4, 4])
    #expect(saved.entries["cnn.7.weight"]?.shape == [5, 32])
  }
}
