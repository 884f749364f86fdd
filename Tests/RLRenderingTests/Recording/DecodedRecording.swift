import CZlib
import RLRendering

/// What a test decoder, written from the specifications, finds in a file.
struct DecodedRecording {
  /// A picture as a viewer shows it, and for how long.
  struct Picture {
    var frame: Frame
    /// In seconds.
    var duration: Double
    /// The pixels of the rectangle that was stored.
    var area: Int
  }

  var pictures: [Picture] = []
  /// Whether the animation repeats for ever.
  var repeats = false

  /// The frame that is shown at a time.
  func frame(at time: Double) -> Frame? {
    var end = 0.0
    for picture in pictures {
      end += picture.duration
      if time < end - 1e-9 { return picture.frame }
    }
    return nil
  }

  var duration: Double { pictures.reduce(0) { $0 + $1.duration } }
}

struct DecodingProblem: Error {
  var text: String
  init(_ text: String) { self.text = text }
}

func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
  if !condition { throw DecodingProblem(text()) }
}

/// Bytes that are taken from the front.
struct ByteReader {
  var bytes: ArraySlice<UInt8>

  init(_ bytes: some Sequence<UInt8>) { self.bytes = ArraySlice(bytes) }

  mutating func take(_ count: Int) throws -> [UInt8] {
    try require(bytes.count >= count, "the file ends too early")
    defer { bytes = bytes.dropFirst(count) }
    return Array(bytes.prefix(count))
  }

  mutating func big(_ count: Int) throws -> Int { try take(count).reduce(0) { $0 << 8 | Int($1) } }
  mutating func little(_ count: Int) throws -> Int {
    try take(count).reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}

extension Frame {
  subscript(x: Int, y: Int) -> [UInt8] {
    get { Array(pixels[(y * width + x) * 3..<(y * width + x) * 3 + 3]) }
    set { pixels.replaceSubrange((y * width + x) * 3..<(y * width + x) * 3 + 3, with: newValue) }
  }
}
