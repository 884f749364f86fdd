extension Variable {
  /// The matrices side by side: `[rows, sum of columns]`.
  public static func concatenate(_ parts: [Variable]) -> Variable {
    guard let first = parts.first else {
      preconditionFailure("concatenate: nothing to concatenate")
    }
    for part in parts where part.shape.rank != 2 || part.shape.rows != first.shape.rows {
      first.graph.fail("concatenate", "\(part.shape) does not fit beside \(first.shape)")
      return first
    }
    let columns = parts.reduce(0) { $0 + $1.shape.columns }
    return first.graph.add(Operations.Concatenate(), parts, .matrix(first.shape.rows, columns))
  }
}

extension Operations {
  struct Concatenate: Operation {
    static var examples: [OperationExample] {
      OperationExample.matrices().map { leaf in
        OperationExample(
          "concatenate \(leaf.shape)", [leaf, .rows(.matrix(leaf.shape.rows, 3))]
        ) {
          .concatenate([$0[0], $0[1], $0[0].tanh()])
        }
      }
    }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.fill(node.value, 0, node.shape)
      var column = 0
      for part in node.operands {
        builder.move(
          to: (node.value, node.shape.stride, column), from: (part.value, part.shape.stride, 0),
          rows: node.shape.rows, columns: part.shape.columns, accumulates: false)
        column += part.shape.columns
      }
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      var column = 0
      for part in node.operands {
        if let gradient = builder.gradientToAddTo(part) {
          builder.move(
            to: (gradient, part.shape.stride, 0),
            from: (node.gradient, node.shape.stride, column), rows: node.shape.rows,
            columns: part.shape.columns, accumulates: true)
        }
        column += part.shape.columns
      }
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      let parts = operands.map(\.rows)
      return (0..<shape.rows).flatMap { row in parts.flatMap { $0[row] } }
    }
  }
}
