#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// A file that is written beside its path and renamed when it is whole.
struct AsideFile: ~Copyable {
  let path: String
  private let file: Int32
  private var buffer: [UInt8] = []
  private var isOpen = true

  private static let bufferSize = 1 << 16

  /// Opens the file aside, in the same folder.
  init(_ path: String) throws(RecordingError) {
    let file = try Self.open(path)
    self.path = path
    self.file = file
    buffer.reserveCapacity(Self.bufferSize)
  }

  private static func open(_ path: String) throws(RecordingError) -> Int32 {
    // A folder cannot be replaced by a file; better to know before the recording than after it.
    var information = stat()
    if stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR {
      throw .unwritable(path, reason: "it is a folder")
    }
    let file = Glibc.open(aside(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure(path) }
    return file
  }

  deinit {
    if isOpen {
      close(file)
      unlink(Self.aside(path))
    }
  }

  /// The name of the unfinished file.
  static func aside(_ path: String) -> String { path + ".tmp" }

  mutating func write(_ bytes: [UInt8]) throws(RecordingError) {
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count > Self.bufferSize {
      try put(bytes)
    } else {
      buffer += bytes
    }
  }

  /// Replaces bytes that were written before.
  mutating func patch(_ bytes: [UInt8], at offset: Int) throws(RecordingError) {
    try flush()
    let count = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, off_t(offset)) }
    guard count == bytes.count else { throw Self.failure(path) }
  }

  /// Writes what is left and renames the file.
  ///
  /// - Parameter isSynced: Whether everything must be on the disk before.
  mutating func finish(isSynced: Bool = true) throws(RecordingError) {
    try flush()
    if isSynced {
      guard fsync(file) == 0 || errno == EINVAL else { throw Self.failure(path) }
    }
    isOpen = false
    guard close(file) == 0 else {
      let problem = Self.failure(path)
      unlink(Self.aside(path))
      throw problem
    }
    try Self.rename(path)
  }

  /// Puts a whole file aside under its name.
  static func rename(_ path: String) throws(RecordingError) {
    guard Glibc.rename(aside(path), path) == 0 else {
      let problem = failure(path)
      unlink(aside(path))
      throw problem
    }
  }

  private mutating func flush() throws(RecordingError) {
    try put(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private func put(_ bytes: [UInt8]) throws(RecordingError) {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes {
        Glibc.write(file, $0.baseAddress.unsafelyUnwrapped + done, bytes.count - done)
      }
      if written < 0 && errno == EINTR { continue }
      if written <= 0 { throw Self.failure(path) }
      done += written
    }
  }

  static func failure(_ path: String) -> RecordingError {
    .unwritable(path, reason: String(cString: strerror(errno)))
  }
}
