extension Variable {
  /// `self · weight + bias` (inputs `[rows, in]`, weight `[in, out]`, bias `[out]`).
  public func linear(_ weight: Variable, bias: Variable? = nil) -> Variable {
    let (x, w) = (shape, weight.shape)
    guard x.rank == 2, w.rank == 2, x.columns == w.rows else {
      graph.fail(
        "linear", "input \(x) does not fit weight \(w); input columns must equal weight rows")
      return self
    }
    if let bias, bias.shape != .vector(w.columns) {
      graph.fail("linear", "bias \(bias.shape) does not fit weight \(w)")
      return self
    }
    return graph.add(
      Operations.Linear(activation: .none), [self, weight] + (bias.map { [$0] } ?? []),
      .matrix(x.rows, w.columns))
  }
}

extension Operations {
  /// `x · w (+ b)`, then the activation, which is that of the operation that follows.
  struct Linear: ActivatedOperation {
    let activation: Activation

    static var examples: [OperationExample] {
      OperationExample.matrices().flatMap { leaf -> [OperationExample] in
        let columns = leaf.shape.columns
        func layer(_ inputs: Int, _ outputs: Int) -> [OperationExample.Leaf] {
          [
            .shared(.matrix(inputs, outputs), -0.8...0.8), .shared(.vector(outputs), -0.8...0.8),
          ]
        }
        return [
          OperationExample("linear \(leaf.shape)", [leaf] + layer(columns, 7)) {
            $0[0].linear($0[1], bias: $0[2])
          },
          OperationExample(
            "linear without bias \(leaf.shape)", [leaf, .shared(.matrix(columns, 64))]
          ) {
            $0[0].linear($0[1])
          },
          OperationExample("linear to a column \(leaf.shape)", [leaf] + layer(columns, 1)) {
            $0[0].linear($0[1], bias: $0[2])
          },
        ]
          + Activation.allCases.map { activation in
            OperationExample(
              "two \(activation) layers \(leaf.shape)",
              [.rows(leaf.shape, -0.8...0.8)] + layer(columns, 20) + layer(20, 65)
            ) {
              $0[0].linear($0[1], bias: $0[2]).activated(by: activation).linear($0[3], bias: $0[4])
                .activated(by: activation)
            }
          }
      }
    }

    var rowRule: RowRule { .first }

    func activated(by activation: Activation) -> any Operation { Linear(activation: activation) }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let bias = node.operands.count > 2 ? node[2].value : -1
      var instruction = Instruction(
        Kernels.linear, [node.value, node[0].value, node[1].value, bias], node[0].shape)
      instruction.other = Instruction.Extent(node.shape)
      instruction.activation = activation
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let gradient = node.gradient
      builder.emitGate(node, activation)
      if node.operands.count > 2 {
        builder.contribute(to: 2, of: node, Kernels.columnSums, [gradient], node.shape)
      }
      let (x, w) = (node[0], node[1])
      builder.contribute(to: 1, of: node, Kernels.weightGradient, [x.value, gradient], x.shape) {
        $0.other = Instruction.Extent(node.shape)
        $0.parts = Int32(w.shape.rows)
        $0.grain = w.shape.columns > Kernels.fewColumns ? Int32(w.shape.stride) : 0
      }
      guard builder.needsGradient[x.id] else { return }
      let transposed = builder.transpose(of: w)
      // If the layer before has no other use of its result, its activation's derivative is applied here.
      let before = builder.takeGate(of: x)
      let isGating = before != .none
      let kernel = isGating ? Kernels.gatedLinear(_:) : Kernels.linear(_:)
      builder.contribute(
        to: 0, of: node, kernel, [gradient, transposed, isGating ? x.value : -1], node.shape
      ) {
        $0.other = Instruction.Extent(x.shape)
        $0.activation = before
      }
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      let (w, n) = (operands[1].numbers, shape.columns)
      return operands[0].rows.flatMap { row in
        (0..<n).map { j in
          let start = operands.count > 2 ? operands[2].numbers[j] : 0
          let sum = row.indices.reduce(start) { $0 + row[$1] * w[$1 * n + j] }
          return activation.function?.reference(sum) ?? sum
        }
      }
    }
  }
}

extension ProgramBuilder {
  /// The transpose of a weight, which all that needs it shares.
  mutating func transpose(of w: OperationNode.Operand) -> Int32 {
    let key = Transpose(weight: w.id)
    if let known = transposes[key] { return known }
    let shape = Shape.matrix(w.shape.columns, w.shape.rows)
    let transposed = buffer(like: w.id, shape)
    transposes[key] = transposed
    var instruction = Instruction(Kernels.transposeKernel, [transposed, w.value], w.shape)
    instruction.other = Instruction.Extent(shape)
    (instruction.parts, instruction.grain) = (Int32(w.shape.rows), 16)
    emit(instruction, isBefore: true)
    return transposed
  }
}

extension Kernels {
  /// `out (+)= act(x · w + bias)`
  fileprivate static func linear(_ call: KernelCall) {
    let other = call.other
    matmul(
      call[0], ldc: Int(other.stride), call[1], lda: call.stride, call[2], ldb: Int(other.stride),
      m: call.rows, k: call.width, n: Int(other.columns), bias: call.optional(3),
      activation: call.activation, accumulate: call.accumulates, allowsBLAS: call.allowsBLAS)
  }

  /// `out = (x · w) · act'`, the derivative taken at the activation's result.
  fileprivate static func gatedLinear(_ call: KernelCall) {
    let other = call.other
    matmulGated(
      call[0], ldc: Int(other.stride), call[1], lda: call.stride, call[2], ldb: Int(other.stride),
      m: call.rows, k: call.width, n: Int(other.columns), gate: call[3],
      activation: call.activation, allowsBLAS: call.allowsBLAS)
  }

  /// `out[k, n] (+)= x[m, k]ᵀ · g[m, n]`, for the rows of the result that are asked for.
  static func weightGradient(_ call: KernelCall) {
    let (part, other) = (call.part, call.other)
    let stride = Int(other.stride)
    matmulTransposedLeft(
      call[0] + part.lowerBound &* stride, ldc: stride, call[1] + part.lowerBound,
      lda: call.stride, call[2], ldb: stride, m: call.rows, k: part.count, n: Int(other.columns),
      accumulate: call.accumulates, allowsBLAS: !call.isRowSum)
  }

  fileprivate static func transposeKernel(_ call: KernelCall) {
    let rows = call.part
    transpose(
      call[0] + rows.lowerBound, ldo: Int(call.other.stride),
      call[1] + rows.lowerBound &* call.stride, lda: call.stride, rows: rows.count,
      columns: call.width)
  }
}
