internal import RLCore

extension Raster {
  /// A smooth line between whole pixels: the edge of a polygon.
  ///
  /// The algorithm is that of SDL_gfx's `aaline`, the rounding that of pygame, which draws Gymnasium's
  /// pictures; with SDL2_gfx's own every second pixel of an edge would differ from theirs.
  func edge(_ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int, _ color: Drawing.Color) {
    guard var (x1, y1, x2, y2) = clipped(x1, y1, x2, y2) else { return }
    if y1 > y2 { (x1, y1, x2, y2) = (x2, y2, x1, y1) }
    let direction = x2 < x1 ? -1 : 1
    let (dx, dy) = (abs(x2 - x1), y2 - y1)
    if dx == 0 || dy == 0 || dx == dy {
      for i in 0...max(dx, dy) {
        mix(dx == 0 ? x1 : x1 + direction * i, dy == 0 ? y1 : y1 + i, color, 255)
      }
      return
    }
    mix(x1, y1, color, 255)
    let isSteep = dy > dx
    let step = UInt32((isSteep ? (dx << 16) / dy : (dy << 16) / dx) << 16)
    var error: UInt32 = 0
    for _ in 1..<max(dx, dy) {
      let before = error
      error &+= step
      if error <= before {
        if isSteep { x1 += direction } else { y1 += 1 }
      }
      if isSteep { y1 += 1 } else { x1 += direction }
      let weight = Int(error >> 24)
      mix(x1, y1, color, 255 - weight)
      mix(isSteep ? x1 + direction : x1, isSteep ? y1 : y1 + 1, color, weight)
    }
    mix(x2, y2, color, 255)
  }

  /// Mixes a colour into a pixel in whole numbers.
  private func mix(_ x: Int, _ y: Int, _ color: Drawing.Color, _ weight: Int) {
    guard x >= 0, x < width, y >= 0, y < height else { return }
    let full = Int(color.alpha)
    let share = weight == 255 ? full : (full * weight) >> 8
    let pixel = pixels + y * pitch + 4 * x
    if share == 255 {
      (pixel[0], pixel[1], pixel[2]) = (color.blue, color.green, color.red)
      return
    }
    func mixed(_ old: UInt8, _ new: UInt8) -> UInt8 {
      UInt8(truncatingIfNeeded: Int(old) + (((Int(new) - Int(old)) * share) >> 8))
    }
    pixel[0] = mixed(pixel[0], color.blue)
    pixel[1] = mixed(pixel[1], color.green)
    pixel[2] = mixed(pixel[2], color.red)
  }

  /// The part of a line inside of the picture, its new ends truncated as in SDL_gfx.
  private func clipped(_ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int) -> (Int, Int, Int, Int)? {
    var (x1, y1, x2, y2) = (x1, y1, x2, y2)
    let (right, bottom) = (width - 1, height - 1)
    func isOutside(_ x: Int, _ y: Int) -> Bool { x < 0 || x > right || y < 0 || y > bottom }
    // Each turn puts one end on one edge, so four are enough.
    for _ in 0..<8 {
      if max(x1, x2) < 0 || min(x1, x2) > right || max(y1, y2) < 0 || min(y1, y2) > bottom {
        return nil
      }
      guard isOutside(x1, y1) || isOutside(x2, y2) else { return (x1, y1, x2, y2) }
      if !isOutside(x1, y1) { (x1, y1, x2, y2) = (x2, y2, x1, y1) }
      let slope = x1 == x2 ? 1 : Float(y2 - y1) / Float(x2 - x1)
      if x1 < 0 || x1 > right {
        let edge = x1 < 0 ? 0 : right
        y1 += Int(Float(edge - x1) * slope)
        x1 = edge
      } else {
        let edge = y1 < 0 ? 0 : bottom
        if x1 != x2 { x1 += Int(Float(edge - y1) / slope) }
        y1 = edge
      }
    }
    return nil
  }
}
