extension Variable {
  /// Bytes as numbers `[rows, columns]`, times their scale.
  public func asNumbers() -> Variable {
    guard shape.areBytes else {
      graph.fail("asNumbers", "needs bytes, not \(shape)")
      return self
    }
    return graph.add(Operations.AsNumbers(), [self], .matrix(shape.rows, shape.columns))
  }
}

extension Operations {
  /// Bytes as numbers.
  struct AsNumbers: Operation {
    static var examples: [OperationExample] {
      [(3, 5), (17, 16), (5, 70)].map { rows, columns in
        OperationExample(
          "bytes as numbers [\(rows), \(columns)]",
          [.bytes(rows, columns), .shared(.vector(columns))]
        ) {
          $0[0].asNumbers() * $0[1]
        }
      }
    }

    var takesBytes: Bool { true }
    func isDifferentiable(by operand: Int) -> Bool { false }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      var instruction = Instruction(Kernels.asNumbers, [node.value, node[0].value], node.shape)
      instruction.other = Instruction.Extent(node[0].shape)
      instruction.numbers[0] = builder.scale(of: node[0])
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {}

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].numbers
    }
  }
}

extension ProgramBuilder {
  /// What the bytes of an operand are multiplied by.
  func scale(of operand: OperationNode.Operand) -> Float {
    (operations[operand.id] as? Operations.Input)?.scale ?? 1
  }
}

extension Kernels {
  fileprivate static func asNumbers(_ call: KernelCall) {
    for row in 0..<call.rows {
      widen(
        call[0] + row &* call.stride, UnsafeRawPointer(call[1] + row &* Int(call.other.stride)),
        count: call.stride, scale: call.numbers[0])
    }
  }

  /// Bytes as numbers, times a scale.
  @inline(__always)
  static func widen(_ out: Target, _ bytes: UnsafeRawPointer, count: Int, scale: Float) {
    for i in 0..<count {
      out[i] = Float(bytes.load(fromByteOffset: i, as: UInt8.self)) * scale
    }
  }
}
