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
      var batchNorm: OperationFixture
      var residual: OperationFixture
    }
    let url = Bundle.module.bundleURL.appendingPathComponent("operations.json")
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    return try #require(
      [
        "rmsNorm": file.rmsNorm, "gru": file.gru, "batchNorm": file.batchNorm,
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

  private func expectNear(_ found: [Float], _ expected: [Float], _ what: String) {
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) {
      #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "\(what): \(a), not \(b)")
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
      let (rows, columns) = (parameter.shape.rows, parameter.shape.columns)
      let found = parameters.gradient(parameter)
      // PyTorch keeps [out, in].
      let turned =
        parameter.shape.rank == 1
        ? found : (0..<columns).flatMap { j in (0..<rows).map { found[$0 * columns + j] } }
      expectNear(turned, expected, "gradient of \(parameter.name)")
    }
  }

  @Test func gruEqualsPyTorchs() throws {
    let (gates, shape) = (Shape.matrix(7, 15), Shape.matrix(7, 5))
    try compare("gru", [("input", gates), ("hidden", gates), ("state", shape)], shape) {
      .gru(input: $0[0], hidden: $0[1], state: $0[2])
    }
  }
}
