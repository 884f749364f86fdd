/// Runs instructions on a table of buffers.
struct Executor {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  let allowsBLAS: Bool

  @inline(__always)
  private func at(_ index: Int32) -> UnsafeMutablePointer<Float> { pointers[Int(index)] }

  @inline(__always)
  private func optional(_ index: Int32) -> UnsafePointer<Float>? {
    index >= 0 ? UnsafePointer(pointers[Int(index)]) : nil
  }

  func execute(_ instruction: Instruction) {
    switch instruction {
    case .matmul(let o): matmul(o)
    case .matmulTransposedLeft(let o):
      Kernels.matmulTransposedLeft(
        at(o.out), ldc: Int(o.outStride), at(o.x), lda: Int(o.xStride), at(o.w),
        ldb: Int(o.wStride), m: Int(o.m), k: Int(o.k), n: Int(o.n), accumulate: o.accumulate)
    case .transpose(let out, let outStride, let x, let extent):
      Kernels.transpose(
        at(out), ldo: Int(outStride), at(x), lda: Int(extent.stride), rows: Int(extent.rows),
        columns: Int(extent.columns))
    case .columnSums(let o):
      Kernels.columnSums(
        at(o.out), at(o.a), lda: Int(o.extent.stride), m: Int(o.extent.rows),
        n: Int(o.extent.columns), accumulate: o.accumulate)
    case .gate(let o, let activation):
      Kernels.gate(at(o.out), y: at(o.a), o.extent, activation)
    case .unary(let o, let function): Kernels.unary(function, at(o.out), at(o.a), o.extent)
    case .unaryGradient(let o, let function):
      Kernels.unaryGradient(
        function, at(o.out), x: at(o.a), y: at(o.y), g: at(o.gradient), o.extent,
        accumulate: o.accumulate)
    case .binary(let o, let function, let broadcast):
      Kernels.binary(function, broadcast, at(o.out), at(o.a), at(o.b), o.extent)
    case .binaryFirstGradient(let o, let function, let broadcast):
      Kernels.binaryFirstGradient(
        function, broadcast, at(o.out), a: at(o.a), b: at(o.b), g: at(o.gradient), o.extent,
        accumulate: o.accumulate)
    case .binarySecondGradient(let o, let function, let broadcast):
      Kernels.binarySecondGradient(
        function, broadcast, at(o.out), a: at(o.a), b: at(o.b), g: at(o.gradient), o.extent,
        accumulate: o.accumulate)
    case .fill(let o, let value): Kernels.fill(at(o.out), value, o.extent)
    case .sum(let o): Kernels.sum(at(o.out), at(o.a), o.extent)
    case .rowSums(let o): Kernels.rowSums(at(o.out), at(o.a), o.extent)
    case .rowMaxima(let o): Kernels.rowMaxima(at(o.out), at(o.a), o.extent)
    case .rowArgmax(let o): Kernels.rowArgmax(at(o.out), at(o.a), o.extent)
    case .logSumExp(let o): Kernels.logSumExp(at(o.out), at(o.a), o.extent)
    case .logSoftmax(let o): Kernels.logSoftmax(at(o.out), at(o.a), o.extent)
    case .spreadScalar(let o):
      Kernels.spreadScalar(at(o.out), g: at(o.gradient), o.extent, accumulate: o.accumulate)
    case .spreadRows(let o):
      Kernels.spreadRows(at(o.out), g: at(o.gradient), o.extent, accumulate: o.accumulate)
    case .spreadColumns(let o):
      Kernels.spreadColumns(at(o.out), g: at(o.gradient), o.extent, accumulate: o.accumulate)
    case .rowMaximaGradient(let o):
      Kernels.rowMaximaGradient(
        at(o.out), x: at(o.a), y: at(o.y), g: at(o.gradient), o.extent, accumulate: o.accumulate)
    case .logSumExpGradient(let o):
      Kernels.logSumExpGradient(
        at(o.out), x: at(o.a), y: at(o.y), g: at(o.gradient), o.extent, accumulate: o.accumulate)
    case .logSoftmaxGradient(let o):
      Kernels.logSoftmaxGradient(
        at(o.out), y: at(o.y), g: at(o.gradient), o.extent, accumulate: o.accumulate)
    case .gather(let o, let count, let outStride):
      Kernels.gather(
        at(o.out), at(o.a), indices: at(o.b), o.extent, count: Int(count),
        outStride: Int(outStride))
    case .gatherGradient(let o, let count, let outStride):
      Kernels.gatherGradient(
        at(o.out), indices: at(o.b), g: at(o.gradient), o.extent, count: Int(count),
        outStride: Int(outStride))
    case .quantileHuber(let o, let samples):
      Kernels.quantileHuber(
        at(o.out), at(o.a), samples: at(o.b), slopes: at(o.y), o.extent, sampleExtent: samples)
    case .quantileHuberGradient(let o):
      Kernels.quantileHuberGradient(
        at(o.out), slopes: at(o.y), g: at(o.gradient), o.extent, accumulate: o.accumulate)
    case .moveColumns(
      let out, let outStride, let outColumn, let x, let xStride, let xColumn, let rows,
      let columns, let accumulate):
      Kernels.moveColumns(
        at(out) + Int(outColumn), outStride: Int(outStride), at(x) + Int(xColumn),
        xStride: Int(xStride), rows: Int(rows), columns: Int(columns), accumulate: accumulate)
    case .layerNorm(let o, let epsilon):
      Kernels.layerNorm(
        at(o.out), at(o.a), gain: at(o.b), offset: at(o.y), statistics: at(o.gradient), o.extent,
        epsilon: epsilon)
    case .layerNormGradient(let o):
      Kernels.layerNormGradient(
        at(o.out), x: at(o.a), gain: at(o.b), statistics: at(o.y), g: at(o.gradient), o.extent,
        accumulate: o.accumulate)
    case .layerNormGainGradient(let o):
      Kernels.layerNormGainGradient(
        at(o.out), x: at(o.a), statistics: at(o.y), g: at(o.gradient), o.extent,
        accumulate: o.accumulate)
    }
  }

