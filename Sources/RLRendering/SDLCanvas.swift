internal import CSDL2
internal import RLCore

/// Memory that SDL2's software renderer draws into: no window, no display, no SDL_Init.
///
/// Coordinates are truncated to whole pixels, as pygame does, so that pictures made of the same shapes
/// have the same pixels. A drawing whose origin is the lower left corner is drawn upside down;
/// whoever reads the rows turns it round.
final class SDLCanvas {
  let width: Int
  let height: Int
  let sdl: rlgym_sdl_functions
  let surface: UnsafeMutablePointer<SDL_Surface>
  private let renderer: OpaquePointer
  private var x: [Int16] = []
  private var y: [Int16] = []

  /// - Throws: `RenderingError` if SDL is not there or has no memory.
  init(width: Int, height: Int) throws(RenderingError) {
    sdl = try SDLLibrary.functions()
    self.width = width
    self.height = height
    guard
      let surface = sdl.SDL_CreateRGBSurfaceWithFormat(
        0, Int32(width), Int32(height), 32, Self.pixelFormat)
    else { throw Self.error("make a picture of \(width)x\(height)", sdl) }
    guard let renderer = sdl.SDL_CreateSoftwareRenderer(surface) else {
      sdl.SDL_FreeSurface(surface)
      throw Self.error("make a software renderer", sdl)
    }
    self.surface = surface
    self.renderer = renderer
  }

  deinit {
    sdl.SDL_DestroyRenderer(renderer)
    sdl.SDL_FreeSurface(surface)
  }

  /// Four bytes a pixel: blue, green, red, nothing in memory.
  static var pixelFormat: UInt32 { UInt32(SDL_PIXELFORMAT_RGB888) }

  static func error(_ what: String, _ sdl: rlgym_sdl_functions) -> RenderingError {
    .failed(what, reason: sdl.SDL_GetError().map { String(cString: $0) } ?? "no reason given")
  }

  /// Draws a picture over everything, `scale` pixels a point.
  func draw(_ drawing: Drawing, scale: Double) {
    SDLLibrary.whileDrawing { drawElements(drawing, scale) }
  }

  private func drawElements(_ drawing: Drawing, _ scale: Double) {
    let back = drawing.background
    let pixel = UInt32(back.red) << 16 | UInt32(back.green) << 8 | UInt32(back.blue)
    _ = sdl.SDL_FillRect(surface, nil, pixel)
    for element in drawing.elements {
      switch element {
      case .fill(let shape, let color): fill(shape, color, scale)
      case .stroke(let shape, let color, let width): stroke(shape, color, width * scale, scale)
      case .text(let label): write(label, scale, isUpsideDown: drawing.origin == .lowerLeft)
      }
    }
    _ = sdl.SDL_RenderFlush(renderer)
  }

  private func fill(_ shape: Drawing.Shape, _ c: Drawing.Color, _ scale: Double) {
    switch shape {
    case .polygon(let points), .path(let points):
      setPoints(points, scale)
      fillPoints(c)
    case .circle(let x, let y, let radius):
      // SDL2_gfx's smallest circles are stars.
      guard radius * scale >= 4.5 else {
        let centre = Drawing.Point(x * scale, y * scale)
        withRaster { $0.wideLine([centre, centre], c, width: 2 * radius * scale) }
        return
      }
      let (x, y, radius) = (whole(x * scale), whole(y * scale), whole(radius * scale))
      _ = sdl.aacircleRGBA(renderer, x, y, radius, c.red, c.green, c.blue, c.alpha)
      _ = sdl.filledCircleRGBA(renderer, x, y, radius, c.red, c.green, c.blue, c.alpha)
    case .rectangle(let x, let y, let width, let height):
      box(x * scale, y * scale, (x + width) * scale, (y + height) * scale, c)
    }
  }

