import RLSupport
import RLTensor
import Testing

/// Errors name operations as Swift names functions, abbreviations included.
@Suite struct OperationNameTests {
  private func operation(_ trace: (Graph, Variable) -> Variable) -> String? {
    var layout = ParameterLayout()
    _ = Linear(2, 2, name: "layer", in: &layout)
    var rng = SeededGenerator(seed: 1)
    let graph = Graph(parameters: Parameters(layout, using: &rng), rows: 4)
    let result = trace(graph, graph.rowInput(3))
    do throws(ShapeError) {
      _ = try BatchProgram(
        meanOf: result.rowMeans(), on: ThreadTeam(threads: 1))
      return nil
    } catch { return error.operation }
  }

  @Test func namesBeginWithSmallLetters() {
    #expect(operation { $1.rmsNorm(gain: $0.constant(1)) } == "rmsNorm")
    #expect(operation { $1.gru(weight: $1, bias: $1, keep: $1, start: $1) } == "gru")
    #expect(operation { $1 + $0.rowInput(2) } == "add")
  }
}
