/// Reductions along rows take sixteen rows at a time and walk over the columns, since what agents
/// reduce (logits, action dimensions) is narrow: all lanes are busy and nothing is summed across them.
extension Kernels {
  /// Calls the body for each group of up to sixteen rows with its first row and its number of rows.
  @inline(__always)
  private static func rowGroups(_ extent: Extent, _ body: (_ row: Int, _ count: Int) -> Void) {
    var row = 0
    let rows = Int(extent.rows)
    while row < rows {
      body(row, min(16, rows - row))
      row += 16
    }
  }

  /// One number from each of up to sixteen rows; zero beyond them.
  @inline(__always)
  private static func column(_ p: Source, _ stride: Int, _ count: Int) -> Vector {
    if count == 16 { return strided(p, stride) }
    var v = Vector.zero
    for lane in 0..<count { v[lane] = p[lane * stride] }
    return v
  }

  @inline(__always)
  private static func storeColumn(
    _ p: Target, _ stride: Int, _ count: Int, _ v: Vector, accumulate: Bool = false
  ) {
    if accumulate {
      for lane in 0..<count { p[lane * stride] += v[lane] }
    } else if count == 16 {
      for lane in 0..<16 { p[lane * stride] = v[lane] }
    } else {
      for lane in 0..<count { p[lane * stride] = v[lane] }
    }
  }

  /// `out[0] = Σ x`.
  static func sum(_ out: Target, _ x: Source, _ extent: Extent) {
    var total = Vector.zero
    for i in stride(from: 0, to: Int(extent.rows) * Int(extent.stride), by: 16) {
      total += load(x, i)
    }
    var number = Vector.zero
    number[0] = total.sum()
    store(out, 0, number)
  }

  /// Σ x of a vector whose padding is zero, in double precision.
  static func preciseSum(_ x: Source, count: Int) -> Double {
    var (low, high) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    for i in stride(from: 0, to: count, by: 16) {
      var v = load(x, i)
      if count - i < 16 { v = Vector.zero.replacing(with: v, where: lanes(below: count - i)) }
      low += SIMD8<Double>(v.lowHalf)
      high += SIMD8<Double>(v.highHalf)
    }
    return (low + high).sum()
  }

  /// `out[row] = Σ x[row, :]`.
  static func rowSums(_ out: Target, _ x: Source, _ extent: Extent) {
    let stride = Int(extent.stride)
    rowGroups(extent) { row, count in
      var total = Vector.zero
      for c in 0..<Int(extent.columns) { total += column(x + row * stride + c, stride, count) }
      store(out, row, total)
    }
  }

  @inline(__always)
  private static func maxima(_ x: Source, _ columns: Int, _ stride: Int, _ count: Int) -> Vector {
    var largest = column(x, stride, count)
    for c in 1..<max(1, columns) { largest = maximum(largest, column(x + c, stride, count)) }
    return largest
  }

  /// `out[row] = max x[row, :]`.
  static func rowMaxima(_ out: Target, _ x: Source, _ extent: Extent) {
    let stride = Int(extent.stride)
    rowGroups(extent) { row, count in
      store(out, row, maxima(x + row * stride, Int(extent.columns), stride, count))
    }
  }

  /// `out[row]` is the first column with the row's largest element.
  static func rowArgmax(_ out: Target, _ x: Source, _ extent: Extent) {
    let stride = Int(extent.stride)
    rowGroups(extent) { row, count in
      var largest = column(x + row * stride, stride, count)
      var place = Vector.zero
      for c in 1..<max(1, Int(extent.columns)) {
        let other = column(x + row * stride + c, stride, count)
        let isLarger = other .> largest
        largest.replace(with: other, where: isLarger)
        place.replace(with: Float(c), where: isLarger)
      }
      store(out, row, place)
    }
  }

  static func rowMaximaGradient(
    _ out: Target, x: Source, y: Source, g: Source, _ extent: Extent, accumulate: Bool
  ) {
    let (stride, columns) = (Int(extent.stride), Int(extent.columns))
    if !accumulate { fill(out, 0, extent) }
    rowGroups(extent) { row, count in
      let largest = load(y, row)
      var ties = Vector.zero
      for c in 0..<columns {
        let hit = column(x + row * stride + c, stride, count) .== largest
        ties += Vector.zero.replacing(with: 1, where: hit)
      }
      let share = load(g, row) / maximum(ties, Vector(repeating: 1))
      for c in 0..<columns {
        let hit = column(x + row * stride + c, stride, count) .== largest
        storeColumn(
          out + row * stride + c, stride, count, Vector.zero.replacing(with: share, where: hit),
          accumulate: true)
      }
    }
  }

