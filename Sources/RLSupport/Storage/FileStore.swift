internal import CZlib
internal import FoundationEssentials
internal import Glibc

/// Files and directories that are there whole or not at all: written aside, flushed to disk, renamed.
public enum FileStore {
  /// Throws if the system keeps this process from a file that may be there.
  public static func requireAccess(_ path: String) throws(FileError) {
    if access(path, R_OK) != 0, errno != ENOENT, errno != ENOTDIR {
      throw .unreadable(path, reason: String(cString: strerror(errno)))
    }
  }

  /// The bytes of a file, or of the files in a folder; 0 where there is none.
  public static func byteCount(of path: String) -> Int {
    let manager = FileManager.default
    let names = (try? manager.contentsOfDirectory(atPath: path)).map { $0.map { "\(path)/\($0)" } }
    return (names ?? [path]).reduce(0) { total, name in
      total + ((try? manager.attributesOfItem(atPath: name)[.size] as? Int) ?? 0)
    }
  }

  /// Replaces a file, or makes it.
  ///
  /// - Parameters:
  ///   - bytes: Its contents.
  ///   - path: Where it lies; its directory must be there.
  ///   - isShared: Whether other processes may write the same file meanwhile; the last one counts.
  public static func write(_ bytes: [UInt8], to path: String, isShared: Bool = false)
    throws(FileError)
  {
    try writeFile(bytes, to: path, isShared: isShared)
    flushDirectory(of: path)
  }

  /// Replaces a file, or makes it, piece by piece.
  ///
  /// - Parameter body: Writes the file; what it writes counts only once it has returned.
  package static func write(
    _ path: String, _ body: (inout FileUnderWay) throws(FileError) -> Void
  ) throws(FileError) {
    try writeFile(path, body)
    flushDirectory(of: path)
  }

  /// Makes a directory, and those that it lies in, where they are missing.
  ///
  /// - Throws: `FileError.unwritable` with the system's reason.
  public static func makeDirectory(_ path: String) throws(FileError) {
    var information = stat()
    if stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR { return }
    if mkdir(path, 0o777) == 0 { return }
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    if errno == ENOENT, !parent.isEmpty {
      do throws(FileError) { try makeDirectory(parent) } catch {
        guard case .unwritable(_, let reason) = error else { throw error }
        throw .unwritable(path, reason: reason)
      }
      if mkdir(path, 0o777) == 0 { return }
    }
    // Another process may have been first.
    guard errno == EEXIST, stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR
    else { throw errno == EEXIST ? .unwritable(path, reason: "it is a file") : .unwritable(path) }
  }

  /// Makes a directory of files, with a manifest of sizes and checksums, in place of an older one.
  ///
  /// - Parameters:
  ///   - files: The files, by their names.
  ///   - path: The directory.
  ///   - notes: Words by name that the manifest keeps.
  public static func writeDirectory(
    _ files: [(name: String, bytes: [UInt8])], to path: String, notes: [String: String] = [:]
  ) throws(FileError) {
    let manager = FileManager.default
    let aside = path + ".tmp"
    try? manager.removeItem(atPath: aside)
    try makeDirectory(parent(of: path))
    // Never into what somebody else has put there meanwhile.
    guard mkdir(aside, 0o777) == 0 else { throw .unwritable(aside) }
    do {
      for (name, bytes) in files { try writeFile(bytes, to: aside + "/" + name) }
      let manifest = Manifest(
        files: Dictionary(uniqueKeysWithValues: files.map { ($0.name, Manifest.File($0.bytes)) }),
        notes: notes.isEmpty ? nil : notes)
      let text = (try? JSONText.encode(manifest, isPretty: true)) ?? ""
      try writeFile(Array(text.utf8), to: aside + "/manifest.json")
    } catch {
      try? manager.removeItem(atPath: aside)
      throw error
    }
    flush(directory: aside)
    if manager.fileExists(atPath: path) {
      let old = path + ".old"
      try? manager.removeItem(atPath: old)
      guard rename(path, old) == 0 else { throw .unwritable(path) }
      guard rename(aside, path) == 0 else {
        let problem = FileError.unwritable(path)
        rename(old, path)
        throw problem
      }
      try? manager.removeItem(atPath: old)
    } else {
      guard rename(aside, path) == 0 else { throw .unwritable(path) }
    }
    flushDirectory(of: path)
  }