  private func stroke(
    _ shape: Drawing.Shape, _ c: Drawing.Color, _ width: Double, _ scale: Double
  ) {
    if width < 1.5, case .circle(let x, let y, let radius) = shape {
      let (x, y, radius) = (whole(x * scale), whole(y * scale), whole(radius * scale))
      _ = sdl.aacircleRGBA(renderer, x, y, radius, c.red, c.green, c.blue, c.alpha)
      return
    }
    let points = shape.outline.map { Drawing.Point($0.x * scale, $0.y * scale) }
    if width >= 1.5 {
      withRaster { $0.wideLine(points, c, width: width) }
      return
    }
    if let (a, b) = Self.ends(points), whole(a.y) == whole(b.y) {
      _ = sdl.hlineRGBA(
        renderer, whole(a.x), whole(b.x), whole(a.y), c.red, c.green, c.blue, c.alpha)
    } else if let (a, b) = Self.ends(points), whole(a.x) == whole(b.x) {
      _ = sdl.vlineRGBA(
        renderer, whole(a.x), whole(a.y), whole(b.y), c.red, c.green, c.blue, c.alpha)
    } else {
      withRaster { $0.thinLine(points, c) }
    }
  }

  /// Both ends of a path that is a single line.
  private static func ends(_ points: [Drawing.Point]) -> (Drawing.Point, Drawing.Point)? {
    points.count == 2 ? (points[0], points[1]) : nil
  }

  /// Draws into the memory itself, once SDL has drawn what came before.
  private func withRaster(_ body: (Raster) -> Void) {
    _ = sdl.SDL_RenderFlush(renderer)
    guard let pixels = surface.pointee.pixels else { return }
    body(
      Raster(
        width: width, height: height, pitch: Int(surface.pointee.pitch),
        pixels: pixels.assumingMemoryBound(to: UInt8.self)))
  }

  private func box(
    _ left: Double, _ top: Double, _ right: Double, _ bottom: Double, _ c: Drawing.Color
  ) {
    // From edge to edge, so that rectangles side by side neither overlap nor leave gaps.
    let (x1, y1) = (whole(left.rounded()), whole(top.rounded()))
    let (x2, y2) = (whole(right.rounded()), whole(bottom.rounded()))
    guard x1 < x2, y1 < y2 else { return }
    _ = sdl.boxRGBA(renderer, x1, y1, x2 - 1, y2 - 1, c.red, c.green, c.blue, c.alpha)
  }

  private func setPoints(_ points: [Drawing.Point], _ scale: Double) {
    x.removeAll(keepingCapacity: true)
    y.removeAll(keepingCapacity: true)
    for point in points {
      x.append(whole(point.x * scale))
      y.append(whole(point.y * scale))
    }
  }

  private func fillPoints(_ c: Drawing.Color) {
    guard x.count > 2 else { return }
    let count = Int32(x.count)
    // What shows what is behind it would be darker along its edges, which are drawn twice.
    if c.alpha == 255 {
      withRaster { raster in
        for i in x.indices {
          let next = i + 1 < x.count ? i + 1 : 0
          raster.edge(Int(x[i]), Int(y[i]), Int(x[next]), Int(y[next]), c)
        }
      }
    }
    _ = sdl.filledPolygonRGBA(renderer, x, y, count, c.red, c.green, c.blue, c.alpha)
  }

  private func write(_ label: Drawing.Label, _ scale: Double, isUpsideDown: Bool) {
    let advance = label.size
    var left = label.left(advance: advance) * scale
    let top = (label.point.y - label.size / 2) * scale
    let dot = label.size * scale / 8
    for character in label.text {
      let code = character.asciiValue.map(Int.init) ?? 63
      let glyph = Self.glyphs[code & 127]
      for row in 0..<8 {
        var column = 0
        while column < 8 {
          guard glyph >> UInt64(8 * row + column) & 1 == 1 else {
            column += 1
            continue
          }
          let start = column
          while column < 8 && glyph >> UInt64(8 * row + column) & 1 == 1 { column += 1 }
          let line = Double(isUpsideDown ? 7 - row : row)
          box(
            left + Double(start) * dot, top + line * dot, left + Double(column) * dot,
            top + (line + 1) * dot, label.color)
        }
      }
      left += advance * scale
    }
  }

