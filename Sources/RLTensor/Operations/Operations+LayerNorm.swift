extension Variable {
  /// Each row shifted and scaled to mean 0 and variance 1, then `* gain + offset` (Ba et al. 2016, eq. 3-4).
  public func layerNorm(gain: Variable, offset: Variable, epsilon: Float = 1e-5) -> Variable {
    guard shape.rank == 2, gain.shape == .vector(shape.columns), offset.shape == gain.shape else {
      graph.fail(
        "layerNorm", "gain \(gain.shape) and offset \(offset.shape) do not fit input \(shape)")
      return self
    }
    return graph.add(Operations.LayerNorm(epsilon: epsilon), [self, gain, offset], shape)
  }
}

extension Operations {
  struct LayerNorm: Operation {
    let epsilon: Float

    static var examples: [OperationExample] {
      OperationExample.matrices().map {
        let shape = Shape.matrix($0.shape.rows, $0.shape.columns + 1)
        let row = OperationExample.Leaf.shared(.vector(shape.columns))
        return OperationExample("layer norm \(shape)", [.rows(shape), row, row]) {
          $0[0].layerNorm(gain: $0[1], offset: $0[2])
        }
      }
    }

    var rowRule: RowRule { .first }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let statistics = builder.save(.matrix(2, node.shape.rows), for: node)
      var instruction = Instruction(
        Kernels.layerNorm, [node.value, statistics] + node.operands.map(\.value), node.shape)
      instruction.numbers[0] = epsilon
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let x = node[0].value
      builder.contribute(
        to: 0, of: node, Kernels.layerNormGradient,
        [x, node[1].value, node.saved, node.gradient], node.shape)
      builder.contribute(
        to: 1, of: node, Kernels.layerNormGainGradient, [x, node.saved, node.gradient], node.shape)
      builder.contribute(to: 2, of: node, Kernels.columnSums, [node.gradient], node.shape)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      let (gain, offset, width) = (operands[1].numbers, operands[2].numbers, Double(shape.columns))
      return operands[0].rows.flatMap { row in
        let mean = row.reduce(0, +) / width
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / width
        return row.indices.map {
          (row[$0] - mean) / (variance + Double(epsilon)).squareRoot() * gain[$0] + offset[$0]
        }
      }
    }
  }
}

extension Kernels {
  /// `out = (x - mean) / √(variance + ε) · gain + offset`; keeps mean and 1/√ of each row.
  @inline(never)
  fileprivate static func layerNorm(_ call: KernelCall) {
    let (out, means, gain, offset) = (call[0], call[1], call[3], call[4])
    let scales = means + Shape.padded(call.rows)
    let columns = Float(call.width)
    for row in 0..<call.rows {
      let x = call[2] + row &* call.stride
      let mean = rowSum(call) { load(x, $0) } / columns
      @inline(__always) func square(_ i: Int) -> Vector {
        let d = load(x, i) - mean
        return d * d
      }
      let scale = 1 / (rowSum(call, square) / columns + call.numbers[0]).squareRoot()
      means[row] = mean
      scales[row] = scale
      @inline(__always) func value(_ i: Int) -> Vector {
        (load(x, i) - mean) * scale * load(gain, i) + load(offset, i)
      }
      setRow(call, out + row &* call.stride, value)
    }
  }

  @inline(never)
  fileprivate static func layerNormGradient(_ call: KernelCall) {
    let (out, gain, means) = (call[0], call[2], call[3])
    let scales = means + Shape.padded(call.rows)
    let columns = Float(call.width)
    for row in 0..<call.rows {
      let base = row &* call.stride
      let (x, g) = (call[1] + base, call[4] + base)
      let (mean, scale) = (means[row], scales[row])
      @inline(__always) func ofNormal(_ i: Int) -> Vector { load(g, i) * load(gain, i) }
      @inline(__always) func product(_ i: Int) -> Vector {
        ofNormal(i) * (load(x, i) - mean) * scale
      }
      let first = rowSum(call, ofNormal) / columns
      let second = rowSum(call, product) / columns
      @inline(__always) func gradient(_ i: Int) -> Vector {
        let normal = (load(x, i) - mean) * scale
        return (ofNormal(i) - first - normal * second) * scale
      }
      setRow(call, out + base, gradient)
    }
  }

  @inline(never)
  fileprivate static func layerNormGainGradient(_ call: KernelCall) {
    let (out, x, means, g) = (call[0], call[1], call[2], call[3])
    let scales = means + Shape.padded(call.rows)
    forEachColumn(call) { column, _ in
      var total = call.accumulates ? load(out, column) : .zero
      var i = column
      for row in 0..<call.rows {
        let normal = (load(x, i) - means[row]) * scales[row]
        // The gradient is zero in the padding, so the sum is.
        total += load(g, i) * normal
        i &+= call.stride
      }
      store(out, column, total)
    }
  }
}
