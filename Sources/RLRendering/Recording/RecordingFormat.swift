internal import FoundationEssentials

/// The formats that recordings are kept in.
public enum RecordingFormat: String, Sendable, CaseIterable {
  /// An animated PNG: lossless, shown by every browser.
  case apng
  /// An animated GIF: 256 colours a frame, times in hundredths of a second; shown everywhere.
  case gif
  /// H.264 video, made by the program ffmpeg.
  case mp4
  /// A folder of files `frame-000001.png`, `frame-000002.png`, ...
  case pngFolder = "png-folder"

  /// The format that a path names: by its ending, or a folder where it has none.
  ///
  /// - Throws: ``RecordingError/unknownFormat(_:)`` for any other ending.
  public init(path: String) throws(RecordingError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 }
    var isFolder = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if path.hasSuffix("/") || (exists && isFolder) {
      self = .pngFolder
      return
    }
    switch dot.map({ name[name.index(after: $0)...].lowercased() }) {
    case nil where !name.isEmpty: self = .pngFolder
    case "apng", "png": self = .apng
    case "gif": self = .gif
    case "mp4": self = .mp4
    default: throw .unknownFormat(path)
    }
  }

  /// What names of such recordings end in, with the dot; nothing for a folder.
  public var pathExtension: String { self == .pngFolder ? "" : "." + rawValue }

  /// Starts a recording.
  ///
  /// - Parameters:
  ///   - path: Where it will be. Its folder must exist; an older recording there is replaced.
  ///   - framesPerSecond: The speed, 1 to 1000. GIF shows 50 frames a second at most and leaves
  ///     out those between.
  public func makeSink(path: String, framesPerSecond: Int) throws(RecordingError) -> any FrameSink {
    switch self {
    case .apng: try APNGSink(path: path, framesPerSecond: framesPerSecond)
    case .gif: try GIFSink(path: path, framesPerSecond: framesPerSecond)
    case .mp4: try MP4Sink(path: path, framesPerSecond: framesPerSecond)
    case .pngFolder: try PNGFolderSink(path: path)
    }
  }
}
