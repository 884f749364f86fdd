extension Variable {
  /// The same numbers, through which no gradient flows.
  public func stoppingGradient() -> Variable {
    graph.add(Operations.StopGradient(), [self], shape)
  }
}

extension Operations {
  /// The operand's own numbers, without a gradient.
  struct StopGradient: Operation {
    static var examples: [OperationExample] {
      OperationExample.shapes().map { leaf in
        OperationExample("stopped \(leaf.shape)", [leaf]) { $0[0] * $0[0].stoppingGradient() }
      }
    }

    func isDifferentiable(by operand: Int) -> Bool { false }

    func place(_ node: OperationNode, in builder: inout ProgramBuilder) -> Int32 {
      let value = node[0].value
      if builder.isOutput(node.id) { builder.plan.buffers[Int(value)].pinned = true }
      return value
    }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {}
    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {}
    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].numbers
    }
  }
}
