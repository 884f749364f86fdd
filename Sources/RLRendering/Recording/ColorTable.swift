/// The colours of a GIF picture and the index of each pixel; its memory serves one picture after
/// another.
struct ColorTable {
  /// Red, green and blue of `1 << bits` colours.
  private(set) var table: [UInt8] = []
  /// The index of each pixel of the part, row by row.
  private(set) var indices: [UInt8] = []
  /// The bits of an index, 1 to 8.
  private(set) var bits = 1
  /// Whether index 0 stands for what was there before.
  private(set) var hasTransparency = false

  /// Colours with their index, by a hash of the colour.
  private var known = Array(repeating: (color: none, index: UInt8(0)), count: 1 << slotBits)
  private static let slotBits: UInt32 = 10
  private static let none = UInt32.max
  private var quantizer: ColorQuantizer?

  /// Finds the colours and indices of a part of a frame.
  ///
  /// - Parameter canvas: What is shown already; pixels equal to its own are transparent.
  mutating func index(_ frame: Frame, _ part: PixelRectangle, over canvas: Frame?) {
    let count = part.width * part.height
    if indices.count != count { indices = Array(repeating: 0, count: count) }
    hasTransparency = canvas != nil
    if !indexExactly(frame, part, canvas) { indexNearly(frame, part, canvas) }
    let size = max(2, table.count / 3)
    bits = Int.bitWidth - (size - 1).leadingZeroBitCount
    table += Array(repeating: 0, count: (3 << bits) - table.count)
  }

  /// Whether there was room for every colour.
  private mutating func indexExactly(
    _ frame: Frame, _ part: PixelRectangle, _ canvas: Frame?
  ) -> Bool {
    table.removeAll(keepingCapacity: true)
    if hasTransparency { table += [0, 0, 0] }
    var last = (color: Self.none, index: UInt8(0))
    return known.withUnsafeMutableBufferPointer { known in
      known.update(repeating: last)
      return indices.withUnsafeMutableBufferPointer { indices in
        frame.forEachPixel(in: part, changedFrom: canvas) { pixel, color in
          guard let color else {
            indices[pixel] = 0
            return true
          }
          if color != last.color {
            var slot = Int((color &* 0x9e37_79b1) >> (32 - Self.slotBits))
            while known[slot].color != Self.none, known[slot].color != color {
              slot = (slot + 1) & (known.count - 1)
            }
            if known[slot].color == Self.none {
              guard table.count < 3 * 256 else { return false }
              known[slot] = (color, UInt8(table.count / 3))
              table.append(color)
            }
            last = known[slot]
          }
          indices[pixel] = last.index
          return true
        }
      }
    }
  }

  /// Colours that come near all those there are.
  private mutating func indexNearly(
    _ frame: Frame, _ part: PixelRectangle, _ canvas: Frame?
  ) {
    var quantizer = self.quantizer.take() ?? ColorQuantizer()
    _ = frame.forEachPixel(in: part, changedFrom: canvas) { _, color in
      if let color { quantizer.count(color) }
      return true
    }
    let first = hasTransparency ? 1 : 0
    table.removeAll(keepingCapacity: true)
    if hasTransparency { table += [0, 0, 0] }
    for color in quantizer.reduce(to: 256 - first) { table.append(color) }
    indices.withUnsafeMutableBufferPointer { indices in
      _ = frame.forEachPixel(in: part, changedFrom: canvas) { pixel, color in
        indices[pixel] = color.map { UInt8(first + quantizer.index(of: $0)) } ?? 0
        return true
      }
    }
    quantizer.removeAll()
    self.quantizer = quantizer
  }
}

extension [UInt8] {
  /// Appends red, green and blue of `0xRRGGBB`.
  fileprivate mutating func append(_ color: UInt32) {
    append(UInt8(color >> 16))
    append(UInt8(color >> 8 & 255))
    append(UInt8(color & 255))
  }
}

extension Frame {
  /// Goes through a part, row by row, until the body says `false`; whether it never did.
  ///
  /// - Parameters:
  ///   - canvas: A frame of the same size.
  ///   - body: Takes the pixel's number within the part and its colour as `0xRRGGBB`, or `nil`
  ///     where it is equal to the canvas' pixel.
  @inline(__always) fileprivate func forEachPixel(
    in part: PixelRectangle, changedFrom canvas: Frame?, _ body: (Int, UInt32?) -> Bool
  ) -> Bool {
    func color(_ pixel: UnsafePointer<UInt8>) -> UInt32 {
      UInt32(pixel[0]) << 16 | UInt32(pixel[1]) << 8 | UInt32(pixel[2])
    }
    func go(_ old: UnsafePointer<UInt8>?) -> Bool {
      pixels.withUnsafeBufferPointer { new in
        guard let new = new.baseAddress else { return true }
        for y in 0..<part.height {
          let row = ((part.y + y) * width + part.x) * 3
          for x in 0..<part.width {
            let here = color(new + row + 3 * x)
            let isChanged = old.map { color($0 + row + 3 * x) != here } ?? true
            if !body(y * part.width + x, isChanged ? here : nil) { return false }
          }
        }
        return true
      }
    }
    return canvas.map { $0.pixels.withUnsafeBufferPointer { go($0.baseAddress) } } ?? go(nil)
  }
}