  /// Reads a directory that `writeDirectory` made.
  ///
  /// - Parameters:
  ///   - path: The directory.
  ///   - names: The files to read; all of them if `nil`.
  /// - Throws: `FileError.damaged` if a file is missing or its size or checksum is not the manifest's.
  public static func readDirectory(_ path: String, only names: Set<String>? = nil)
    throws(FileError) -> [String: [UInt8]]
  {
    let (path, manifest) = try manifest(of: path)
    var result: [String: [UInt8]] = [:]
    for (name, file) in manifest.files where names?.contains(name) ?? true {
      guard !name.contains("/"), name != "..", !name.isEmpty else {
        throw .damaged(path + "/manifest.json", reason: "it names a file elsewhere")
      }
      let bytes = try read(path + "/" + name, size: file.size)
      guard checksum(bytes) == file.crc32 else {
        throw .damaged(path + "/" + name, reason: "its checksum is wrong")
      }
      result[name] = bytes
    }
    return result
  }

  /// The words that `writeDirectory` was given; none in directories of version 0.1.0.
  ///
  /// - Parameter path: The directory.
  /// - Throws: `FileError` if it has no manifest.
  public static func notes(of path: String) throws(FileError) -> [String: String] {
    try manifest(of: path).manifest.notes ?? [:]
  }

  private static func manifest(of path: String) throws(FileError) -> (
    path: String, manifest: Manifest
  ) {
    var path = path
    let manager = FileManager.default
    if !manager.fileExists(atPath: path), manager.fileExists(atPath: path + ".old/manifest.json") {
      // The program was killed between the two renames of `writeDirectory`.
      path += ".old"
    }
    let text = try read(path + "/manifest.json", limit: textLimit)
    guard let manifest = try? JSONText.decode(text, as: Manifest.self) else {
      throw .damaged(path + "/manifest.json", reason: "it is no manifest")
    }
    return (path, manifest)
  }

  private struct Manifest: Codable {
    struct File: Codable {
      var size: Int
      var crc32: UInt32
      init(_ bytes: [UInt8]) {
        size = bytes.count
        crc32 = FileStore.checksum(bytes)
      }
    }
    var files: [String: File]
    var notes: [String: String]?
  }

  /// The CRC-32 of zlib and PNG.
  public static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer { UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
  }

  private static func writeFile(_ bytes: [UInt8], to path: String, isShared: Bool = false)
    throws(FileError)
  {
    try writeFile(path, isShared: isShared) { (file) throws(FileError) in try file.append(bytes) }
  }

  private static func writeFile(
    _ path: String, isShared: Bool = false,
    _ body: (inout FileUnderWay) throws(FileError) -> Void
  ) throws(FileError) {
    var file = try FileUnderWay(path, isShared: isShared)
    try body(&file)
    try file.finish()
  }

  private static func flushDirectory(of path: String) { flush(directory: parent(of: path)) }

  private static func parent(of path: String) -> String {
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    return parent.isEmpty ? "/" : parent
  }

  private static func flush(directory path: String) {
    let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }
}

/// What can go wrong with files.
public enum FileError: Error, Equatable, CustomStringConvertible {
  /// A file cannot be read.
  case unreadable(String, reason: String)
  /// A file is larger than any of its kind; its size is `nil` where more came than may be read.
  case tooLarge(String, size: Int?, limit: Int)
  /// A file cannot be written.
  case unwritable(String, reason: String)
  /// A file is not what was written.
  case damaged(String, reason: String)
  /// A file is whole, and holds what cannot be used.
  case unusable(String, reason: String)

  /// The same of a file that is read, with what can be done about it.
  package func advising(_ remedy: String) -> FileError {
    switch self {
    case .unreadable(let path, let reason): .unreadable(path, reason: reason + "; " + remedy)
    case .damaged(let path, let reason): .damaged(path, reason: reason + "; " + remedy)
    case .unwritable, .unusable, .tooLarge: self
    }
  }

  /// What is wrong.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "Cannot read '\(path)': \(reason)."
    case .tooLarge(let path, let size, let limit):
      "Cannot read '\(path)': it has \(size.map(Format.bytes) ?? "more"), and no such file has more than \(Format.bytes(limit))."
    case .unwritable(let path, let reason): "Cannot write '\(path)': \(reason)."
    case .damaged(let path, let reason): "'\(path)' is damaged: \(reason)."
    case .unusable(let path, let reason): "Cannot use '\(path)': \(reason)."
    }
  }
}
