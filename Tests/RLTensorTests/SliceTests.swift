import RLSupport
import RLTensor
import Synchronization
import Testing

/// An example with any number of rows. Its rows are numbers times weights of ones, so that gradients flow through the
/// operation to what all rows share.
private struct ExampleRows {
  let parameters: Parameters
  /// What the rows are filled in from; in a graph without rows constants, and inputs if they are bytes.
  private(set) var inputs: [(variable: Variable, numbers: [Float])] = []
  /// The loss of each row.
  private(set) var terms: Variable

  init(_ example: OperationExample, rows: Int, isBatch: Bool) throws {
    var rng = SeededGenerator(seed: 11)
    var layout = ParameterLayout()
    let weights = example.leaves.enumerated().map { i, leaf -> Parameter? in
      if leaf.isConstant { return nil }
      let row: Shape = leaf.shape.rank == 2 ? .vector(leaf.shape.columns) : .scalar
      return layout.add("leaf\(i)", leaf.isRow ? row : leaf.shape, .constant(1))
    }
    parameters = Parameters(layout, using: &rng)
    let graph = Graph(
      parameters: parameters, rows: isBatch ? rows : nil, sequenceLength: example.sequenceLength)
    var inputs: [(Variable, [Float])] = []
    func rowNumbers(_ columns: Int?, _ numbers: [Float]) -> Variable {
      guard isBatch else {
        return graph.constant(
          numbers, shape: columns.map { .matrix(rows, $0) } ?? .vector(rows))
      }
      let variable = graph.rowInput(columns)
      inputs.append((variable, numbers))
      return variable
    }
    var leaves: [Variable] = []
    for (leaf, weight) in zip(example.leaves, weights) {
      if leaf.shape.areBytes {
        let columns = leaf.shape.columns
        let scale = OperationExample.Leaf.byteScale
        let x =
          isBatch
          ? graph.rowBytes(columns, scale: scale) : graph.bytes(rows, columns, scale: scale)
        inputs.append((x, leaf.random(rows * columns, using: &rng)))
        leaves.append(x)
      } else if leaf.isRow {
        let columns = leaf.shape.rank == 2 ? leaf.shape.columns : nil
        let x = rowNumbers(columns, leaf.random(rows * (columns ?? 1), using: &rng))
        leaves.append(weight.map { x * graph.parameter($0) } ?? x)
      } else if let weight {
        parameters.assign(leaf.random(leaf.shape.count, using: &rng), to: weight)
        leaves.append(graph.parameter(weight))
      }
    }
    let result = example.trace(leaves)
    // Different weights for each element, so that no error cancels.
    let columns = result.shape.rank == 2 ? result.shape.columns : nil
    let factors = (0..<rows * (columns ?? 1)).map { 0.5 + Float($0 % 7) / 5 }
    let weighted = result * rowNumbers(columns, factors)
    terms = columns == nil ? weighted : weighted.rowSums()
    self.inputs = inputs
  }

  /// The loss of each row and all gradients, from a batch, the number of its slices, and whether there must be only one.
  func run(_ count: Int, threads: Int) throws -> (
    terms: [Float], gradients: [Float], slices: Int, isWhole: Bool
  ) {
    let team = ThreadTeam.$mode.withValue(.all) { ThreadTeam(threads: threads) }
    let program = try BatchProgram(meanOf: terms, on: team)
    let slices = Atomic(0)
    team.choosing {
      // Twice, since nothing of the first batch may be left.
      for _ in 0..<2 {
        slices.store(0, ordering: .relaxed)
        program.run(count) { slice in
          slices.add(1, ordering: .relaxed)
          for (variable, numbers) in inputs {
            if variable.shape.areBytes {
              slice.fill(variable, bytes: numbers.map { UInt8($0) })
            } else {
              slice.fill(variable, from: numbers)
            }
          }
        }
      }
    }
    return (
      program[terms].array, gradients, slices.load(ordering: .relaxed), program.takesWholeBatches
    )
  }

  var gradients: [Float] { parameters.parameters.flatMap { parameters.gradient($0) } }
}

@Suite struct SliceTests {
  static let examples = (Operations.examples + GradientTests.usedTwice + GradientTests.composed)
    .filter { $0.leaves.contains(where: \.isRow) }

  /// Both numbers of rows are one slice for one thread, and several of which the last is shorter for more, unless an
  /// operation needs all rows at once.
  @Test(arguments: examples)
  func anyNumberOfThreadsGivesTheSameBits(_ example: OperationExample) throws {
    let length = example.sequenceLength
    let batch = try ExampleRows(example, rows: 150 / length * length, isBatch: true)
    for count in [150, 37].map({ $0 / length * length }) {
      let one = try batch.run(count, threads: 1)
      #expect(one.slices == 1)
      #expect(one.terms.count == count && one.terms.allSatisfy { $0.isFinite })
      #expect(one.gradients.allSatisfy { $0.isFinite })
      for threads in [2, 3, 5] {
        let several = try batch.run(count, threads: threads)
        #expect((several.slices > 1) != several.isWhole)
        #expect(several.terms == one.terms, "\(threads) threads, \(count) rows")
        #expect(several.gradients == one.gradients, "\(threads) threads, \(count) rows")
      }
    }
  }

  @Test(arguments: examples)
  func aBatchGivesWhatAProgramGives(_ example: OperationExample) throws {
    let count = 37 / example.sequenceLength * example.sequenceLength
    let batch = try ExampleRows(example, rows: count, isBatch: true).run(count, threads: 2)
    let rows = try ExampleRows(example, rows: count, isBatch: false)
    let program = try Program(loss: rows.terms.mean(), outputs: [rows.terms])
    for (variable, numbers) in rows.inputs {
      program.assign(bytes: numbers.map { UInt8($0) }, to: variable)
    }
    program.run()
    for (a, b) in zip(
      batch.terms + batch.gradients, program[rows.terms].array + rows.gradients)
    {
      #expect(abs(a - b) <= 1e-5 * max(1, abs(b)), "\(a), not \(b)")
    }
  }
}
