extension Variable {
  /// The loss of quantiles against samples of a distribution, for each row (Dabney et al. 2018, equation 10,
  /// with κ = 1): the sum over the quantiles of the mean over the samples. No gradient flows to the samples.
  ///
  /// - Parameter samples: `[rows, samples]`; self is `[rows, quantiles]`, for the shares
  ///   (i + 1/2) / quantiles.
  /// - Returns: A vector `[rows]`.
  public func quantileHuber(to samples: Variable) -> Variable {
    guard shape.rank == 2, samples.shape.rank == 2, samples.shape.rows == shape.rows else {
      graph.fail("quantileHuber", "quantiles \(shape) and samples \(samples.shape) do not fit")
      return self
    }
    return graph.add(Operations.QuantileHuber(), [self, samples], .vector(shape.rows))
  }
}

extension Operations {
  /// Quantile regression with Huber's loss (Dabney et al. 2018, section 3.2).
  struct QuantileHuber: Operation {
    static var examples: [OperationExample] {
      OperationExample.matrices().map { leaf in
        var samples = OperationExample.Leaf.rows(.matrix(leaf.shape.rows, 19), -2.5...2.5)
        samples.isConstant = true
        return OperationExample("quantile regression \(leaf.shape)", [leaf, samples]) {
          $0[0].quantileHuber(to: $0[1])
        }
      }
    }

    func isDifferentiable(by operand: Int) -> Bool { operand == 0 }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let slopes = builder.save(node[0].shape, for: node)
      var instruction = Instruction(
        Kernels.quantileHuber, [node.value, slopes, node[0].value, node[1].value], node[0].shape)
      instruction.other = Instruction.Extent(node[1].shape)
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.contribute(
        to: 0, of: node, Kernels.quantileHuberGradient, [node.saved, node.gradient], node[0].shape)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      zip(operands[0].rows, operands[1].rows).map { quantiles, samples in
        var loss = 0.0
        for (i, quantile) in quantiles.enumerated() {
          let share = (Double(i) + 0.5) / Double(quantiles.count)
          for sample in samples {
            let u = sample - quantile
            let huber = abs(u) <= 1 ? 0.5 * u * u : abs(u) - 0.5
            loss += abs(share - (u < 0 ? 1 : 0)) * huber / Double(samples.count)
          }
        }
        return loss
      }
    }
  }
}

extension Kernels {
  /// `out[row]` is the sum over quantiles i of the mean over samples j of |τᵢ - 1(u < 0)| · huber(u), with
  /// u = sample j - quantile i; keeps the slope of `out[row]` along each quantile.
  @inline(never)
  fileprivate static func quantileHuber(_ call: KernelCall) {
    let (out, slopes, quantiles, samples) = (call[0], call[1], call[2], call[3])
    let (rows, count, stride) = (call.rows, call.width, call.stride)
    let (sampleCount, sampleStride) = (Int(call.other.columns), Int(call.other.stride))
    let last = sampleStride &- 16
    let tail = lanes(below: sampleCount &- last)
    let (one, half) = (Vector(repeating: 1), Vector(repeating: 0.5))
    for row in 0..<rows {
      let sample = samples + row &* sampleStride
      var loss: Float = 0
      for i in 0..<count {
        let quantile = Vector(repeating: quantiles[row &* stride &+ i])
        let share = (Float(i) + 0.5) / Float(count)
        let (above, below) = (Vector(repeating: share), Vector(repeating: 1 - share))
        var (losses, forces) = (Vector.zero, Vector.zero)
        var j = 0
        while j < sampleStride {
          let u = load(sample, j) - quantile
          let cut = maximum(minimum(u, one), -one)
          var weight = select(u .< 0, below, above)
          if j == last { weight = select(tail, weight, .zero) }
          let force = weight * cut
          forces += force
          losses += force * (u - half * cut)
          j &+= 16
        }
        loss += losses.sum()
        slopes[row &* stride &+ i] = -forces.sum() / Float(sampleCount)
      }
      for i in count..<stride { slopes[row &* stride &+ i] = 0 }
      out[row] = loss / Float(sampleCount)
    }
    for row in rows..<Shape.padded(rows) { out[row] = 0 }
  }

  /// `out[row, :] (+)= g[row] · slopes[row, :]`.
  @inline(never)
  fileprivate static func quantileHuberGradient(_ call: KernelCall) {
    let (slopes, g) = (call[1], call[2])
    forEachNumber(call, g, step: 1) { i, number in
      number * load(slopes, i)
    }
  }
}
