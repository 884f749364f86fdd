import Foundation
import RLSupport
import RLTensor
import Testing

@Suite struct VectorMathTests {
  /// The largest error in units of the last place over many arguments.
  private func worst(
    _ range: ClosedRange<Float>, _ function: (Variable) -> Variable, _ exact: (Double) -> Double,
    floor: Double = 0
  ) throws -> Double {
    let count = 1 << 16
    let graph = Graph()
    let x = graph.input(.vector(count))
    let y = function(x)
    let program = try Program(outputs: [y])
    var worst = 0.0
    for round in 0..<4 {
      for i in 0..<count {
        let t = (Float(i) + Float(round) / 4) / Float(count)
        program[x][i] = range.lowerBound + t * (range.upperBound - range.lowerBound)
      }
      program.forward()
      for i in 0..<count {
        let reference = exact(Double(program[x][i]))
        let unit = max(Double(Float(reference).ulp), floor)
        worst = max(worst, abs(Double(program[y][i]) - reference) / unit)
      }
    }
    return worst
  }

  @Test func elementaryFunctionsAreAccurate() throws {
    #expect(try worst(-80...80, { $0.exp() }, Foundation.exp) <= 2)
    #expect(try worst(1e-6...4, { $0.log() }, Foundation.log) <= 2)
    #expect(try worst(1...1e30, { $0.log() }, Foundation.log) <= 2)
    #expect(try worst(-12...12, { $0.tanh() }, Foundation.tanh) <= 6)
    #expect(try worst(-0.01...0.01, { $0.tanh() }, Foundation.tanh) <= 3)
    #expect(try worst(-80...80, { $0.sigmoid() }, { 1 / (1 + Foundation.exp(-$0)) }) <= 4)
    #expect(
      try worst(-30...30, { $0.softplus() }, { log1p(Foundation.exp(-abs($0))) + max($0, 0) }) <= 6)
    #expect(
      try worst(-6...6, { $0.gelu() }, { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }, floor: 6e-8)
        <= 8)
  }

  @Test func specialValues() throws {
    let numbers: [Float] = [
      0, -0.0, .infinity, -.infinity, .nan, Float(sign: .plus, exponent: -133, significand: 1),
      3e38, -3e38,
    ]
    let graph = Graph()
    let x = graph.input(.vector(numbers.count))
    let results = [x.exp(), x.log(), x.tanh(), x.sigmoid(), x.softplus(), x.relu()]
    let program = try Program(outputs: results)
    program[x].assign(numbers)
    program.forward()
    let exp = program[results[0]].array
    #expect(exp[0] == 1 && exp[2] == .infinity && exp[3] == 0 && exp[4].isNaN)
    let log = program[results[1]].array
    #expect(log[0] == -.infinity && log[2] == .infinity && log[3].isNaN && log[4].isNaN)
    #expect(abs(log[5] - (-133 * Foundation.log(Float(2)))) < 1e-4)
    let tanh = program[results[2]].array
    #expect(tanh[0] == 0 && tanh[2] == -tanh[3] && tanh[4].isNaN && tanh[6] == tanh[2])
    #expect(tanh[2] <= 1 && tanh[2] >= 1 - Float.ulpOfOne)
    let sigmoid = program[results[3]].array
    #expect(sigmoid[0] == 0.5 && sigmoid[2] == 1 && sigmoid[3] == 0 && sigmoid[4].isNaN)
    let softplus = program[results[4]].array
    #expect(softplus[2] == .infinity && softplus[3] == 0 && softplus[4].isNaN)
    #expect(program[results[5]].array[4].isNaN)
  }
}
