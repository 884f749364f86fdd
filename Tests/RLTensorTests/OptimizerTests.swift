import RLSupport
import RLTensor
import Testing

@Suite struct OptimizerTests {
  /// Where weights have no gradient any more, as behind units that are never active, moments decay to zero: numbers too
  /// small to be normal would stay there, and dividing them takes the processor many times as long.
  @Test(arguments: [
    OptimizerMethod.adam(beta2: 0.9), .rmsprop(alpha: 0.9, momentum: 0.9), .sgd(momentum: 0.9),
  ])
  func momentsDecayToZero(_ method: OptimizerMethod) throws {
    var layout = ParameterLayout()
    let weight = layout.add("w", .matrix(3, 1), .constant(0.5))
    var rng = SeededGenerator(seed: 1)
    let parameters = Parameters(layout, using: &rng)
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(1, 3))
    let loss = x.linear(graph.parameter(weight)).sum()
    let program = try Program(loss: loss)
    let optimizer = Optimizer(method, for: parameters)
    func step(_ numbers: [Float]) {
      program[x].assign(numbers)
      program.run()
      optimizer.advance()
      optimizer.step(learningRate: 1e-3)
    }
    func moments() throws -> [Float] {
      var archive = StateArchive()
      optimizer.save(to: &archive)
      return try ["first", "second"].flatMap { try archive.floats($0) }
    }
    step([1, -2, 1e-3])
    #expect(try moments().contains { $0 != 0 })
    for _ in 0..<2000 {
      step([0, 0, 0])
      #expect(try moments().allSatisfy { $0 == 0 || $0.isNormal })
    }
    #expect(try moments().allSatisfy { $0 == 0 })
    #expect(parameters.array(weight).allSatisfy { $0.isNormal })
  }
}
