/// What batch normalization keeps of the batches so far.
public struct BatchStatistics {
  /// The running mean of each column, `[columns]`.
  public let mean: Variable
  /// The running variance of each column, `[columns]`.
  public let variance: Variable
  /// How many batches there were, a number.
  public let count: Variable

  /// Statistics that are weights of the graph, or constants, which stay as they are.
  public init(mean: Variable, variance: Variable, count: Variable) {
    (self.mean, self.variance, self.count) = (mean, variance, count)
  }
}

extension Variable {
  /// Each column shifted and scaled to mean 0 and variance 1 over the rows, then `* gain + offset` (Ioffe and Szegedy 2015,
  /// algorithm 1); after 100,000 batches corrected towards the running statistics (Ioffe 2017, algorithm 1, with r up to 3
  /// and d up to 5, which are those of Bhatt et al. 2024).
  ///
  /// Each run of a program with a loss whose gradient passes through it moves the running statistics, after that gradient. A batch with it is one slice.
  ///
  /// - Parameters:
  ///   - gain: γ, `[columns]`; self is `[rows, columns]`.
  ///   - offset: β, `[columns]`.
  ///   - statistics: The running statistics.
  ///   - epsilon: ε, added to variances.
  ///   - rate: How far the running statistics move towards those of a batch, from 0 to 1; 0 where they are constants.
  public func batchNorm(
    gain: Variable, offset: Variable, statistics: BatchStatistics, epsilon: Float = 1e-3,
    rate: Float = 0.01
  ) -> Variable {
    let operation = Operations.BatchNorm(epsilon: epsilon, rate: rate)
    let rows = [gain, offset, statistics.mean, statistics.variance]
    guard shape.rank == 2, rows.allSatisfy({ $0.shape == .vector(shape.columns) }),
      statistics.count.shape == .scalar
    else {
      graph.fail(
        operation.name,
        "gain, offset, mean and variance \(rows.map(\.shape)) and the count \(statistics.count.shape) do not fit input \(shape)"
      )
      return self
    }
    return graph.add(operation, [self] + rows + [statistics.count], shape)
  }
}

extension Operations {
  struct BatchNorm: Operation {
    let epsilon: Float
    let rate: Float

    /// The limits of r and d (Ioffe 2017, section 3), and the batches before these count.
    static let (rLimit, dLimit, warmUp): (Float, Float, Float) = (3, 5, 100_000)

    static var examples: [OperationExample] {
      OperationExample.matrices().map { leaf in
        let row = OperationExample.Leaf.shared(.vector(leaf.shape.columns))
        return OperationExample("batch norm \(leaf.shape)", [leaf, row, row]) { leaves in
          let graph = leaves[0].graph
          func constant(_ value: Float) -> Variable {
            let columns = leaf.shape.columns
            return graph.constant(Array(repeating: value, count: columns), shape: .vector(columns))
          }
          return leaves[0].batchNorm(
            gain: leaves[1], offset: leaves[2],
            statistics: BatchStatistics(
              mean: constant(0.5), variance: constant(2), count: graph.constant(99_999)),
            epsilon: 0.1, rate: 0)
        }
      }
    }

    var rowRule: RowRule { .first }
    var needsWholeBatch: Bool { true }
    func isDifferentiable(by operand: Int) -> Bool { operand < 3 }

    /// What is kept of each column, a row each: μ, 1/σ, r, d and σ².
    private static let kept = 5

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let kept = builder.save(.matrix(Self.kept, node.shape.columns), for: node)
      var instruction = Instruction(
        Kernels.batchNorm, [node.value, kept] + node.operands.map(\.value), node.shape)
      instruction.numbers[0] = epsilon
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let (x, gain) = (node[0].value, node[1].value)
      let sums = builder.buffer(like: node.id, .matrix(2, node.shape.columns))
      builder.emit(
        Instruction(
          Kernels.batchNormSums, [sums, x, node.saved, node.gradient], node.shape))
      builder.contribute(
        to: 0, of: node, Kernels.batchNormGradient, [x, gain, node.saved, sums, node.gradient],
        node.shape)
      builder.contribute(
        to: 1, of: node, Kernels.batchNormGainGradient, [node.saved, sums], node[1].shape)
      builder.contribute(to: 2, of: node, Kernels.batchNormOffsetGradient, [sums], node[2].shape)
      guard rate > 0 else { return }
      var instruction = Instruction(
        Kernels.moveStatistics, [node[3].value, node[4].value, node[5].value, node.saved],
        node[3].shape)
      instruction.numbers[0] = rate
      builder.emit(instruction)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      let rows = operands[0].rows
      let (count, epsilon) = (Double(rows.count), Double(epsilon))
      let isCorrected = operands[5].numbers[0] >= Double(Self.warmUp)
      var results = rows
      for j in 0..<shape.columns {
        let mean = rows.reduce(0) { $0 + $1[j] } / count
        let variance = rows.reduce(0) { $0 + ($1[j] - mean) * ($1[j] - mean) } / count
        let deviation = (variance + epsilon).squareRoot()
        let running = (operands[4].numbers[j] + epsilon).squareRoot()
        let (r, d) = (deviation / running, (mean - operands[3].numbers[j]) / running)
        for i in rows.indices {
          var normal = (rows[i][j] - mean) / deviation
          if isCorrected {
            normal *= min(max(r, 1 / Double(Self.rLimit)), Double(Self.rLimit))
            normal += min(max(d, -Double(Self.dLimit)), Double(Self.dLimit))
          }
          results[i][j] = normal * operands[1].numbers[j] + operands[2].numbers[j]
        }
      }
      return results.flatMap(\.self)
    }
  }
}

