extension Variable {
  /// Each row scaled to a mean square of 1, then `* gain`: x / √(mean(x²) + ε) · gain (Zhang and Sennrich 2019,
  /// equation 4).
  ///
  /// - Parameters:
  ///   - gain: `[columns]`; self is `[rows, columns]`.
  ///   - epsilon: ε, so that rows of zeros stay finite.
  public func rmsNorm(gain: Variable, epsilon: Float = 1e-5) -> Variable {
    let operation = Operations.RMSNorm(epsilon: epsilon)
    guard shape.rank == 2, gain.shape == .vector(shape.columns) else {
      graph.fail(operation.name, "gain \(gain.shape) does not fit input \(shape)")
      return self
    }
    return graph.add(operation, [self, gain], shape)
  }
}

extension Operations {
  struct RMSNorm: Operation {
    let epsilon: Float

    static var examples: [OperationExample] {
      OperationExample.matrices().map { leaf in
        let gain = OperationExample.Leaf.shared(.vector(leaf.shape.columns))
        return OperationExample("rmsNorm \(leaf.shape)", [leaf, gain]) {
          $0[0].rmsNorm(gain: $0[1], epsilon: 0.1)
        }
      }
    }

    var rowRule: RowRule { .first }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let scales = builder.save(.vector(node.shape.rows), for: node)
      var instruction = Instruction(
        Kernels.rmsNorm, [node.value, scales, node[0].value, node[1].value], node.shape)
      instruction.numbers[0] = epsilon
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let x = node[0].value
      builder.contribute(
        to: 0, of: node, Kernels.rmsNormGradient,
        [x, node[1].value, node.saved, node.gradient], node.shape)
      builder.contribute(
        to: 1, of: node, Kernels.rmsNormGainGradient, [x, node.saved, node.gradient], node.shape)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].rows.flatMap { row in
        let square = row.reduce(0) { $0 + $1 * $1 } / Double(shape.columns)
        let scale = 1 / (square + Double(epsilon)).squareRoot()
        return zip(row, operands[1].numbers).map { $0 * scale * $1 }
      }
    }
  }
}

extension Kernels {
  /// `out = x · scale · gain` with scale = 1 / √(mean(x²) + ε), which is kept for each row.
  @inline(never)
  fileprivate static func rmsNorm(_ call: KernelCall) {
    let (out, scales, gain) = (call[0], call[1], call[3])
    for row in 0..<call.rows {
      let x = call[2] + row &* call.stride
      @inline(__always) func square(_ i: Int) -> Vector { load(x, i) * load(x, i) }
      let mean = rowSum(call, square) / Float(call.width)
      let scale = 1 / (mean + call.numbers[0]).squareRoot()
      scales[row] = scale
      @inline(__always) func value(_ i: Int) -> Vector { load(x, i) * scale * load(gain, i) }
      setRow(call, out + row &* call.stride, value)
    }
  }

  /// `out (+)= scale · (g · gain - n · mean(g · gain · n))` with n = x · scale.
  @inline(never)
  fileprivate static func rmsNormGradient(_ call: KernelCall) {
    let (out, gain, scales) = (call[0], call[2], call[3])
    for row in 0..<call.rows {
      let base = row &* call.stride
      let (x, g, scale) = (call[1] + base, call[4] + base, scales[row])
      @inline(__always) func ofNormal(_ i: Int) -> Vector { load(g, i) * load(gain, i) }
      @inline(__always) func product(_ i: Int) -> Vector { ofNormal(i) * (load(x, i) * scale) }
      let mean = rowSum(call, product) / Float(call.width)
      @inline(__always) func gradient(_ i: Int) -> Vector {
        (ofNormal(i) - load(x, i) * scale * mean) * scale
      }
      setRow(call, out + base, gradient)
    }
  }

  /// `out[column] (+)= Σ g · x · scale`.
  @inline(never)
  fileprivate static func rmsNormGainGradient(_ call: KernelCall) {
    let (out, x, scales, g) = (call[0], call[1], call[2], call[3])
    forEachColumn(call) { column, _ in
      var total = call.accumulates ? load(out, column) : .zero
      var i = column
      for row in 0..<call.rows {
        total += load(g, i) * (load(x, i) * scales[row])
        i &+= call.stride
      }
      store(out, column, total)
    }
  }
}
