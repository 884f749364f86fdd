internal import RLCore
internal import RLSupport

/// Records an animated GIF (GIF89a): 256 colours a frame.
///
/// A frame stores the rectangle that changed, in it only the pixels that changed, and a color table
/// of its own, which is exact up to 255 new colours; so what stands still never flickers. Times are
/// rounded to hundredths of a second without adding up errors. Viewers slow down what is shorter
/// than two of these, so at more than 50 frames a second some frames are left out. The animation
/// repeats for ever.
public final class GIFSink: FrameSink {
  /// Where the finished recording will be.
  public var path: String { state.path }
  /// Frames appended so far; the file has fewer where some were equal or left out.
  public var frameCount: Int { state.frameCount }

  private var state: SinkState
  private var file: AsideFile?
  private let framesPerSecond: Int
  /// What the file shows so far.
  private var canvas: Frame?
  /// What comes next, not written while its duration may grow.
  private var pending: Frame?
  /// When it is shown, in hundredths of a second.
  private var pendingStart = 0
  private var colors = ColorTable()
  private var encoder = LZWEncoder()

  /// The shortest time that viewers respect, in hundredths of a second.
  private static let shortest = 2

  /// Starts a recording.
  ///
  /// - Parameters:
  ///   - path: Where it will be; its folder must exist.
  ///   - framesPerSecond: The speed, 1 to 1000.
  public init(path: String, framesPerSecond: Int) throws(RecordingError) {
    state = SinkState(path: path, framesPerSecond: framesPerSecond)
    self.framesPerSecond = framesPerSecond
    file = try AsideFile(path)
  }

  /// Adds a frame, which is shown for one frame time.
  public func append(_ frame: Frame) throws(RecordingError) {
    do {
      try state.admit(frame, limit: Int(UInt16.max))
      guard let pending else {
        try writeHeader(frame)
        self.pending = frame
        return
      }
      if frame.rectangle(changedFrom: pending) == nil { return }
      let start = time(of: frameCount - 1)
      if start - pendingStart >= Self.shortest {
        try writePending(until: start)
        pendingStart = start
      }
      self.pending = frame
    } catch {
      abandon()
      throw error
    }
  }

  /// Ends the recording and puts it under its name.
  public func finish() throws(RecordingError) {
    defer { abandon() }
    try state.finish()
    try writePending(until: max(time(of: frameCount), pendingStart + Self.shortest))
    try file?.write([0x3b])
    try file?.finish()
  }

  /// Ends the recording and removes what was written. Does nothing to a finished one.
  public func abandon() {
    _ = state.close()
    file = nil
    canvas = nil
    pending = nil
  }

  /// When a frame is shown, in hundredths of a second.
  private func time(of frame: Int) -> Int {
    (frame * 200 + framesPerSecond) / (2 * framesPerSecond)
  }

  private func writeHeader(_ frame: Frame) throws(RecordingError) {
    var bytes = Array("GIF89a".utf8)
    bytes.append(littleEndian: UInt16(frame.width))
    bytes.append(littleEndian: UInt16(frame.height))
    // No color table for all frames; the extension asks to repeat for ever.
    bytes += [0x70, 0, 0, 0x21, 0xff, 11]
    bytes += Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]
    try file?.write(bytes)
  }

  private func writePending(until end: Int) throws(RecordingError) {
    guard let frame = pending else { return }
    // Where frames were left out, the last one may be what is shown already.
    let first = PixelRectangle(x: 0, y: 0, width: 1, height: 1)
    let part = canvas.map { frame.rectangle(changedFrom: $0) ?? first } ?? frame.bounds
    let longest = Int(UInt16.max)
    var rest = end - pendingStart
    try write(frame, part, duration: min(rest, longest))
    canvas = frame
    while rest > longest {
      rest -= longest
      try write(frame, first, duration: min(rest, longest))
    }
  }

  private func write(_ frame: Frame, _ part: PixelRectangle, duration: Int)
    throws(RecordingError)
  {
    colors.index(frame, part, over: canvas)
    let bits = colors.bits
    // The picture stays; index 0 may be transparent.
    var bytes: [UInt8] = [0x21, 0xf9, 4, 0x04 | (colors.hasTransparency ? 1 : 0)]
    bytes.append(littleEndian: UInt16(duration))
    bytes += [0, 0, 0x2c]
    for number in [part.x, part.y, part.width, part.height] {
      bytes.append(littleEndian: UInt16(number))
    }
    bytes.append(0x80 | UInt8(bits - 1))
    bytes += colors.table
    encoder.encode(colors.indices, bits: max(2, bits), into: &bytes)
    try file?.write(bytes)
  }
}
