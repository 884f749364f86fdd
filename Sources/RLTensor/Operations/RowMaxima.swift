extension Variable {
  /// The largest element of each row: a vector `[rows]`; ties share the gradient.
  public func rowMaxima() -> Variable { reducingRows(Operations.RowMaxima()) }
}

extension Operations {
  struct RowMaxima: Operation {
    static var examples: [OperationExample] {
      OperationExample.ofMatrices("row maxima") { $0.rowMaxima() }
    }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.emit(Instruction(Kernels.rowMaxima, [node.value, node[0].value], node[0].shape))
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      guard let gradient = builder.gradientToAddTo(node[0]) else { return }
      builder.emit(
        Instruction(
          Kernels.rowMaximaGradient, [gradient, node[0].value, node.value, node.gradient],
          node[0].shape))
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].rows.map { $0.max() ?? 0 }
    }
  }
}

extension Kernels {
  /// `out[row] = max x[row, :]`.
  @inline(never)
  fileprivate static func rowMaxima(_ call: KernelCall) {
    let (out, x) = (call[0], call[1])
    rowGroups(call) { row, offset, count in
      store(out, row, maxima(x + offset, call.width, call.stride, count))
    }
  }

  /// `out[row, :] += g[row] / ties` where x is the row's maximum y.
  @inline(never)
  fileprivate static func rowMaximaGradient(_ call: KernelCall) {
    let (out, x, y, g) = (call[0], call[1], call[2], call[3])
    rowGroups(call) { row, offset, count in
      let largest = load(y, row)
      var ties = Vector.zero
      for c in 0..<call.width {
        let hit = column(x + (offset &+ c), call.stride, count) .== largest
        ties += select(hit, Vector(repeating: 1), .zero)
      }
      let share = load(g, row) / maximum(ties, Vector(repeating: 1))
      for c in 0..<call.width {
        let hit = column(x + (offset &+ c), call.stride, count) .== largest
        storeColumn(
          out + (offset &+ c), call.stride, count, select(hit, share, .zero), accumulates: true)
      }
    }
  }
}