extension Kernels {
  /// `out = ((x - μ) / σ · r + d) · gain + offset`; keeps μ, 1/σ, r, d and σ².
  @inline(never)
  fileprivate static func batchNorm(_ call: KernelCall) {
    let (kept, x, gain, offset) = (call[1], call[2], call[3], call[4])
    let (rows, stride) = (call.rows, call.stride)
    let (scales, variances) = (kept + stride, kept + 4 &* stride)
    let (rs, ds) = (kept + 2 &* stride, kept + 3 &* stride)
    let share = 1 / Float(rows)
    @inline(__always) func number(_ i: Int, _: Int) -> Vector { load(x, i) }
    addRows(kept, rows, stride, accumulates: false, number)
    setColumns(kept, stride) { load(kept, $0) * share }
    @inline(__always) func square(_ i: Int, _ column: Int) -> Vector {
      let d = load(x, i) - load(kept, column)
      return d * d
    }
    addRows(variances, rows, stride, accumulates: false, square)
    setColumns(variances, stride) { load(variances, $0) * share }
    let epsilon = call.numbers[0]
    setColumns(scales, stride) { 1 / (load(variances, $0) + epsilon).squareRoot() }
    if call[7][0] >= Operations.BatchNorm.warmUp {
      let (means, runningVariances) = (call[5], call[6])
      let r = Vector(repeating: Operations.BatchNorm.rLimit)
      let d = Vector(repeating: Operations.BatchNorm.dLimit)
      setColumns(rs, stride) { column in
        let ratio = 1 / ((load(runningVariances, column) + epsilon).squareRoot())
        return minimum(maximum(ratio / load(scales, column), 1 / r), r)
      }
      setColumns(ds, stride) { column in
        let ratio = 1 / ((load(runningVariances, column) + epsilon).squareRoot())
        return minimum(maximum((load(kept, column) - load(means, column)) * ratio, -d), d)
      }
    } else {
      setColumns(rs, stride) { _ in Vector(repeating: 1) }
      setColumns(ds, stride) { _ in .zero }
    }
    // Gain and offset have zeros in the padding, so the result has.
    forEachRow(call, masked: false) { i, column in
      let slope = load(scales, column) * load(rs, column) * load(gain, column)
      let start = multiplyAdd(load(ds, column), load(gain, column), load(offset, column))
      return multiplyAdd(load(x, i) - load(kept, column), slope, start)
    }
  }

  /// `out[0] = Σ g, out[1] = Σ g · (x - μ) / σ` over the rows.
  @inline(never)
  fileprivate static func batchNormSums(_ call: KernelCall) {
    let (out, x, kept, g) = (call[0], call[1], call[2], call[3])
    let (rows, stride) = (call.rows, call.stride)
    @inline(__always) func number(_ i: Int, _: Int) -> Vector { load(g, i) }
    addRows(out, rows, stride, accumulates: false, number)
    let products = out + stride
    @inline(__always) func product(_ i: Int, _ column: Int) -> Vector {
      load(g, i) * (load(x, i) - load(kept, column))
    }
    addRows(products, rows, stride, accumulates: false, product)
    setColumns(products, stride) { load(products, $0) * load(kept, stride &+ $0) }
  }

  /// `out (+)= gain · r / σ · (g - mean(g) - n · mean(g · n))` with n = (x - μ) / σ.
  @inline(never)
  fileprivate static func batchNormGradient(_ call: KernelCall) {
    let (x, gain, kept, sums, g) = (call[1], call[2], call[3], call[4], call[5])
    let stride = call.stride
    let (scales, rs, products) = (kept + stride, kept + 2 &* stride, sums + stride)
    let share = 1 / Float(call.rows)
    forEachRow(call, masked: false) { i, column in
      let scale = load(scales, column)
      let slope = scale * load(rs, column) * load(gain, column)
      let normal = (load(x, i) - load(kept, column)) * scale
      let rest = multiplyAdd(normal, load(products, column), load(sums, column)) * share
      return (load(g, i) - rest) * slope
    }
  }

  /// `out (+)= r · Σ g · n + d · Σ g`.
  @inline(never)
  fileprivate static func batchNormGainGradient(_ call: KernelCall) {
    let (kept, sums, stride) = (call[1], call[2], call.stride)
    forEach(call, masked: false) { column in
      load(kept, 2 &* stride &+ column) * load(sums, stride &+ column)
        + load(kept, 3 &* stride &+ column) * load(sums, column)
    }
  }

  /// `out (+)= Σ g`.
  @inline(never)
  fileprivate static func batchNormOffsetGradient(_ call: KernelCall) {
    let sums = call[1]
    forEach(call, masked: false) { load(sums, $0) }
  }

  /// Moves running means and variances towards those of the batch, and counts it.
  @inline(never)
  fileprivate static func moveStatistics(_ call: KernelCall) {
    let (means, variances, kept, stride) = (call[0], call[1], call[3], call.stride)
    let rate = call.numbers[0]
    setColumns(means, stride) { (1 - rate) * load(means, $0) + rate * load(kept, $0) }
    setColumns(variances, stride) {
      (1 - rate) * load(variances, $0) + rate * load(kept, 4 &* stride &+ $0)
    }
    call[2][0] += 1
  }

  /// Computes every vector of a row in place of its offset.
  @inline(__always)
  private static func setColumns(_ out: Target, _ stride: Int, _ body: (Int) -> Vector) {
    var column = 0
    while column < stride {
      store(out, column, body(column))
      column &+= 16
    }
  }
}
