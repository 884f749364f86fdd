import RLSupport
import RLTensor
import Testing

@Suite struct BatchNormTests {
  private let rows = 48
  private let width = 20

  private func numbers(_ batch: Int) -> [Float] {
    var rng = SeededGenerator(seed: UInt64(40 + batch))
    return (0..<rows * width).map { Float(rng.normal()) * Float(1 + $0 % width) + Float($0 % 3) }
  }

  /// Means and variances of the columns, in double precision.
  private func statistics(_ numbers: [Float]) -> [(mean: Double, variance: Double)] {
    (0..<width).map { j in
      let column = (0..<rows).map { Double(numbers[$0 * width + j]) }
      let mean = column.reduce(0, +) / Double(rows)
      return (mean, column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows))
    }
  }

  private struct Setup {
    let norm: BatchNorm
    let parameters: Parameters

    init(_ width: Int) {
      var layout = ParameterLayout()
      norm = BatchNorm(width, name: "norm", in: &layout)
      var rng = SeededGenerator(seed: 1)
      parameters = Parameters(layout, using: &rng)
    }
  }

  @Test(arguments: [1, 2])
  func runningStatisticsFollowTheBatches(_ threads: Int) throws {
    let setup = Setup(width)
    let team = ThreadTeam.$mode.withValue(.all) { ThreadTeam(threads: threads) }
    let graph = Graph(parameters: setup.parameters, rows: rows)
    let x = graph.rowInput(width)
    let program = try BatchProgram(
      meanOf: setup.norm(x, isTraining: true).squared().rowSums(), on: team)
    var expected = Array(repeating: (mean: 0.0, variance: 1.0), count: width)
    for batch in 0..<3 {
      let numbers = numbers(batch)
      let fill: (BatchSlice) -> Void = { $0.fill(x, from: numbers) }
      team.choosing {
        // Without gradients nothing is learned, and no batch counts.
        program.forward(rows, fill)
        program.run(rows, fill)
      }
      for (j, column) in statistics(numbers).enumerated() {
        expected[j].mean += 0.01 * (column.mean - expected[j].mean)
        expected[j].variance += 0.01 * (column.variance - expected[j].variance)
      }
    }
    #expect(setup.parameters.array(setup.norm.count) == [3])
    let means = setup.parameters.array(setup.norm.mean)
    let variances = setup.parameters.array(setup.norm.variance)
    for j in 0..<width {
      #expect(abs(Double(means[j]) - expected[j].mean) < 1e-5)
      #expect(abs(Double(variances[j]) - expected[j].variance) < 1e-4 * expected[j].variance)
    }
  }

  /// Their roots would be no numbers.
  @Test(arguments: ["norm.running_var", "norm.num_batches_tracked"])
  func negativeStatisticsAreRefused(_ name: String) throws {
    let setup = Setup(width)
    let parameters = setup.parameters
    var state = StateArchive()
    parameters.save(to: &state, prefix: "")
    let numbers = try state.floats(name)
    state.set(name, .float(numbers.dropLast() + [-1e-3]), shape: state.entries[name]?.shape)
    let error = #expect(throws: StateError.self) {
      try parameters.restore(from: state, prefix: "")
    }
    #expect(try #require(error).description.contains("'\(name)' cannot be used: number"))
    #expect(parameters.array(setup.norm.variance) == Array(repeating: 1, count: width))
  }

  @Test func outsideOfTrainingTheRunningStatisticsCount() throws {
    let setup = Setup(width)
    let (norm, parameters) = (setup.norm, setup.parameters)
    parameters.assign((0..<width).map { Float($0) }, to: norm.mean)
    parameters.assign((0..<width).map { 1 + Float($0) }, to: norm.variance)
    parameters.assign((0..<width).map { 2 - Float($0) / 7 }, to: norm.gain)
    parameters.assign((0..<width).map { Float($0) / 9 }, to: norm.offset)
    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(rows, width))
    let y = norm(x, isTraining: false)
    let program = try Program(outputs: [y])
    program[x].assign(numbers(0))
    program.forward()
    for (i, (found, x)) in zip(program[y].array, numbers(0)).enumerated() {
      let j = Double(i % width)
      let normal = (Double(x) - j) / (1 + j + 1e-3).squareRoot()
      let expected = normal * (2 - j / 7) + j / 9
      #expect(abs(Double(found) - expected) < 1e-5 * max(1, abs(expected)))
    }
  }

  @Test func optimizersLeaveStatisticsAlone() throws {
    let setup = Setup(width)
    let (norm, parameters) = (setup.norm, setup.parameters)
    parameters.assign((0..<width).map { 1 + Float($0) }, to: norm.mean)
    let optimizer = Optimizer(.adam(weightDecay: 0.1), for: parameters)
    let before = [norm.mean, norm.variance, norm.count].map(parameters.array)
    optimizer.step(on: ThreadTeam(threads: 1), learningRate: 0.5)
    #expect([norm.mean, norm.variance, norm.count].map(parameters.array) == before)
    // Nothing moves a weight but decay.
    #expect(parameters.array(norm.gain).allSatisfy { abs($0 - 0.95) < 1e-6 })
  }

  /// Two networks whose targets are half the sum of their values: gradients from slopes that are filled in between.
  @Test(arguments: [1, 2, 3])
  func gradientsMayDependOnOutputs(_ threads: Int) throws {
    func models() -> ([BatchNormalizedPerceptron], Parameters) {
      var layout = ParameterLayout()
      let bodies = (0..<2).map {
        BatchNormalizedPerceptron(
          inputs: width, widths: [24, 1], activation: .tanh, name: "\($0)", in: &layout)
      }
      var rng = SeededGenerator(seed: 2)
      return (bodies, Parameters(layout, using: &rng))
    }
    let (bodies, parameters) = models()
    let team = ThreadTeam.$mode.withValue(.all) { ThreadTeam(threads: threads) }
    let graph = Graph(parameters: parameters, rows: rows)
    let x = graph.rowInput(width)
    let values = bodies.map { $0(x, isTraining: true).asVector() }
    let slopes = values.map { _ in graph.rowInput() }
    let program = try BatchProgram(
      meanOf: zip(values, slopes).map { $0 * $1 }, outputs: values, on: team)
    let numbers = numbers(0)
    team.choosing {
      program.run(rows) {
        $0.fill(x, from: numbers)
      } between: {
      } _: { slice in
        for (i, slope) in slopes.enumerated() {
          let (own, other) = (program[values[i]].array, program[values[1 - i]].array)
          slice.fill(slope, from: zip(own, other).map { 2 * ($0 - ($0 + $1) / 2) })
        }
      }
    }

    let (others, reference) = models()
    let whole = Graph(parameters: reference)
    let y = whole.constant(numbers, shape: .matrix(rows, width))
    let (a, b) = (
      others[0](y, isTraining: true).asVector(), others[1](y, isTraining: true).asVector()
    )
    let target = ((a + b) / 2).stoppingGradient()
    let loss = (a - target).squared().mean() + (b - target).squared().mean()
    let expected = try Program(loss: loss)
    expected.run()
    for (found, wanted) in zip(parameters.parameters, reference.parameters) {
      for (p, q) in zip(parameters.gradient(found), reference.gradient(wanted)) {
        #expect(abs(p - q) <= 1e-5 * max(1, abs(q)), "\(found.name): \(p), not \(q)")
      }
      #expect(parameters.array(found) == reference.array(wanted))
    }
  }
}
