internal import Glibc
internal import RLCore
internal import RLSupport

/// Records MP4 video through the program ffmpeg: H.264 where ffmpeg has it, else MPEG-4.
///
/// Frames of odd width or height get their last column or row twice, since the format wants even
/// ones.
public final class MP4Sink: FrameSink {
  /// Where the finished recording will be.
  public var path: String { state.path }
  /// Frames appended so far.
  public var frameCount: Int { state.frameCount }

  private var state: SinkState
  private let program: [String]
  private let framesPerSecond: Int
  private let patience: Int
  private var process: EncoderProcess?

  /// Starts a recording.
  ///
  /// - Parameters:
  ///   - path: Where it will be; its folder must exist.
  ///   - framesPerSecond: The speed, 1 to 1000.
  public convenience init(path: String, framesPerSecond: Int) throws(RecordingError) {
    guard let program = EncoderProcess.find("ffmpeg") else { throw .encoderMissing(path) }
    try self.init(path: path, framesPerSecond: framesPerSecond, program: [program], patience: 60)
  }

  /// - Parameters:
  ///   - program: What to start as ffmpeg, and arguments that come before all others.
  ///   - patience: Seconds without any progress after which it is stopped.
  package init(path: String, framesPerSecond: Int, program: [String], patience: Int)
    throws(RecordingError)
  {
    state = SinkState(path: path, framesPerSecond: framesPerSecond)
    self.framesPerSecond = framesPerSecond
    self.program = program
    self.patience = patience
    // Whether the file can be written is better known before the first frame.
    _ = try AsideFile(path)
  }

  deinit { abandon() }

  /// Adds a frame, which is shown for one frame time.
  public func append(_ frame: Frame) throws(RecordingError) {
    do throws(RecordingError) {
      try state.admit(frame)
      let process: EncoderProcess
      if let running = self.process {
        process = running
      } else {
        process = try start(frame)
        self.process = process
      }
      let even = frame.even
      try attempt { () throws(EncoderProcess.Failure) in try process.send(even.pixels) }
    } catch {
      abandon()
      throw error
    }
  }

  /// Ends the recording and puts it under its name.
  public func finish() throws(RecordingError) {
    guard state.isOpen else { throw .closed(path) }
    defer { abandon() }
    guard let process, frameCount > 0 else { throw .empty(path) }
    try attempt(process.finish)
    let file = open(FileUnderWay.aside(path), O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw RecordingError(.unwritable(path)) }
    defer { close(file) }
    // ffmpeg 5 ends with code 0 where the disk was full in its last moment.
    guard Self.isWhole(file) else {
      throw .encoderFailed(path, message: process.words ?? "what it wrote is not whole")
    }
    guard fsync(file) == 0 || errno == EINVAL else { throw RecordingError(.unwritable(path)) }
    do { try FileUnderWay.rename(FileUnderWay.aside(path), to: path) } catch {
      throw RecordingError(error)
    }
  }

  /// Ends the recording and removes what was written. Does nothing to a finished one.
  public func abandon() {
    guard state.close() else { return }
    process?.stop()
    process = nil
    unlink(FileUnderWay.aside(path))
  }

  /// Whether a file consists of whole MP4 boxes (ISO/IEC 14496-12, section 4.2), the index among them.
  private static func isWhole(_ file: Int32) -> Bool {
    let end = lseek(file, 0, SEEK_END)
    var offset: off_t = 0
    var hasIndex = false
    var header = Array(repeating: UInt8(0), count: 16)
    while offset < end {
      guard pread(file, &header, 16, offset) >= 8 else { return false }
      func number(_ range: Range<Int>) -> UInt64 {
        header[range].reduce(0) { $0 << 8 | UInt64($1) }
      }
      if header[4..<8].elementsEqual("moov".utf8) { hasIndex = true }
      // A size of 1 says that the size follows in 64 bits.
      let size = number(0..<4) == 1 ? number(8..<16) : number(0..<4)
      guard size >= 8, size <= UInt64(end - offset) else { return false }
      offset += off_t(size)
    }
    return hasIndex
  }

  private func start(_ frame: Frame) throws(RecordingError) -> EncoderProcess {
    let even = frame.even
    // ffmpeg would follow a link that somebody has put there.
    unlink(FileUnderWay.aside(path))
    // Players take the colours of video for those of BT.709. The quality is for encoders that have no
    // default of their own, as H.264's has. With `file:`, a colon in the name is none of a protocol.
    let arguments = [
      "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "rawvideo", "-pixel_format",
      "rgb24", "-video_size", "\(even.width)x\(even.height)", "-framerate", "\(framesPerSecond)",
      "-i", "pipe:0", "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
      "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-q:v", "3",
      "-movflags", "+faststart", "-f", "mp4", "file:" + FileUnderWay.aside(path),
    ]
    return try attempt { () throws(EncoderProcess.Failure) in
      try EncoderProcess(program + arguments, patience: patience)
    }
  }

  private func attempt<Result>(_ body: () throws(EncoderProcess.Failure) -> Result)
    throws(RecordingError) -> Result
  {
    do {
      return try body()
    } catch {
      switch error {
      case .notStarted(let reason):
        throw .encoderFailed(path, message: "'\(program[0])' cannot be started: \(reason)")
      case .failed(let message): throw .encoderFailed(path, message: message)
      case .stalled(let seconds): throw .encoderStalled(path, seconds: seconds)
      }
    }
  }
}

extension Frame {
  /// The frame with an even number of columns and rows, the last of which may be repeated.
  var even: Frame {
    if width % 2 == 0 && height % 2 == 0 { return self }
    var frame = Frame(width: width + width % 2, height: height + height % 2)
    for y in 0..<frame.height {
      for x in 0..<frame.width {
        let from = (min(y, height - 1) * width + min(x, width - 1)) * 3
        let to = (y * frame.width + x) * 3
        for channel in 0..<3 { frame.pixels[to + channel] = pixels[from + channel] }
      }
    }
    return frame
  }
}
