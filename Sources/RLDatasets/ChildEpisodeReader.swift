internal import Glibc
internal import RLCore
internal import RLSupport

/// Reads episodes in a process of its own, which may crash without harm.
///
/// The process is this or another program, started anew with limits on its memory, time and files; what it
/// sends is checked as if it came from a stranger.
final class ChildEpisodeReader: EpisodeReading {
  private let path: String
  private let metadata: RolloutLogMetadata
  private let command: [String]
  private let limits: ReadingLimits
  private var process: ChildProcess?
  private var pipe: Int32 = -1
  private var next = 0

  init(_ path: String, _ metadata: RolloutLogMetadata, command: [String]) {
    self.path = path
    self.metadata = metadata
    self.command = command
    limits = ReadingLimits(path)
  }

  deinit { stop() }

  /// Reads one episode; the process goes on where it is, if that is the right place.
  func episode(_ number: Int) throws(RolloutLogError) -> Episode {
    if process == nil || next != number {
      stop()
      try start(at: number)
    }
    do throws(RolloutLogError) {
      let episode = try receive(number)
      try episode.check(number, metadata, path)
      next = number + 1
      return episode
    } catch {
      stop()
      throw error
    }
  }

  private func start(at number: Int) throws(RolloutLogError) {
    func failed(_ problem: String) -> RolloutLogError {
      .readerDied(path, how: "could not be started (\(problem))")
    }
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else { throw failed(String(cString: strerror(errno))) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[1]) }
    // Nothing of the environment reaches HDF5, which takes paths and plug-ins from there.
    let kept = ["LD_LIBRARY_PATH", "PATH"].compactMap { (name: String) -> String? in
      getenv(name).map { "\(name)=\(String(cString: $0))" }
    }
    do throws(ChildProcess.StartError) {
      process = try ChildProcess(
        command + [path, "\(number)", "\(metadata.episodeCount - number)"],
        environment: kept + ["HDF5_PLUGIN_PRELOAD=::"], output: .descriptor(ends[1]))
    } catch {
      close(ends[0])
      throw failed("\(error)")
    }
    (pipe, next) = (ends[0], number)
  }

  /// Ends the process.
  ///
  /// - Returns: How it ended, if it did so by itself.
  @discardableResult private func stop(waits: Bool = false) -> String {
    guard let process else { return "" }
    close(pipe)
    self.process = nil
    switch waits ? process.wait() : process.end() {
    case .code(let code): return "ended with code \(code)"
    case .signal(SIGXCPU): return tooSlow
    case .signal(let signal): return "crashed (signal \(signal))"
    }
  }

  private var tooSlow: String {
    "was ended after \(limits.seconds) s, longer than \(Format.bytes(limits.size)) of files can take"
  }

  private func receive(_ number: Int) throws(RolloutLogError) -> Episode {
    var waited = 0
    let header = try read(EpisodeFrame.headerSize, &waited)
    let (magic, kind) = (Self.word(header, 0), Self.word(header, 4))
    let size = Int(Self.word(header, 8)) | Int(Self.word(header, 12)) << 32
    guard magic == EpisodeFrame.magic, let kind = EpisodeFrame.Kind(rawValue: kind), size >= 0,
      size <= min(EpisodeFrame.limit, limits.memory)
    else { throw .readerDied(path, how: "sent something else than episodes") }
    let payload = try read(size, &waited)
    let sum = Self.word(try read(4, &waited), 0)
    guard sum == FileStore.checksum(payload) else {
      throw .readerDied(path, how: "sent a damaged episode")
    }
    switch kind {
    case .episode:
      guard let episode = EpisodeFrame.decode(payload, number: number) else {
        throw .readerDied(path, how: "sent a malformed episode")
      }
      return episode
    case .problem:
      // The words come from a process that may be in the file's hands.
      let words = String(decoding: payload.prefix(1000), as: UTF8.self).filter {
        !$0.isNewline && $0.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
      }
      throw .refused(path, reason: words)
    case .end: throw .noEpisode(number, count: number)
    }
  }

  private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
  }

  /// Waits for bytes, or for the end of the process.
  ///
  /// - Parameter waited: The tenths of a second that were waited for this episode. They are counted one by one,
  ///   as a clock would count the time in which both processes were stopped.
  private func wait(_ waited: inout Int) throws(RolloutLogError) {
    var state = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
    while poll(&state, 1, 100) == 0 {
      waited += 1
      if waited > 10 * limits.seconds {
        stop()
        throw .readerDied(path, how: tooSlow)
      }
    }
  }

  /// Reads so many bytes. Memory grows with what comes, not with what was announced.
  private func read(_ count: Int, _ waited: inout Int) throws(RolloutLogError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(count, 1 << 20))
    let piece = 1 << 16
    while bytes.count < count {
      try wait(&waited)
      let wanted = min(piece, count - bytes.count)
      let part = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, done in
        var got = 0
        repeat {
          got = Glibc.read(pipe, buffer.baseAddress, wanted)
        } while got < 0 && errno == EINTR
        done = max(0, got)
      }
      if part.isEmpty { throw .readerDied(path, how: stop(waits: true)) }
      bytes += part
    }
    return bytes
  }
}
