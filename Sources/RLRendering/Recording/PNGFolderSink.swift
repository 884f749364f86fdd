internal import FoundationEssentials
internal import Glibc
internal import RLCore
internal import RLSupport

/// Records a folder of PNG files, `frame-000001.png` and on, one a frame.
public final class PNGFolderSink: FrameSink {
  /// Where the finished recording will be.
  public var path: String { state.path }
  /// Frames appended so far.
  public var frameCount: Int { state.frameCount }

  private var state: SinkState
  private let aside: String
  private let compressor = PNGCompressor()

  /// Starts a recording.
  ///
  /// - Parameter path: The folder, which must not exist, be empty or hold an older recording.
  public init(path: String) throws(RecordingError) {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    let name = path.split(separator: "/").last ?? "/"
    guard !["/", ".", ".."].contains(name) else { throw .occupied(path) }
    state = SinkState(path: path)
    aside = FileUnderWay.aside(path)
    try Self.refuseOthersFiles(path)
    try Self.refuseOthersFiles(aside)
    try? FileManager.default.removeItem(atPath: aside)
    guard mkdir(aside, 0o755) == 0 else {
      _ = state.close()
      throw RecordingError(.unwritable(path))
    }
  }

  deinit { abandon() }

  /// Adds a frame as a file.
  public func append(_ frame: Frame) throws(RecordingError) {
    do {
      try state.admit(frame)
      let digits = "\(frameCount)"
      let name = "frame-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
      var file = try AsideFile("\(aside)/\(name).png")
      try file.write(frame.png(with: compressor))
      try file.finish(isSynced: false)
    } catch {
      abandon()
      throw error
    }
  }

  /// Ends the recording and puts the folder under its name.
  public func finish() throws(RecordingError) {
    guard state.isOpen else { throw .closed(path) }
    defer { abandon() }
    guard frameCount > 0 else { throw .empty(path) }
    try Self.refuseOthersFiles(path)
    try? FileManager.default.removeItem(atPath: path)
    guard rename(aside, path) == 0 else { throw RecordingError(.unwritable(path)) }
  }

  /// Ends the recording and removes what was written. Does nothing to a finished one.
  public func abandon() {
    if state.close() { try? FileManager.default.removeItem(atPath: aside) }
  }

  /// Nothing but recorded frames may be replaced.
  private static func refuseOthersFiles(_ path: String) throws(RecordingError) {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard isFolder else { throw .unwritable(path, reason: "it is a file") }
    let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    guard let names, names.allSatisfy({ $0.hasPrefix("frame-") && $0.contains(".png") }) else {
      throw .occupied(path)
    }
  }
}
