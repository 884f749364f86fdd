internal import Glibc

extension Variable {
  /// log Σ exp of each row: a vector `[rows]`.
  public func logSumExp() -> Variable { reducingRows(Operations.LogSumExp()) }
}

extension Operations {
  struct LogSumExp: Operation {
    static var examples: [OperationExample] {
      OperationExample.ofMatrices("logSumExp") { $0.logSumExp() }
    }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.emit(
        Instruction(Kernels.logSumExpKernel, [node.value, node[0].value], node[0].shape))
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      guard let gradient = builder.gradientToAddTo(node[0]) else { return }
      builder.emit(
        Instruction(
          Kernels.logSumExpGradient, [gradient, node[0].value, node.value, node.gradient],
          node[0].shape))
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].rows.map(Self.reference)
    }

    static func reference(_ row: [Double]) -> Double {
      let largest = row.max() ?? 0
      return largest + log(row.reduce(0) { $0 + exp($1 - largest) })
    }
  }
}

extension Kernels {
  /// `out[row] = log Σ exp x[row, :]`.
  @inline(never)
  fileprivate static func logSumExpKernel(_ call: KernelCall) {
    let (out, x) = (call[0], call[1])
    rowGroups(call) { row, offset, count in
      let value = logSumExp(x + offset, call.width, call.stride, count)
      store(out, row, select(lanes(below: count), value, .zero))
    }
  }

  /// `out += g · exp(x - y)`, row by row.
  @inline(never)
  fileprivate static func logSumExpGradient(_ call: KernelCall) {
    let (out, x, y, g) = (call[0], call[1], call[2], call[3])
    rowGroups(call) { row, offset, count in
      let (value, gradient) = (load(y, row), load(g, row))
      for c in 0..<call.width {
        let share = exp(column(x + (offset &+ c), call.stride, count) - value)
        storeColumn(
          out + (offset &+ c), call.stride, count, gradient * share, accumulates: true)
      }
    }
  }
}
