internal import Foundation
internal import RLSupport

/// A file that a run adds to, and cuts back to what a checkpoint knows when it goes on.
final class LogFile {
  let path: String
  private var pending: [UInt8] = []
  /// Bytes that are in the file.
  private(set) var size = 0
  /// Lines that were added.
  private(set) var lineCount = 0

  /// An empty file, in place of an older one.
  init(creating path: String) throws {
    self.path = path
    guard FileManager.default.createFile(atPath: path, contents: nil) else { throw failure }
  }

  /// A file that is there.
  init(continuing path: String) { self.path = path }

  /// Whether nothing was ever added.
  var isEmpty: Bool { size == 0 && pending.isEmpty }

  func append(_ text: String) {
    pending += text.utf8
    lineCount += text.utf8.count { $0 == Self.lineFeed }
  }
  func append(_ bytes: [UInt8]) { pending += bytes }

  /// Writes what was added to the file.
  func flush() throws {
    if pending.isEmpty { return }
    let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure }
    defer { close(file) }
    while !pending.isEmpty {
      let written = pending.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      if written <= 0 { throw failure }
      pending.removeFirst(written)
      size += written
    }
  }

  /// Puts other bytes, of as many lines, in place of the file's and of what was added.
  func replace(with bytes: [UInt8]) throws {
    try FileStore.write(bytes, to: path)
    (pending, size) = ([], bytes.count)
  }

  /// Makes sure that what was written survives.
  func sync() {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    if file >= 0 {
      fsync(file)
      close(file)
    }
  }

  /// Cuts the file back to what it was at a checkpoint. One that has lost something of that keeps its whole lines.
  ///
  /// - Parameter size: The bytes that it had.
  /// - Returns: What became of a file that has lost something, or `nil`.
  func rewind(to size: Int) throws -> String? {
    guard let found = try foundSize() else { return size > 0 ? missing : nil }
    if found >= size {
      try cut(to: max(0, size), of: found)
      return nil
    }
    let ends = try ends()
    try cut(to: ends.last ?? 0, of: found)
    return "'\(path)' has lost lines; it goes on after those that it has."
  }

  /// Cuts the file back to its first lines, in the same way; `nil` keeps all of them.
  func rewind(toLines count: Int?) throws -> String? {
    guard let found = try foundSize() else { return count != 0 ? missing : nil }
    let ends = try ends()
    let kept = min(count ?? ends.count, ends.count)
    try cut(to: kept == 0 ? 0 : ends[kept - 1], of: found)
    lineCount = kept
    return count ?? 0 <= ends.count
      ? nil : "'\(path)' has lost lines; it goes on after those that it has."
  }

  /// Leaves the first bytes of the file.
  func cut(to size: Int, of found: Int = .max) throws {
    guard size == found || truncate(path, off_t(size)) == 0 else { throw failure }
    (self.size, pending, lineCount) = (size, [], 0)
  }

  /// Begins the file anew.
  func restart(with bytes: [UInt8]) throws {
    if size > 0 { try cut(to: 0) }
    (pending, lineCount) = (bytes, bytes.count { $0 == Self.lineFeed })
  }

  private var missing: String { "'\(path)' is missing; it begins anew." }

  /// The bytes of the file; `nil` if there is none.
  private func foundSize() throws -> Int? {
    guard FileManager.default.fileExists(atPath: path) else {
      (size, pending, lineCount) = (0, [], 0)
      return nil
    }
    return try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
  }

  /// Whether the file begins with so many whole lines, of 64 kB in all at most.
  func hasLines(_ count: Int) -> Bool {
    FileStore.head(of: path, count: 1 << 16).count { $0 == Self.lineFeed } >= count
  }

  /// Where each line ends.
  private func ends() throws -> [Int] {
    let bytes = try FileStore.read(path)
    return bytes.indices.filter { bytes[$0] == Self.lineFeed }.map { $0 + 1 }
  }

  private static let lineFeed = UInt8(ascii: "\n")
  private var failure: FileError { .unwritable(path) }
}
