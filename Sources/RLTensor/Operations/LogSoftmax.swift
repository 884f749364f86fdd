extension Variable {
  /// The logarithms of softmax, row by row.
  public func logSoftmax() -> Variable {
    let operation = Operations.LogSoftmax()
    return requiresMatrix(operation) ? graph.add(operation, [self], shape) : self
  }
  /// exp(x) / Σ exp(x), row by row.
  public func softmax() -> Variable { logSoftmax().exp() }
}

extension Operations {
  struct LogSoftmax: Operation {
    static var examples: [OperationExample] {
      OperationExample.ofMatrices("logSoftmax") { $0.logSoftmax() }
        + OperationExample.ofMatrices("softmax") { $0.softmax() }
    }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.emit(Instruction(Kernels.logSoftmax, [node.value, node[0].value], node.shape))
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.contribute(
        to: 0, of: node, Kernels.logSoftmaxGradient, [node.value, node.gradient], node.shape)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].rows.flatMap { row in
        let total = LogSumExp.reference(row)
        return row.map { $0 - total }
      }
    }
  }
}

extension Kernels {
  /// `out = x - log Σ exp x`, row by row.
  @inline(never)
  fileprivate static func logSoftmax(_ call: KernelCall) {
    let (out, x) = (call[0], call[1])
    out.update(repeating: 0, count: call.rows &* call.stride)
    rowGroups(call) { _, offset, count in
      let value = logSumExp(x + offset, call.width, call.stride, count)
      for c in 0..<call.width {
        let i = offset &+ c
        storeColumn(out + i, call.stride, count, column(x + i, call.stride, count) - value)
      }
    }
  }

  /// `out (+)= g - softmax · Σ g`, row by row, from the logarithms y.
  @inline(never)
  fileprivate static func logSoftmaxGradient(_ call: KernelCall) {
    let (out, y, g) = (call[0], call[1], call[2])
    if !call.accumulates { out.update(repeating: 0, count: call.rows &* call.stride) }
    rowGroups(call) { _, offset, count in
      var total = Vector.zero
      for c in 0..<call.width { total += column(g + (offset &+ c), call.stride, count) }
      for c in 0..<call.width {
        let i = offset &+ c
        let share = exp(column(y + i, call.stride, count))
        storeColumn(
          out + i, call.stride, count, column(g + i, call.stride, count) - share * total,
          accumulates: call.accumulates)
      }
    }
  }
}
