extension Variable {
  /// The sum of all elements: a number.
  public func sum() -> Variable { graph.add(Operations.Sum(), [self], .scalar) }
  /// The mean of all elements: a number.
  public func mean() -> Variable { sum() * (1 / Float(max(1, shape.count))) }
  /// The mean of the squared differences to a target of the same shape: a number.
  public func meanSquaredError(to target: Variable) -> Variable {
    (self - target).squared().mean()
  }
}

extension Operations {
  struct Sum: Operation {
    static var examples: [OperationExample] {
      OperationExample.shapes().map { leaf in
        OperationExample("mean \(leaf.shape)", [leaf]) { $0[0].squared().mean() }.withoutRows()
      }
    }

    var rowRule: RowRule { .none }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.emit(Instruction(Kernels.sum, [node.value, node[0].value], node[0].shape))
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.contribute(
        to: 0, of: node, Kernels.spreadNumber, [node.gradient], node[0].shape)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      [operands[0].numbers.reduce(0, +)]
    }
  }
}
