/// Quantile regression (Dabney et al. 2018, section 3.2).
extension Kernels {
  /// `out[row]` is the sum over quantiles i of the mean over samples j of |τᵢ - 1(u < 0)| · huber(u), with
  /// u = sample j - quantile i; keeps the slope of `out[row]` along each quantile.
  static func quantileHuber(
    _ out: Target, _ quantiles: Source, samples: Source, slopes: Target, _ extent: Extent,
    sampleExtent: Extent
  ) {
    let (rows, count, stride) = (Int(extent.rows), Int(extent.columns), Int(extent.stride))
    let (sampleCount, sampleStride) = (Int(sampleExtent.columns), Int(sampleExtent.stride))
    let last = sampleStride - 16
    let tail = lanes(below: sampleCount - last)
    let (one, half) = (Vector(repeating: 1), Vector(repeating: 0.5))
    for row in 0..<rows {
      let sample = samples + row * sampleStride
      var loss: Float = 0
      for i in 0..<count {
        let quantile = Vector(repeating: quantiles[row * stride + i])
        let share = (Float(i) + 0.5) / Float(count)
        let (above, below) = (Vector(repeating: share), Vector(repeating: 1 - share))
        var (losses, forces) = (Vector.zero, Vector.zero)
        var j = 0
        while j < sampleStride {
          let u = load(sample, j) - quantile
          let cut = maximum(minimum(u, one), -one)
          var weight = above.replacing(with: below, where: u .< 0)
          if j == last { weight = Vector.zero.replacing(with: weight, where: tail) }
          let force = weight * cut
          forces += force
          losses += force * (u - half * cut)
          j += 16
        }
        loss += losses.sum()
        slopes[row * stride + i] = -forces.sum() / Float(sampleCount)
      }
      for i in count..<stride { slopes[row * stride + i] = 0 }
      out[row] = loss / Float(sampleCount)
    }
    for row in rows..<Shape.padded(rows) { out[row] = 0 }
  }

  /// `out[row, :] (+)= g[row] · slopes[row, :]`.
  static func quantileHuberGradient(
    _ out: Target, slopes: Source, g: Source, _ extent: Extent, accumulate: Bool
  ) {
    var single = extent
    single.rows = 1
    for row in 0..<Int(extent.rows) {
      let scale = Vector(repeating: g[row])
      let (to, slope) = (out + row * Int(extent.stride), slopes + row * Int(extent.stride))
      forEach(single, masked: false, to) {
        accumulate ? load(to, $0) + scale * load(slope, $0) : scale * load(slope, $0)
      }
    }
  }
}
