extension Variable {
  /// The sum of each row: a vector `[rows]`.
  public func rowSums() -> Variable { reducingRows(Operations.RowSums()) }
  /// The mean of each row: a vector `[rows]`.
  public func rowMeans() -> Variable { rowSums() * (1 / Float(max(1, shape.columns))) }

  /// One number a row of a matrix.
  func reducingRows(_ operation: some Operation) -> Variable {
    requiresMatrix(operation) ? graph.add(operation, [self], .vector(shape.rows)) : self
  }

  /// Whether this is a matrix; a failure of the operation if not.
  func requiresMatrix(_ operation: some Operation) -> Bool {
    if shape.rank == 2 { return true }
    graph.fail(operation.name, "needs a matrix [rows, columns], not \(shape)")
    return false
  }
}

extension Operations {
  struct RowSums: Operation {
    static var examples: [OperationExample] {
      OperationExample.ofMatrices("row sums") { $0.squared().rowSums() }
        + OperationExample.ofMatrices("row means") { $0.squared().rowMeans() }
    }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.emit(Instruction(Kernels.rowSums, [node.value, node[0].value], node[0].shape))
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.contribute(
        to: 0, of: node, Kernels.rowSumsGradient, [node.gradient], node[0].shape)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].rows.map { $0.reduce(0, +) }
    }
  }
}

extension Kernels {
  /// `out[row] = Σ x[row, :]`.
  @inline(never)
  fileprivate static func rowSums(_ call: KernelCall) {
    let (out, x) = (call[0], call[1])
    rowGroups(call) { row, offset, count in
      var total = Vector.zero
      for c in 0..<call.width { total += column(x + (offset &+ c), call.stride, count) }
      store(out, row, total)
    }
  }

  /// `out[row, :] (+)= g[row]`.
  @inline(never)
  fileprivate static func rowSumsGradient(_ call: KernelCall) {
    let g = call[1]
    forEachNumber(call, g, step: 1) { _, number in number }
  }
}
