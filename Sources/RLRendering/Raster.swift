internal import RLCore

/// Pixels in memory, four bytes each (blue, green, red and one unused), that smooth shapes are blended into.
///
/// Coverage is computed, not sampled from SDL: wide lines keep their width at any angle, and pictures for
/// terminals need no SDL at all.
struct Raster {
  let width: Int
  let height: Int
  /// Bytes from row to row.
  let pitch: Int
  let pixels: UnsafeMutablePointer<UInt8>

  /// Mixes a colour into a pixel; those outside of the picture are ignored.
  ///
  /// - Parameter coverage: How much of the pixel is covered, 0 to 1.
  func blend(_ x: Int, _ y: Int, _ color: Drawing.Color, _ coverage: Double) {
    guard x >= 0, x < width, y >= 0, y < height, coverage > 0 else { return }
    let share = min(1, coverage) * Double(color.alpha) / 255
    let pixel = pixels + y * pitch + 4 * x
    func mix(_ old: UInt8, _ new: UInt8) -> UInt8 {
      UInt8(max(0, min(255, Double(old) + share * (Double(new) - Double(old)))))
    }
    pixel[0] = mix(pixel[0], color.blue)
    pixel[1] = mix(pixel[1], color.green)
    pixel[2] = mix(pixel[2], color.red)
  }

  /// A path of one pixel's width (Wu 1991). Joints between whole pixels belong to one of their lines only.
  func thinLine(_ points: [Drawing.Point], _ color: Drawing.Color) {
    for i in points.indices.dropLast() {
      thinLine(
        points[i], points[i + 1], color, isFirst: i == 0, isLast: i == points.count - 2)
    }
  }

  private func thinLine(
    _ a: Drawing.Point, _ b: Drawing.Point, _ color: Drawing.Color, isFirst: Bool, isLast: Bool
  ) {
    let isSteep = abs(b.x - a.x) < abs(b.y - a.y)
    var (a, b) = isSteep ? (Drawing.Point(a.y, a.x), Drawing.Point(b.y, b.x)) : (a, b)
    var (hasStart, hasEnd) = (isFirst, isLast)
    if a.x > b.x {
      swap(&a, &b)
      swap(&hasStart, &hasEnd)
    }
    guard b.x > a.x, a.x < 20_000, b.x > -20_000, abs(a.y) < 20_000, abs(b.y) < 20_000 else {
      return
    }
    let gradient = (b.y - a.y) / (b.x - a.x)
    let (first, last) = (a.x.rounded(.down), b.x.rounded(.up))
    var x = max(hasStart ? first : first + 1, -1)
    while x <= min(hasEnd ? last : last - 1, Double(max(width, height))) {
      let y = a.y + gradient * (x - a.x)
      var weight = 1.0
      if hasStart && x == first {
        weight = 1 + first - a.x
      } else if hasEnd && x == last {
        weight = 1 - last + b.x
      }
      let row = y.rounded(.down)
      for (row, share) in [(row, 1 - (y - row)), (row + 1, y - row)] where share > 0 {
        if isSteep {
          blend(Int(row), Int(x), color, share * weight)
        } else {
          blend(Int(x), Int(row), color, share * weight)
        }
      }
      x += 1
    }
  }

  /// A path of any width with round ends and joints.
  func wideLine(_ points: [Drawing.Point], _ color: Drawing.Color, width lineWidth: Double) {
    let reach = lineWidth / 2 + 1
    guard points.count > 1, let box = bounds(points, margin: reach) else { return }
    let columns = box.right - box.left
    var coverage = [Float](repeating: 0, count: columns * (box.bottom - box.top))
    for (a, b) in zip(points, points.dropFirst()) {
      guard let part = bounds([a, b], margin: reach) else { continue }
      let (dx, dy) = (b.x - a.x, b.y - a.y)
      let square = dx * dx + dy * dy
      for y in part.top..<part.bottom {
        for x in part.left..<part.right {
          let (px, py) = (Double(x) + 0.5 - a.x, Double(y) + 0.5 - a.y)
          let t = square > 0 ? max(0, min(1, (px * dx + py * dy) / square)) : 0
          let (ex, ey) = (px - t * dx, py - t * dy)
          let distance = (ex * ex + ey * ey).squareRoot()
          let share = Float(max(0, min(1, lineWidth / 2 + 0.5 - distance)))
          let i = (y - box.top) * columns + x - box.left
          coverage[i] = max(coverage[i], share)
        }
      }
    }
    for y in box.top..<box.bottom {
      for x in box.left..<box.right {
        blend(x, y, color, Double(coverage[(y - box.top) * columns + x - box.left]))
      }
    }
  }

  /// The inside of a polygon (even-odd), four lines of exact horizontal coverage a pixel.
  func fill(_ points: [Drawing.Point], _ color: Drawing.Color) {
    guard points.count > 2, let box = bounds(points, margin: 0) else { return }
    let columns = box.right - box.left
    var coverage = [Double](repeating: 0, count: columns)
    var crossings: [Double] = []
    for y in box.top..<box.bottom {
      for i in coverage.indices { coverage[i] = 0 }
      for line in 0..<4 {
        let level = Double(y) + (Double(line) + 0.5) / 4
        crossings.removeAll(keepingCapacity: true)
        var previous = points[points.count - 1]
        for point in points {
          if (previous.y <= level) != (point.y <= level) {
            let t = (level - previous.y) / (point.y - previous.y)
            crossings.append(previous.x + t * (point.x - previous.x) - Double(box.left))
          }
          previous = point
        }
        crossings.sort()
        for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
          let (start, end) = (max(0, crossings[pair]), min(Double(columns), crossings[pair + 1]))
          guard start < end else { continue }
          for column in Int(start)..<min(columns, Int(end) + 1) {
            let covered = min(end, Double(column + 1)) - max(start, Double(column))
            if covered > 0 { coverage[column] += covered / 4 }
          }
        }
      }
      for column in 0..<columns { blend(box.left + column, y, color, coverage[column]) }
    }
  }

  /// The pixels that points can touch, inside of the picture; `nil` for none.
  private func bounds(_ points: [Drawing.Point], margin: Double)
    -> (left: Int, top: Int, right: Int, bottom: Int)?
  {
    var (left, top) = (Double.infinity, Double.infinity)
    var (right, bottom) = (-Double.infinity, -Double.infinity)
    for point in points {
      guard point.x.isFinite, point.y.isFinite else { return nil }
      (left, right) = (min(left, point.x), max(right, point.x))
      (top, bottom) = (min(top, point.y), max(bottom, point.y))
    }
    left = max(0, left - margin)
    top = max(0, top - margin)
    right = min(Double(width), right + margin + 1)
    bottom = min(Double(height), bottom + margin + 1)
    guard left < right, top < bottom else { return nil }
    return (Int(left), Int(top), Int(right), Int(bottom))
  }
}
