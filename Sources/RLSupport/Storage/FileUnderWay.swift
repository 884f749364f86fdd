internal import Glibc

/// A file that is written beside its path and renamed when it is whole; of one that is released before
/// that, nothing is left.
package struct FileUnderWay: ~Copyable {
  private let path: String
  private let aside: String
  private let file: Int32
  private var isOpen = true

  /// Opens the file aside, in the same folder.
  ///
  /// - Parameter isShared: Whether other processes may write the same file meanwhile; the last one counts.
  package init(_ path: String, isShared: Bool = false) throws(FileError) {
    let aside = Self.aside(path) + (isShared ? ".\(UInt64.random(in: 0 ... .max))" : "")
    // What another process left there goes, a link to somewhere else included; nothing is written through it.
    unlink(aside)
    let file = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .unwritable(path) }
    self.path = path
    self.aside = aside
    self.file = file
  }

  deinit {
    if isOpen {
      close(file)
      unlink(aside)
    }
  }

  /// The name of an unfinished file that is not shared.
  package static func aside(_ path: String) -> String { path + ".tmp" }

  /// Adds bytes at the end.
  package mutating func append(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
      try append(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Adds bytes at the end.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try write(bytes) { start, count, _ in Glibc.write(file, start, count) }
  }

  /// Overwrites bytes at a place.
  package mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
      try write(UnsafeRawBufferPointer(bytes)) { start, count, done in
        pwrite(file, start, count, off_t(offset + done))
      }
    }
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer,
    _ some: (_ start: UnsafeRawPointer, _ count: Int, _ done: Int) -> Int
  ) throws(FileError) {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      let written = some(base + done, bytes.count - done, done)
      if written < 0 && errno == EINTR { continue }
      if written <= 0 { throw .unwritable(path) }
      done += written
    }
  }

  /// Renames the file.
  ///
  /// - Parameter isSynced: Whether everything must be on the disk before.
  package mutating func finish(isSynced: Bool = true) throws(FileError) {
    if isSynced, fsync(file) != 0, errno != EINVAL { throw .unwritable(path) }
    isOpen = false
    guard close(file) == 0 else {
      let problem = FileError.unwritable(path)
      unlink(aside)
      throw problem
    }
    try Self.rename(aside, to: path)
  }

  /// Puts a whole file aside under its name.
  package static func rename(_ aside: String, to path: String) throws(FileError) {
    guard Glibc.rename(aside, path) == 0 else {
      let problem = FileError.unwritable(path)
      unlink(aside)
      throw problem
    }
  }
}

extension FileError {
  /// A file cannot be written, for the reason that the system gave last.
  package static func unwritable(_ path: String) -> FileError {
    .unwritable(path, reason: String(cString: strerror(errno)))
  }
}
