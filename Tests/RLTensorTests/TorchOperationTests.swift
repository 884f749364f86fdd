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

  private func compare(
    _ name: String, _ shapes: [(name: String, shape: Shape)], _ result: Shape,
    _ trace: ([Variable]) -> Variable
  ) throws {
    struct File: Decodable {
      var rmsNorm: OperationFixture
      var gru: OperationFixture
    }
    let url = Bundle.module.bundleURL.appendingPathComponent("operations.json")
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    let fixture = name == "gru" ? file.gru : file.rmsNorm
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

  @Test func gruEqualsPyTorchs() throws {
    let (gates, shape) = (Shape.matrix(7, 15), Shape.matrix(7, 5))
    try compare("gru", [("input", gates), ("hidden", gates), ("state", shape)], shape) {
      .gru(input: $0[0], hidden: $0[1], state: $0[2])
    }
  }
}
