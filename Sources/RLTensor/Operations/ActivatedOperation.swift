/// An operation that applies an activation to its result itself.
protocol ActivatedOperation: Operation {
  /// The activation, which is that of the operation that follows.
  var activation: Activation { get }
  /// The same with an activation.
  func activated(by activation: Activation) -> any Operation
}

extension ProgramBuilder {
  /// Emits the activation's derivative on a node's gradient, unless the user of its result has applied it.
  mutating func emitGate(_ node: OperationNode, _ activation: Activation) {
    if activation == .none || isGated[node.id] { return }
    var instruction = Instruction(Kernels.gateKernel, [node.gradient, node.value], node.shape)
    instruction.activation = activation
    emit(instruction)
  }

  /// The activation whose derivative the only user of a result applies to the gradient that it gives; to be called by a
  /// user that does so.
  mutating func takeGate(of operand: OperationNode.Operand) -> Activation {
    guard consumers[operand.id] == 1,
      let before = operations[operand.id] as? any ActivatedOperation,
      before.activation != .none
    else { return .none }
    isGated[operand.id] = true
    return before.activation
  }
}

extension Kernels {
  fileprivate static func gateKernel(_ call: KernelCall) {
    gate(call[0], y: call[1], call.extent, call.activation)
  }
}
