/// An image with zeros around it, in memory of its own.
struct BorderedImage {
  /// The lines of the image and the numbers of each.
  let lines: Int
  let width: Int
  /// The numbers from the start of a line to that of the next, with the border.
  let stride: Int
  /// The zeros before the first number, and all numbers.
  let start: Int
  let total: Int

  /// - Parameters:
  ///   - image: The pixels of the image.
  ///   - before: The zeros before rows and columns, in pixels.
  ///   - whole: The pixels with the border.
  ///   - channels: The numbers of a pixel.
  init(
    _ image: ConvolutionWindow.Extent, before: ConvolutionWindow.Extent,
    whole: ConvolutionWindow.Extent, channels: Int
  ) {
    (lines, width, stride) = (image.height, image.width * channels, whole.width * channels)
    start = before.height * stride + before.width * channels
    total = whole.count * channels
  }

  /// Whether there is no border.
  var isPlain: Bool { total == lines * width }

  /// The numbers of memory that it takes.
  var storage: Int { isPlain ? 0 : Shape.padded(total) }

  /// Sets the memory to zero; to be called before images are placed.
  func clear(_ memory: UnsafeMutablePointer<Float>) {
    if !isPlain { memory.update(repeating: 0, count: total) }
  }

  /// Where the image lies with its border: it is copied if it has one.
  @inline(__always)
  func place(
    _ image: UnsafePointer<Float>, in memory: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    if isPlain { return image }
    for line in 0..<lines {
      (memory + start + line * stride).update(from: image + line * width, count: width)
    }
    return UnsafePointer(memory)
  }
}

/// Images of rows as kernels read them: with a border, as numbers, with frames side by side.
struct ImageReader {
  private let window: ConvolutionWindow
  let bordered: BorderedImage
  private let memory: UnsafeMutablePointer<Float>
  /// What bytes are multiplied by; 0 if the images are numbers.
  private let scale: Float
  /// The numbers of the memory.
  let storage: Int

  /// - Parameter scale: What bytes are multiplied by; 0 if the images are numbers.
  init(_ window: ConvolutionWindow, scale: Float, in memory: UnsafeMutablePointer<Float>) {
    (self.window, self.scale, self.memory) = (window, scale, memory)
    bordered = window.borderedInput
    storage = window.imageStorage(areBytes: scale != 0)
    bordered.clear(memory)
  }

  /// Where an image lies.
  func place(_ row: UnsafePointer<Float>) -> UnsafePointer<Float> {
    if scale != 0 {
      let bytes = UnsafeRawPointer(row)
      if window.frames > 1 {
        interleave { Float(bytes.load(fromByteOffset: $0, as: UInt8.self)) * scale }
      } else {
        for line in 0..<bordered.lines {
          Kernels.widen(
            memory + bordered.start + line * bordered.stride, bytes + line * bordered.width,
            count: bordered.width, scale: scale)
        }
      }
      return UnsafePointer(memory)
    }
    if window.frames == 1 { return bordered.place(row, in: memory) }
    interleave { row[$0] }
    return UnsafePointer(memory)
  }

  /// Writes frames that follow each other side by side.
  ///
  /// - Parameter number: A number of the row.
  @inline(__always)
  private func interleave(_ number: (Int) -> Float) {
    let (frames, image) = (window.frames, window.image)
    let channels = window.channels / frames
    let frame = image.count * channels
    for line in 0..<image.height {
      let out = memory + bordered.start + line * bordered.stride
      let start = line * image.width * channels
      if frames == 4 && channels == 1 {
        for x in 0..<image.width {
          out[4 &* x] = number(start &+ x)
          out[4 &* x &+ 1] = number(start &+ frame &+ x)
          out[4 &* x &+ 2] = number(start &+ 2 &* frame &+ x)
          out[4 &* x &+ 3] = number(start &+ 3 &* frame &+ x)
        }
        continue
      }
      for i in 0..<frames {
        for x in 0..<image.width {
          for c in 0..<channels {
            out[(x &* frames &+ i) &* channels &+ c] = number(
              start &+ i &* frame &+ x &* channels &+ c)
          }
        }
      }
    }
  }
}
