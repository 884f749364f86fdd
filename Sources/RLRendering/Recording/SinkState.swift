/// What every sink checks: that frames have one size, and that none comes after the end.
struct SinkState {
  let path: String
  private(set) var frameCount = 0
  private(set) var isOpen = true
  private(set) var width = 0
  private(set) var height = 0

  init(path: String, framesPerSecond: Int = 1) {
    precondition(
      1...1000 ~= framesPerSecond,
      "a recording of \(framesPerSecond) frames a second; use 1 to 1000")
    self.path = path
  }

  /// Counts a frame.
  ///
  /// - Parameter limit: The largest width and height that the format can hold.
  mutating func admit(_ frame: Frame, limit: Int = Int(Int32.max)) throws(RecordingError) {
    guard isOpen else { throw .closed(path) }
    if frameCount == 0 { (width, height) = (frame.width, frame.height) }
    guard frame.width == width, frame.height == height else {
      throw .sizeChanged(
        path, from: "\(width)x\(height)", to: "\(frame.width)x\(frame.height)")
    }
    guard max(width, height) <= limit else {
      throw .tooLarge(path, size: "\(width)x\(height)", limit: limit)
    }
    frameCount += 1
  }

  /// Takes note of the end; whether it had not ended before.
  mutating func close() -> Bool {
    defer { isOpen = false }
    return isOpen
  }

  /// Takes note of the end of a recording that must be open and have frames.
  mutating func finish() throws(RecordingError) {
    guard isOpen else { throw .closed(path) }
    guard frameCount > 0 else { throw .empty(path) }
    isOpen = false
  }
}
