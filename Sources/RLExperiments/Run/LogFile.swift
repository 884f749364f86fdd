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

  /// Cuts the file back to what it was at a checkpoint.
  func rewind(to size: Int) throws {
    let found = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    guard let found else {
      throw FileError.unreadable(path, reason: "it is missing, and the checkpoint goes on with it")
    }
    guard found >= size, size >= 0 else {
      throw FileError.damaged(
        path, reason: "it has lost lines that the checkpoint says were written")
    }
    guard found == size || truncate(path, off_t(size)) == 0 else { throw failure }
    self.size = size
    pending = []
  }

  /// Cuts the file back to its first lines; `nil` keeps all of them.
  func rewind(toLines count: Int?) throws {
    let bytes = (try? FileStore.read(path)) ?? []
    let ends = bytes.indices.filter { bytes[$0] == Self.lineFeed }
    lineCount = count ?? ends.count
    if let count {
      try rewind(to: count == 0 ? 0 : count <= ends.count ? ends[count - 1] + 1 : .max)
    }
  }

  private static let lineFeed = UInt8(ascii: "\n")
  private var failure: FileError { .unwritable(path) }
}