  /// The maximum and log Σ exp of sixteen rows.
  @inline(__always)
  private static func logSumExp(_ x: Source, _ columns: Int, _ stride: Int, _ count: Int) -> Vector
  {
    let largest = maxima(x, columns, stride, count)
    var total = Vector.zero
    for c in 0..<columns { total += exp(column(x + c, stride, count) - largest) }
    return largest + log(total)
  }

  /// `out[row] = log Σ exp x[row, :]`.
  static func logSumExp(_ out: Target, _ x: Source, _ extent: Extent) {
    let (stride, columns) = (Int(extent.stride), Int(extent.columns))
    rowGroups(extent) { row, count in
      let value = logSumExp(x + row * stride, columns, stride, count)
      store(out, row, Vector.zero.replacing(with: value, where: lanes(below: count)))
    }
  }

  static func logSumExpGradient(
    _ out: Target, x: Source, y: Source, g: Source, _ extent: Extent, accumulate: Bool
  ) {
    let (stride, columns) = (Int(extent.stride), Int(extent.columns))
    if !accumulate { fill(out, 0, extent) }
    rowGroups(extent) { row, count in
      let (value, gradient) = (load(y, row), load(g, row))
      for c in 0..<columns {
        let slope = exp(column(x + row * stride + c, stride, count) - value) * gradient
        storeColumn(out + row * stride + c, stride, count, slope, accumulate: true)
      }
    }
  }

  /// `out = x - log Σ exp x`, row by row.
  static func logSoftmax(_ out: Target, _ x: Source, _ extent: Extent) {
    let (stride, columns) = (Int(extent.stride), Int(extent.columns))
    fill(out, 0, extent)
    rowGroups(extent) { row, count in
      let base = row * stride
      let value = logSumExp(x + base, columns, stride, count)
      for c in 0..<columns {
        storeColumn(
          out + base + c, stride, count, column(x + base + c, stride, count) - value)
      }
    }
  }

  /// `out (+)= g - softmax · Σ g`, row by row, from the logarithms y.
  static func logSoftmaxGradient(
    _ out: Target, y: Source, g: Source, _ extent: Extent, accumulate: Bool
  ) {
    let (stride, columns) = (Int(extent.stride), Int(extent.columns))
    if !accumulate { fill(out, 0, extent) }
    rowGroups(extent) { row, count in
      let base = row * stride
      var total = Vector.zero
      for c in 0..<columns { total += column(g + base + c, stride, count) }
      for c in 0..<columns {
        let slope =
          column(g + base + c, stride, count) - exp(column(y + base + c, stride, count)) * total
        storeColumn(out + base + c, stride, count, slope, accumulate: accumulate)
      }
    }
  }

  // MARK: Gradients of sums

  /// `out (+)= g[0]` everywhere.
  static func spreadScalar(_ out: Target, g: Source, _ extent: Extent, accumulate: Bool) {
    let value = Vector(repeating: g[0])
    forEach(extent, masked: true, out) { accumulate ? load(out, $0) + value : value }
  }

  /// `out[row, :] (+)= g[row]`.
  static func spreadRows(_ out: Target, g: Source, _ extent: Extent, accumulate: Bool) {
    var single = extent
    single.rows = 1
    for row in 0..<Int(extent.rows) {
      let value = Vector(repeating: g[row])
      let to = out + row * Int(extent.stride)
      forEach(single, masked: true, to) { accumulate ? load(to, $0) + value : value }
    }
  }

  /// `out[:, column] (+)= g[column]`.
  static func spreadColumns(_ out: Target, g: Source, _ extent: Extent, accumulate: Bool) {
    var single = extent
    single.rows = 1
    for row in 0..<Int(extent.rows) {
      let to = out + row * Int(extent.stride)
      forEach(single, masked: false, to) { accumulate ? load(to, $0) + load(g, $0) : load(g, $0) }
    }
  }

  // MARK: Indexing

  @inline(__always)
  private static func index(_ value: Float, _ choices: Int) -> Int {
    let i = Int(value)
    precondition(i >= 0 && i < choices, "gather: index \(value) is outside of 0..<\(choices)")
    return i
  }

