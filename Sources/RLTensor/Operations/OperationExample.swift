/// A computation with an operation, for the tests: its values are compared with those in double precision, its
/// gradients with central differences, and slices of a batch with the whole.
package struct OperationExample: Sendable, CustomStringConvertible {
  /// Numbers that the computation starts from.
  package struct Leaf: Sendable {
    /// The extents.
    package var shape: Shape
    /// The bounds of random numbers.
    package var bounds: ClosedRange<Double> = -2...2
    /// Whether the first extent counts the rows of a batch.
    package var isRow = false
    /// Whether no gradient is wanted.
    package var isConstant = false
    /// Whether the numbers are whole.
    package var isWhole = false
    /// What bytes are multiplied by.
    package static let byteScale: Float = 1 / 128

    /// Numbers that are the same for all rows.
    package static func shared(_ shape: Shape, _ bounds: ClosedRange<Double> = -2...2) -> Leaf {
      Leaf(shape: shape, bounds: bounds)
    }

    /// Numbers of rows: `[rows, columns]` or `[rows]`.
    package static func rows(_ shape: Shape, _ bounds: ClosedRange<Double> = -2...2) -> Leaf {
      Leaf(shape: shape, bounds: bounds, isRow: true)
    }

    /// Bytes of rows.
    package static func bytes(_ rows: Int, _ columns: Int) -> Leaf {
      Leaf(
        shape: .bytes(rows, columns), bounds: 0...255, isRow: true, isConstant: true,
        isWhole: true)
    }

    /// A whole number a row, from 0 to `count` - 1.
    package static func indices(_ rows: Int, below count: Int) -> Leaf {
      Leaf(
        shape: .vector(rows), bounds: 0...Double(count - 1), isRow: true, isConstant: true,
        isWhole: true)
    }
  }

  /// The operation and the shapes.
  package let description: String
  /// What the computation starts from.
  package let leaves: [Leaf]
  /// How many rows are a sequence.
  package let sequenceLength: Int
  /// The computation; it takes extents from its leaves, so that these may have any number of rows.
  package let trace: @Sendable ([Variable]) -> Variable

  /// An example.
  package init(
    _ description: String, _ leaves: [Leaf], sequenceLength: Int = 1,
    _ trace: @escaping @Sendable ([Variable]) -> Variable
  ) {
    self.description = description
    self.leaves = leaves
    self.sequenceLength = sequenceLength
    self.trace = trace
  }

  /// Shapes around the sixteen lanes of the kernels, and plain ones, as leaves.
  package static func shapes(_ bounds: ClosedRange<Double> = -2...2) -> [Leaf] {
    matrices(bounds) + [.rows(.vector(5), bounds), .rows(.vector(33), bounds)]
      + [.shared(.scalar, bounds)]
  }

  /// Matrices around the sixteen lanes of the kernels, narrow and wide.
  package static func matrices(_ bounds: ClosedRange<Double> = -2...2) -> [Leaf] {
    [(3, 5), (16, 2), (17, 16), (33, 18), (64, 1)].map { .rows(.matrix($0, $1), bounds) }
  }

  /// An operation on a matrix, for several shapes.
  static func ofMatrices(
    _ name: String, _ trace: @escaping @Sendable (Variable) -> Variable
  ) -> [OperationExample] {
    matrices().map { leaf in
      OperationExample("\(name) \(leaf.shape)", [leaf]) { trace($0[0]) }
    }
  }

  /// The same with all numbers as those of no row, for operations that mix rows.
  func withoutRows() -> OperationExample {
    OperationExample(
      description,
      leaves.map {
        var leaf = $0
        leaf.isRow = false
        return leaf
      }, sequenceLength: sequenceLength, trace)
  }
}
