/// Reductions along rows take sixteen rows at a time and walk over the columns, since what agents
/// reduce (logits, action dimensions) is narrow: all lanes are busy and nothing is summed across them.
extension Kernels {
  /// Calls the body for each group of up to sixteen rows with its first row, the offset of that and its number of rows.
  @inline(__always)
  static func rowGroups(
    _ call: KernelCall, _ body: (_ row: Int, _ offset: Int, _ count: Int) -> Void
  ) {
    let (rows, step) = (call.rows, call.stride &* 16)
    var (row, offset) = (0, 0)
    while row < rows {
      body(row, offset, min(16, rows &- row))
      row &+= 16
      offset &+= step
    }
  }

  /// One number from each of up to sixteen rows; zero beyond them.
  @inline(__always)
  static func column(_ p: Source, _ stride: Int, _ count: Int) -> Vector {
    var v = Vector.zero
    if count == 16 {
      for lane in 0..<16 { v[lane] = p[lane &* stride] }
    } else {
      for lane in 0..<count { v[lane] = p[lane &* stride] }
    }
    return v
  }

  @inline(__always)
  static func storeColumn(
    _ p: Target, _ stride: Int, _ count: Int, _ v: Vector, accumulates: Bool = false
  ) {
    if accumulates {
      for lane in 0..<count { p[lane &* stride] += v[lane] }
    } else if count == 16 {
      for lane in 0..<16 { p[lane &* stride] = v[lane] }
    } else {
      for lane in 0..<count { p[lane &* stride] = v[lane] }
    }
  }

  /// The largest numbers of sixteen rows.
  @inline(__always)
  static func maxima(_ x: Source, _ columns: Int, _ stride: Int, _ count: Int) -> Vector {
    var largest = column(x, stride, count)
    var c = 1
    while c < columns {
      largest = maximum(largest, column(x + c, stride, count))
      c &+= 1
    }
    return largest
  }

  /// log Σ exp of sixteen rows.
  @inline(__always)
  static func logSumExp(_ x: Source, _ columns: Int, _ stride: Int, _ count: Int) -> Vector {
    let largest = maxima(x, columns, stride, count)
    var total = Vector.zero
    for c in 0..<columns { total += exp(column(x + c, stride, count) - largest) }
    return largest + log(total)
  }

  /// Σ over one row of what the body says at each offset, without the padding.
  @inline(__always)
  static func rowSum(_ call: KernelCall, _ body: (Int) -> Vector) -> Float {
    var total = Vector.zero
    forEachColumn(call) { column, mask in total += select(mask, body(column), .zero) }
    return total.sum()
  }

  /// Computes every vector of one row in place of its offset, on top of what is there if the call says so.
  @inline(__always)
  static func setRow(_ call: KernelCall, _ out: Target, _ body: (Int) -> Vector) {
    forEachColumn(call) { column, mask in
      var v = body(column)
      if call.accumulates { v = load(out, column) + v }
      store(out, column, select(mask, v, .zero))
    }
  }

  /// Σ x of a vector, in double precision.
  static func preciseSum(_ x: Source, count: Int) -> Double {
    var (low, high) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    for i in stride(from: 0, to: count, by: 16) {
      let v = select(lanes(below: count - i), load(x, i), .zero)
      low += SIMD8<Double>(v.lowHalf)
      high += SIMD8<Double>(v.highHalf)
    }
    return (low + high).sum()
  }
}