  /// `out[row, j] = x[row, j · choices + indices[row]]` for `count` groups j.
  static func gather(
    _ out: Target, _ x: Source, indices: Source, _ extent: Extent, count: Int, outStride: Int
  ) {
    let (rows, choices) = (Int(extent.rows), Int(extent.columns) / count)
    let end = Shape.padded(rows * outStride)
    for row in 0..<rows {
      let from = x + row * Int(extent.stride) + index(indices[row], choices)
      let to = out + row * outStride
      for j in 0..<count { to[j] = from[j * choices] }
      for j in count..<outStride { to[j] = 0 }
    }
    for i in rows * outStride..<end { out[i] = 0 }
  }

  /// `out[row, j · choices + indices[row]] += g[row, j]` for `count` groups j.
  static func gatherGradient(
    _ out: Target, indices: Source, g: Source, _ extent: Extent, count: Int, outStride: Int
  ) {
    let choices = Int(extent.columns) / count
    for row in 0..<Int(extent.rows) {
      let to = out + row * Int(extent.stride) + index(indices[row], choices)
      for j in 0..<count { to[j * choices] += g[row * outStride + j] }
    }
  }

  // MARK: Layer normalization

  @inline(__always)
  private static func forRow(_ extent: Extent, _ row: Int, _ body: (Int) -> Vector) -> Float {
    let (columns, stride) = (Int(extent.columns), Int(extent.stride))
    let tail = lanes(below: columns - (stride - 16))
    var total = Vector.zero
    for c in Swift.stride(from: 0, to: stride, by: 16) {
      let v = body(c)
      total += c + 16 == stride ? Vector.zero.replacing(with: v, where: tail) : v
    }
    return total.sum()
  }

  /// `out = (x - mean) / √(variance + ε) · gain + offset`; keeps mean and 1/√ of each row.
  static func layerNorm(
    _ out: Target, _ x: Source, gain: Source, offset: Source, statistics: Target, _ extent: Extent,
    epsilon: Float
  ) {
    let (rows, columns) = (Int(extent.rows), Float(extent.columns))
    let scales = statistics + Shape.padded(rows)
    var single = extent
    single.rows = 1
    for row in 0..<rows {
      let base = row * Int(extent.stride)
      let mean = forRow(extent, row) { load(x, base + $0) } / columns
      let variance =
        forRow(extent, row) {
          let d = load(x, base + $0) - mean
          return d * d
        } / columns
      let scale = 1 / (variance + epsilon).squareRoot()
      statistics[row] = mean
      scales[row] = scale
      forEach(single, masked: true, out + base) {
        (load(x, base + $0) - mean) * scale * load(gain, $0) + load(offset, $0)
      }
    }
  }

  static func layerNormGradient(
    _ out: Target, x: Source, gain: Source, statistics: Source, g: Source, _ extent: Extent,
    accumulate: Bool
  ) {
    let (rows, columns) = (Int(extent.rows), Float(extent.columns))
    let scales = statistics + Shape.padded(rows)
    var single = extent
    single.rows = 1
    for row in 0..<rows {
      let base = row * Int(extent.stride)
      let (mean, scale) = (statistics[row], scales[row])
      let first = forRow(extent, row) { load(g, base + $0) * load(gain, $0) } / columns
      let second =
        forRow(extent, row) {
          load(g, base + $0) * load(gain, $0) * (load(x, base + $0) - mean) * scale
        } / columns
      let to = out + base
      forEach(single, masked: true, to) {
        let normal = (load(x, base + $0) - mean) * scale
        let slope = (load(g, base + $0) * load(gain, $0) - first - normal * second) * scale
        return accumulate ? load(to, $0) + slope : slope
      }
    }
  }

  static func layerNormGainGradient(
    _ out: Target, x: Source, statistics: Source, g: Source, _ extent: Extent, accumulate: Bool
  ) {
    let (rows, stride) = (Int(extent.rows), Int(extent.stride))
    let scales = statistics + Shape.padded(rows)
    for c in Swift.stride(from: 0, to: stride, by: 16) {
      var total = accumulate ? load(out, c) : .zero
      for row in 0..<rows {
        let normal = (load(x, row * stride + c) - statistics[row]) * scales[row]
        // The gradient is zero in the padding, so the sum is.
        total += load(g, row * stride + c) * normal
      }
      store(out, c, total)
    }
  }
}
