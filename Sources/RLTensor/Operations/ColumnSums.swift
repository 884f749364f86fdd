extension Variable {
  /// The sum of each column: a vector `[columns]`.
  public func columnSums() -> Variable {
    let operation = Operations.ColumnSums()
    return requiresMatrix(operation)
      ? graph.add(operation, [self], .vector(shape.columns)) : self
  }
}

extension Operations {
  struct ColumnSums: Operation {
    static var examples: [OperationExample] {
      OperationExample.ofMatrices("column sums") { $0.squared().columnSums() }
        .map { $0.withoutRows() }
    }

    var rowRule: RowRule { .none }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.emit(Instruction(Kernels.columnSums, [node.value, node[0].value], node[0].shape))
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.contribute(
        to: 0, of: node, Kernels.columnSumsGradient, [node.gradient], node[0].shape)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].rows.reduce(Array(repeating: 0, count: shape.columns)) { sums, row in
        zip(sums, row).map { $0 + $1 }
      }
    }
  }
}

extension Kernels {
  /// `out[:, column] (+)= g[column]`.
  @inline(never)
  fileprivate static func columnSumsGradient(_ call: KernelCall) {
    let g = call[1]
    forEachRow(call, masked: false) { _, column in load(g, column) }
  }
}
