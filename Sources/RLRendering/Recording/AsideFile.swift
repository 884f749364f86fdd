internal import Glibc
internal import RLCore
internal import RLSupport

/// A recording that is written beside its path, by large pieces, and renamed when it is whole.
struct AsideFile: ~Copyable {
  private let path: String
  private var file: FileUnderWay
  private var buffer: [UInt8] = []

  private static let bufferSize = 1 << 16

  /// Opens the file aside, in the same folder.
  init(_ path: String) throws(RecordingError) {
    let file = try Self.open(path)
    self.path = path
    self.file = file
    buffer.reserveCapacity(Self.bufferSize)
  }

  private static func open(_ path: String) throws(RecordingError) -> FileUnderWay {
    // A folder cannot be replaced by a file; better to know before the recording than after it.
    var information = stat()
    if stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR {
      throw .unwritable(path, reason: "it is a folder")
    }
    do { return try FileUnderWay(path) } catch { throw RecordingError(error) }
  }

  mutating func write(_ bytes: [UInt8]) throws(RecordingError) {
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count > Self.bufferSize {
      do { try file.append(bytes) } catch { throw RecordingError(error) }
    } else {
      buffer += bytes
    }
  }

  /// Replaces bytes that were written before.
  mutating func patch(_ bytes: [UInt8], at offset: Int) throws(RecordingError) {
    try flush()
    do { try file.overwrite(bytes, at: offset) } catch { throw RecordingError(error) }
  }

  /// Writes what is left and renames the file.
  ///
  /// - Parameter isSynced: Whether everything must be on the disk before.
  mutating func finish(isSynced: Bool = true) throws(RecordingError) {
    try flush()
    do { try file.finish(isSynced: isSynced) } catch { throw RecordingError(error) }
  }

  private mutating func flush() throws(RecordingError) {
    do { try file.append(buffer) } catch { throw RecordingError(error) }
    buffer.removeAll(keepingCapacity: true)
  }
}

extension RecordingError {
  /// A file cannot be written.
  init(_ error: FileError) {
    switch error {
    case .unreadable(let path, let reason), .unwritable(let path, let reason),
      .damaged(let path, let reason), .unusable(let path, let reason):
      self = .unwritable(path, reason: reason)
    case .tooLarge(let path, _, let limit):
      self = .unwritable(path, reason: "it has more than \(Format.bytes(limit))")
    }
  }
}
