extension Operations {
  /// Numbers that the caller provides, or bytes that stand for numbers.
  struct Input: Operation {
    /// What bytes are multiplied by.
    var scale: Float = 1

    static var examples: [OperationExample] { [] }

    func place(_ node: OperationNode, in builder: inout ProgramBuilder) -> Int32 {
      builder.buffer(like: node.id, pinned: true)
    }
    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {}
    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {}
    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      Array(repeating: 0, count: shape.count)
    }
  }

  /// Numbers that never change, row-major without padding.
  struct Constant: Operation {
    let numbers: [Float]

    static var examples: [OperationExample] {
      [
        OperationExample("constant", [.shared(.vector(5))]) {
          $0[0] * $0[0].graph.constant([1, 2, 3, 4, 5], shape: .vector(5))
        }
      ]
    }

    func place(_ node: OperationNode, in builder: inout ProgramBuilder) -> Int32 {
      builder.buffer(like: node.id, pinned: true)
    }
    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {}
    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {}
    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      numbers.map(Double.init)
    }
  }

  /// Numbers of a model, where they lie.
  struct Weight: Operation {
    let parameter: Parameter

    static var examples: [OperationExample] { [] }

    func place(_ node: OperationNode, in builder: inout ProgramBuilder) -> Int32 {
      guard let parameters = builder.graph.nodes[node.id].parameters else { return -1 }
      return builder.plan.add(external: parameters.values + parameter.offset)
    }
    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {}
    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {}
    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] { [] }
  }
}
