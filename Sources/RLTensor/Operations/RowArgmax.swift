extension Variable {
  /// The column of each row's largest element, the first one of equals: a vector `[rows]` of whole
  /// numbers, through which no gradient flows.
  public func rowArgmax() -> Variable { reducingRows(Operations.RowArgmax()) }
}

extension Operations {
  struct RowArgmax: Operation {
    static var examples: [OperationExample] {
      OperationExample.matrices().map { leaf in
        OperationExample("gather at the largest \(leaf.shape)", [leaf, leaf]) {
          $0[0].gathered(at: $0[1].rowArgmax())
        }
      }
    }

    func isDifferentiable(by operand: Int) -> Bool { false }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.emit(Instruction(Kernels.rowArgmax, [node.value, node[0].value], node[0].shape))
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {}

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].rows.map { row in Double(row.firstIndex(of: row.max() ?? 0) ?? 0) }
    }
  }
}

extension Kernels {
  /// `out[row]` is the first column with the row's largest element.
  @inline(never)
  fileprivate static func rowArgmax(_ call: KernelCall) {
    let (out, x) = (call[0], call[1])
    rowGroups(call) { row, offset, count in
      var largest = column(x + offset, call.stride, count)
      var place = Vector.zero
      var c = 1
      while c < call.width {
        let other = column(x + (offset &+ c), call.stride, count)
        let isLarger = other .> largest
        largest = select(isLarger, other, largest)
        place = select(isLarger, Vector(repeating: Float(c)), place)
        c &+= 1
      }
      store(out, row, place)
    }
  }
}