  @inline(__always)
  private func matmul(_ o: Instruction.Matmul) {
    if o.gate >= 0 {
      Kernels.matmulGated(
        at(o.out), ldc: Int(o.outStride), at(o.x), lda: Int(o.xStride), at(o.w),
        ldb: Int(o.wStride), m: Int(o.m), k: Int(o.k), n: Int(o.n), gate: at(o.gate),
        ldy: Int(o.outStride), activation: o.activation, allowsBLAS: allowsBLAS)
    } else {
      Kernels.matmul(
        at(o.out), ldc: Int(o.outStride), at(o.x), lda: Int(o.xStride), at(o.w),
        ldb: Int(o.wStride), m: Int(o.m), k: Int(o.k), n: Int(o.n), bias: optional(o.bias),
        activation: o.activation, accumulate: o.accumulate, allowsBLAS: allowsBLAS)
    }
  }

  /// Sums over the rows of a slice, on top of what the slices before it gave.
  ///
  /// - Parameters:
  ///   - part: The rows of the result to compute; all if `nil`.
  ///   - continues: Whether there was a slice before.
  func sum(_ instruction: Instruction, part: Range<Int>? = nil, continues: Bool) {
    switch instruction {
    case .matmulTransposedLeft(let o):
      let part = part ?? 0..<Int(o.k)
      Kernels.matmulTransposedLeft(
        at(o.out) + part.lowerBound * Int(o.outStride), ldc: Int(o.outStride),
        at(o.x) + part.lowerBound, lda: Int(o.xStride), at(o.w), ldb: Int(o.wStride), m: Int(o.m),
        k: part.count, n: Int(o.n), accumulate: continues, allowsBLAS: false)
    case .binarySecondGradient(let o, let function, let broadcast):
      Kernels.binarySecondGradient(
        function, broadcast, at(o.out), a: at(o.a), b: at(o.b), g: at(o.gradient), o.extent,
        accumulate: continues, keepsLanes: true)
    case .columnSums(var o):
      o.accumulate = continues
      execute(.columnSums(o))
    case .layerNormGainGradient(var o):
      o.accumulate = continues
      execute(.layerNormGainGradient(o))
    default: preconditionFailure("BatchProgram: \(instruction) is not a sum over rows")
    }
  }
}
