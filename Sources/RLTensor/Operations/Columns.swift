extension Variable {
  /// Some columns of a matrix.
  public func columns(_ range: Range<Int>) -> Variable {
    guard shape.rank == 2, range.lowerBound >= 0, range.upperBound <= shape.columns, !range.isEmpty
    else {
      graph.fail("columns", "\(range) is not a range of columns of \(shape)")
      return self
    }
    return graph.add(Operations.Columns(range: range), [self], .matrix(shape.rows, range.count))
  }
}

extension Operations {
  struct Columns: Operation {
    let range: Range<Int>

    static var examples: [OperationExample] {
      OperationExample.ofMatrices("columns") { $0.columns(0..<$0.shape.columns) }
        + OperationExample.ofMatrices("last column") {
          $0.columns($0.shape.columns - 1..<$0.shape.columns).asVector()
        }
    }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.fill(node.value, 0, node.shape)
      builder.move(
        to: (node.value, node.shape.stride, 0),
        from: (node[0].value, node[0].shape.stride, range.lowerBound), rows: node.shape.rows,
        columns: range.count, accumulates: false)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      guard let gradient = builder.gradientToAddTo(node[0]) else { return }
      builder.move(
        to: (gradient, node[0].shape.stride, range.lowerBound),
        from: (node.gradient, node.shape.stride, 0), rows: node.shape.rows, columns: range.count,
        accumulates: true)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].rows.flatMap { $0[range] }
    }
  }
}
