extension Variable {
  /// A vector `[n]` as a column `[n, 1]`.
  public func asColumn() -> Variable {
    guard shape.rank == 1 else {
      graph.fail("asColumn", "needs a vector, not \(shape)")
      return self
    }
    return graph.add(Operations.AsColumn(), [self], .matrix(shape.columns, 1))
  }

  /// A column `[n, 1]` as a vector `[n]`.
  public func asVector() -> Variable {
    guard shape.rank == 2, shape.columns == 1 else {
      graph.fail("asVector", "needs a column [rows, 1], not \(shape)")
      return self
    }
    return graph.add(Operations.AsVector(), [self], .vector(shape.rows))
  }
}

extension Operations {
  /// The numbers of a vector as a matrix of one column, in which they lie sixteen apart.
  struct AsColumn: Reshape {
    static var examples: [OperationExample] {
      [3, 16, 33, 64].map { rows in
        OperationExample("vector and back [\(rows)]", [.rows(.vector(rows))]) {
          $0[0].asColumn().squared().asVector()
        }
      }
    }
    var strides: (of: Int, from: Int) { (16, 1) }
  }

  /// The numbers of a column as a vector.
  struct AsVector: Reshape {
    static var examples: [OperationExample] {
      [3, 16, 33, 64].map { rows in
        OperationExample("column as a vector [\(rows), 1]", [.rows(.matrix(rows, 1))]) {
          $0[0].asVector()
        }
      }
    }
    var strides: (of: Int, from: Int) { (1, 16) }
  }
}

/// The same numbers in another shape.
protocol Reshape: Operation {
  /// How far apart the numbers lie in the result and in the operand.
  var strides: (of: Int, from: Int) { get }
}

extension Reshape {
  func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
    builder.fill(node.value, 0, node.shape)
    builder.move(
      to: (node.value, strides.of, 0), from: (node[0].value, strides.from, 0),
      rows: node.shape.count, columns: 1, accumulates: false)
  }

  func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
    guard let gradient = builder.gradientToAddTo(node[0]) else { return }
    builder.move(
      to: (gradient, strides.from, 0), from: (node.gradient, strides.of, 0),
      rows: node.shape.count, columns: 1, accumulates: true)
  }

  func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] { operands[0].numbers }
}
