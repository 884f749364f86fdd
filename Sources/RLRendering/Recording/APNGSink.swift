internal import RLCore
internal import RLSupport

/// Records an animated PNG (W3C Portable Network Graphics, third edition, section 11.3.6): lossless.
///
/// Of each frame only the rectangle that changed is stored, and equal frames are one that is shown
/// longer. The animation repeats for ever. A program that knows no animation shows the first frame.
public final class APNGSink: FrameSink {
  /// Where the finished recording will be.
  public var path: String { state.path }
  /// Frames appended so far; the file has fewer where some were equal.
  public var frameCount: Int { state.frameCount }

  private var state: SinkState
  private var file: AsideFile?
  private let framesPerSecond: Int
  private let compressor = PNGCompressor()
  private var last: Frame?
  /// The last picture that differed: compressed, but not written while its duration may grow.
  private var held: (part: PixelRectangle, data: [UInt8], duration: Int)?
  private var pictures: UInt32 = 0
  private var sequence: UInt32 = 0

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
      try state.admit(frame)
      if let last {
        guard let part = frame.rectangle(changedFrom: last) else {
          held?.duration += 1
          return
        }
        try writeHeld()
        held = (part, compressor.compress(frame, part), 1)
      } else {
        try file?.write(
          PNG.signature + PNG.header(width: frame.width, height: frame.height) + control)
        held = (frame.bounds, compressor.compress(frame, frame.bounds), 1)
      }
      last = frame
    } catch {
      abandon()
      throw error
    }
  }

  /// Ends the recording and puts it under its name.
  public func finish() throws(RecordingError) {
    defer { abandon() }
    try state.finish()
    try writeHeld()
    try file?.write(PNG.chunk("IEND", []))
    // The control chunk follows the signature and the header; now the number of pictures is known.
    try file?.patch(control, at: 33)
    try file?.finish()
  }

  /// Ends the recording and removes what was written. Does nothing to a finished one.
  public func abandon() {
    _ = state.close()
    file = nil
    last = nil
    held = nil
  }

  /// The animation control chunk.
  private var control: [UInt8] {
    var data: [UInt8] = []
    data.append(bigEndian: pictures)
    data.append(bigEndian: UInt32(0))
    return PNG.chunk("acTL", data)
  }

  private func writeHeld() throws(RecordingError) {
    guard var (part, data, duration) = held, let last else { return }
    // A picture is shown for 65,535 frame times at most; what is left shows one of its pixels again.
    let longest = Int(UInt16.max)
    try write(part, data, duration: min(duration, longest))
    while duration > longest {
      duration -= longest
      part = PixelRectangle(x: 0, y: 0, width: 1, height: 1)
      data = compressor.compress(last, part)
      try write(part, data, duration: min(duration, longest))
    }
  }

  private func write(_ part: PixelRectangle, _ data: [UInt8], duration: Int)
    throws(RecordingError)
  {
    var control: [UInt8] = []
    for number in [Int(sequence), part.width, part.height, part.x, part.y] {
      control.append(bigEndian: UInt32(number))
    }
    control.append(bigEndian: UInt16(duration))
    control.append(bigEndian: UInt16(framesPerSecond))
    // The picture stays, and it replaces what was in its rectangle.
    control += [0, 0]
    sequence += 1
    try file?.write(PNG.chunk("fcTL", control))
    if pictures == 0 {
      try file?.write(PNG.chunk("IDAT", data))
    } else {
      var numbered: [UInt8] = []
      numbered.reserveCapacity(data.count + 4)
      numbered.append(bigEndian: sequence)
      numbered += data
      sequence += 1
      try file?.write(PNG.chunk("fdAT", numbered))
    }
    pictures += 1
  }
}
