import Glibc
import RLSupport
import RLTensor
import Testing

@Suite struct ProgramTests {
  private func network(_ rng: inout SeededGenerator) -> (
    Parameters, @Sendable (Variable) -> Variable
  ) {
    var layout = ParameterLayout()
    let body = MultilayerPerceptron(
      inputs: 5, widths: [64, 48], activation: .tanh, name: "body",
      initializer: .orthogonal(gain: 1.4), in: &layout)
    let head = Linear(48, 3, name: "head", in: &layout)
    return (Parameters(layout, using: &rng), { head(body($0)) })
  }

  /// A row's result must not depend on how many rows are computed together: that is what makes training
  /// independent of the number of threads.
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 31, 64])
  func rowsDoNotDependOnTheirNumber(_ rows: Int) throws {
    var rng = SeededGenerator(seed: 5)
    let (parameters, network) = network(&rng)
    let numbers = (0..<64 * 5).map { _ in Float(rng.normal()) }
    func outputs(_ rows: Int) throws -> [Float] {
      let graph = Graph(parameters: parameters)
      let x = graph.input(.matrix(rows, 5))
      let y = network(x)
      let program = try Program(outputs: [y])
      program[x].assign(Array(numbers.prefix(rows * 5)))
      program.forward()
      return program[y].array
    }
    #expect(try outputs(rows) == Array(outputs(64).prefix(rows * 3)))
  }

  @Test func shapeMistakesNameTheOperationAndBothShapes() {
    func message(_ trace: (Graph) -> Variable) -> String {
      let graph = Graph()
      let result = trace(graph)
      do {
        _ = try Program(outputs: [result])
        return "nothing was thrown"
      } catch { return "\(error)" }
    }
    let linear = message {
      $0.input(.matrix(64, 5)).linear($0.input(.matrix(4, 64))).tanh().sum()
    }
    #expect(linear.hasPrefix("linear") && linear.contains("[64, 5]") && linear.contains("[4, 64]"))
    let add = message { $0.input(.matrix(3, 4)) + $0.input(.vector(3)) }
    #expect(add.hasPrefix("add") && add.contains("[3, 4]") && add.contains("[3]"))
    let gather = message { $0.input(.matrix(3, 4)).gathered(at: $0.input(.vector(4))) }
    #expect(gather.hasPrefix("gather") && gather.contains("[3, 4]") && gather.contains("[4]"))
    let concatenate = message {
      .concatenate([$0.input(.matrix(3, 4)), $0.input(.matrix(2, 4))])
    }
    #expect(concatenate.hasPrefix("concatenate"))
    #expect(message { Graph().input(.scalar) + $0.input(.scalar) }.contains("another graph"))
  }

  @Test func gradientsAreLimitedToTheAskedRange() throws {
    var rng = SeededGenerator(seed: 1)
    var layout = ParameterLayout()
    let first = Linear(3, 4, name: "first", in: &layout)
    let middle = layout.end
    let second = Linear(4, 2, name: "second", in: &layout)
    let parameters = Parameters(layout, using: &rng)
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(6, 3))
    let loss = second(first(x).relu()).squared().mean()
    let program = try Program(loss: loss, differentiating: parameters, range: middle..<layout.end)
    program[x].assign((0..<18).map { Float($0) / 9 - 1 })
    program.run()
    #expect(parameters.gradient(first.weight).allSatisfy { $0 == 0 })
    #expect(parameters.gradient(second.weight).contains { $0 != 0 })
  }

  /// Without the library the results are the same, only slower, so that a wrong name would not be seen.
  @Test func theLibraryThatIsThereIsUsed() {
    if let library = dlopen("libopenblas.so.0", RTLD_LAZY) {
      dlclose(library)
      #expect(hasOpenBLAS)
    }
  }

  /// Products that are large enough for BLAS, forwards in the first case and backwards in the second.
  @Test(arguments: [(16, 640, 512), (640, 24, 512)])
  func largeProductsAreRight(_ rows: Int, _ inputs: Int, _ outputs: Int) throws {
    var rng = SeededGenerator(seed: 4)
    var layout = ParameterLayout()
    let layer = Linear(inputs, outputs, name: "layer", in: &layout)
    let parameters = Parameters(layout, using: &rng)
    let numbers = (0..<rows * inputs).map { _ in Float(rng.uniform(-1, 1)) }
    let factors = (0..<rows * outputs).map { _ in Float(rng.uniform(-1, 1)) }
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(rows, inputs))
    let scale = graph.input(.matrix(rows, outputs))
    let y = layer(x)
    let program = try Program(loss: (y * scale).sum(), outputs: [y])
    program[x].assign(numbers)
    program[scale].assign(factors)
    program.run()
    let weights = parameters.array(layer.weight)
    let bias = layer.bias.map { parameters.array($0) } ?? Array(repeating: 0, count: outputs)
    let (found, gradient) = (program[y].array, parameters.gradient(layer.weight))
    for (row, input, output) in [(0, 0, 0), (7, 13, 101), (rows - 1, inputs - 1, outputs - 1)] {
      let value = (0..<inputs).reduce(Double(bias[output])) {
        $0 + Double(numbers[row * inputs + $1]) * Double(weights[$1 * outputs + output])
      }
      #expect(abs(Double(found[row * outputs + output]) - value) <= 1e-4)
      let slope = (0..<rows).reduce(0.0) {
        $0 + Double(numbers[$1 * inputs + input]) * Double(factors[$1 * outputs + output])
      }
      #expect(abs(Double(gradient[input * outputs + output]) - slope) <= 1e-3)
    }
  }

  @Test func targetNetworksShareTheGraph() throws {
    var rng = SeededGenerator(seed: 2)
    let (parameters, network) = network(&rng)
    let target = Parameters(copying: parameters)
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(4, 5))
    let difference = (network(x) - graph.using(target) { network(x) }).squared().sum()
    let program = try Program(loss: difference)
    program[x].assign((0..<20).map { Float($0) })
    program.run()
    #expect(program[difference].value == 0)
    let weight = parameters.parameters[0]
    target.assign(target.array(weight).map { $0 * 2 }, to: weight)
    program.run()
    #expect(program[difference].value > 0)
    target.average(towards: parameters, tau: 1)
    program.run()
    #expect(program[difference].value == 0)
  }

  @Test func orthogonalWeightsAreOrthogonal() {
    var rng = SeededGenerator(seed: 3)
    for (rows, columns) in [(64, 64), (4, 64), (64, 2)] {
      var layout = ParameterLayout()
      let weight = layout.add("w", .matrix(rows, columns), .orthogonal(gain: 2))
      let w = Parameters(layout, using: &rng).array(weight).map(Double.init)
      let few = min(rows, columns)
      for i in 0..<few {
        for j in 0..<few {
          let product = (0..<max(rows, columns)).reduce(0.0) { sum, k in
            rows <= columns
              ? sum + w[i * columns + k] * w[j * columns + k]
              : sum + w[k * columns + i] * w[k * columns + j]
          }
          #expect(abs(product - (i == j ? 4 : 0)) < 1e-5)
        }
      }
    }
  }

  @Test func weightsSurviveAnArchiveInPyTorchLayout() throws {
    var rng = SeededGenerator(seed: 4)
    let (parameters, _) = network(&rng)
    let (other, _) = network(&rng)
    var archive = StateArchive()
    parameters.save(to: &archive, prefix: "policy/")
    #expect(archive.entries["policy/body.0.weight"]?.shape == [64, 5])
    try other.restore(from: archive, prefix: "policy/")
    for parameter in parameters.parameters {
      #expect(parameters.array(parameter) == other.array(parameter))
    }
  }
}