  /// The dots of SDL2_gfx's 8 x 8 characters, a bit each, rows from the top in the lowest byte.
  ///
  /// Read once: SDL2_gfx keeps the characters' textures in a global table, of whichever renderer was
  /// the first to write.
  private static let glyphs: [UInt64] = {
    guard let canvas = try? SDLCanvas(width: 8, height: 8) else {
      return Array(repeating: 0, count: 128)
    }
    let sdl = canvas.sdl
    return (0..<128).map { code in
      _ = sdl.SDL_FillRect(canvas.surface, nil, 0)
      _ = sdl.characterRGBA(canvas.renderer, 0, 0, CChar(code), 255, 255, 255, 255)
      _ = sdl.SDL_RenderFlush(canvas.renderer)
      var glyph: UInt64 = 0
      for row in 0..<8 {
        guard let pixels = canvas.row(row) else { continue }
        for column in 0..<8 where pixels[4 * column] > 127 {
          glyph |= 1 << UInt64(8 * row + column)
        }
      }
      return glyph
    }
  }()

  /// The pixels of a row of memory, four bytes each.
  func row(_ index: Int) -> UnsafePointer<UInt8>? {
    surface.pointee.pixels.map {
      UnsafePointer(($0 + index * Int(surface.pointee.pitch)).assumingMemoryBound(to: UInt8.self))
    }
  }

  /// Turns the picture upside down.
  func turnRows() {
    let pitch = Int(surface.pointee.pitch)
    guard let pixels = surface.pointee.pixels else { return }
    for line in 0..<height / 2 {
      let upper = pixels + line * pitch
      let lower = pixels + (height - 1 - line) * pitch
      let (a, b) = (
        upper.assumingMemoryBound(to: UInt32.self), lower.assumingMemoryBound(to: UInt32.self)
      )
      for column in 0..<width { swap(&a[column], &b[column]) }
    }
  }

  /// Copies the picture's rows from the top: red, green and blue, one byte each.
  func copyPixels(into frame: inout Frame, isUpsideDown: Bool) {
    frame.pixels.withUnsafeMutableBytes { pixels in
      guard var target = pixels.baseAddress else { return }
      for line in 0..<height {
        guard let row = row(isUpsideDown ? height - 1 - line : line) else { return }
        let source = UnsafeRawPointer(row)
        var column = 0
        // Four pixels of four bytes become three words, red first.
        while column + 4 <= width {
          func pixel(_ i: Int) -> UInt32 {
            UInt32(
              littleEndian: source.loadUnaligned(
                fromByteOffset: 4 * (column + i), as: UInt32.self)
            ).byteSwapped >> 8
          }
          let (a, b, c, d) = (pixel(0), pixel(1), pixel(2), pixel(3))
          target.storeBytes(of: (a | b << 24).littleEndian, as: UInt32.self)
          target.storeBytes(
            of: (b >> 8 | c << 16).littleEndian, toByteOffset: 4, as: UInt32.self)
          target.storeBytes(
            of: (c >> 16 | d << 8).littleEndian, toByteOffset: 8, as: UInt32.self)
          target += 12
          column += 4
        }
        while column < width {
          for byte in 0..<3 {
            target.storeBytes(of: row[4 * column + 2 - byte], toByteOffset: byte, as: UInt8.self)
          }
          target += 3
          column += 1
        }
      }
    }
  }
}

/// Truncated, as the conversion to a C integer does; far outside of any picture stays outside.
private func whole(_ value: Double) -> Int16 { Int16(max(-16_000, min(16_000, value))) }
