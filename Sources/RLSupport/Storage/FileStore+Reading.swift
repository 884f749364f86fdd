internal import FoundationEssentials
internal import Glibc

extension FileStore {
  /// The most that is read of a file of settings or of figures, such as `config.yaml` or `summary.json`.
  public static let textLimit = 4 << 20

  /// The most that is read of a log, such as `monitor.csv` or `evaluations.npz`.
  public static let logLimit = 2 << 30

  /// Reads a whole file.
  ///
  /// The size is known before anything is read. Pipes, which have none, are read as far as the limit, and given
  /// up when nothing comes for five seconds.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The most bytes that it may have.
  /// - Throws: `FileError.unreadable` with the system's reason, and `FileError.tooLarge`.
  public static func read(_ path: String, limit: Int = logLimit) throws(FileError) -> [UInt8] {
    let file = try open(path)
    defer { close(file.descriptor) }
    guard let size = file.size else { return try readPipe(file.descriptor, path, limit) }
    guard size <= limit else { throw .tooLarge(path, size: size, limit: limit) }
    guard !file.hasHoles else {
      throw .damaged(path, reason: "most of its \(Format.bytes(size)) were never written")
    }
    // A file may grow while it is read, and those of `/proc` have a size of zero.
    var bytes = try read(file.descriptor, path, count: size)
    while bytes.count == size || bytes.count % 4096 == 0 {
      let more = try read(file.descriptor, path, count: min(4096, limit - bytes.count))
      if more.isEmpty { break }
      bytes += more
    }
    return bytes
  }

  /// Reads a file that must have so many bytes.
  static func read(_ path: String, size expected: Int) throws(FileError) -> [UInt8] {
    let file = try open(path)
    defer { close(file.descriptor) }
    let size = file.size ?? 0
    guard size == expected else {
      throw .damaged(path, reason: "it has \(size) bytes instead of \(expected)")
    }
    return try read(file.descriptor, path, count: size)
  }

  /// The first bytes of a file; none if it cannot be read.
  package static func head(of path: String, count: Int) -> [UInt8] {
    guard let file = try? open(path) else { return [] }
    defer { close(file.descriptor) }
    guard let size = file.size else { return [] }
    return (try? read(file.descriptor, path, count: min(size, count))) ?? []
  }

  /// The last bytes of a file; none if it cannot be read.
  package static func tail(of path: String, count: Int) -> [UInt8] {
    guard let file = try? open(path) else { return [] }
    defer { close(file.descriptor) }
    guard let size = file.size else { return [] }
    lseek(file.descriptor, off_t(max(0, size - count)), SEEK_SET)
    return (try? read(file.descriptor, path, count: min(size, count))) ?? []
  }

  /// The names in a directory, in no order; none if it cannot be read.
  package static func names(in path: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
  }

  /// `SEEK_HOLE` of lseek(2): to the next bytes of a file that were never written. Swift's module of Glibc leaves it out.
  private static let seekHole: Int32 = 4

  /// Opens a file without waiting for anybody.
  ///
  /// - Returns: The descriptor, the size of a file that has one, and whether next to nothing of a large one is on
  ///   the disk, which no compression explains.
  private static func open(_ path: String) throws(FileError) -> (
    descriptor: Int32, size: Int?, hasHoles: Bool
  ) {
    let file = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else {
      throw .unreadable(
        path, reason: errno == ENOENT ? "it does not exist" : String(cString: strerror(errno)))
    }
    var status = stat()
    guard fstat(file, &status) == 0 else {
      defer { close(file) }
      throw .unreadable(path, reason: String(cString: strerror(errno)))
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      let (size, blocks) = (Int(status.st_size), Int(status.st_blocks))
      // Some file systems count blocks late, or never.
      var hasHoles = size > 64 << 20 && size >> 15 > blocks
      if hasHoles {
        hasHoles = (0..<off_t(size)).contains(lseek(file, 0, seekHole))
        lseek(file, 0, SEEK_SET)
      }
      return (file, size, hasHoles)
    case S_IFDIR:
      close(file)
      throw .unreadable(path, reason: "it is a folder")
    default: return (file, nil, false)
    }
  }

  private static func read(_ file: Int32, _ path: String, count: Int) throws(FileError) -> [UInt8] {
    var problem: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      while done < count, let base = buffer.baseAddress {
        let got = Glibc.read(file, base + done, count - done)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { problem = errno }
        if got <= 0 { return }
        done += got
      }
    }
    if problem != 0 { throw .unreadable(path, reason: String(cString: strerror(problem))) }
    return bytes
  }

  private static func readPipe(_ file: Int32, _ path: String, _ limit: Int) throws(FileError)
    -> [UInt8]
  {
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      var state = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      guard poll(&state, 1, 5_000) != 0 else {
        throw .unreadable(path, reason: "nothing came from it for five seconds")
      }
      let piece = try read(file, path, upTo: 1 << 16)
      if piece.isEmpty { return bytes }
      bytes += piece
    }
    throw .tooLarge(path, size: nil, limit: limit)
  }

  /// Reads what a pipe has now; nothing once all is read.
  private static func read(_ file: Int32, _ path: String, upTo count: Int) throws(FileError)
    -> [UInt8]
  {
    var got = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      repeat {
        got = Glibc.read(file, buffer.baseAddress, count)
      } while got < 0 && (errno == EINTR || errno == EAGAIN)
      done = max(0, got)
    }
    if got < 0 { throw .unreadable(path, reason: String(cString: strerror(errno))) }
    return bytes
  }
}
