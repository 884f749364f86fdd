internal import Glibc
public import RLCore
internal import RLSupport

/// A rollout log, or any Minari dataset of plain spaces, to be read.
public final class RolloutLog {
  /// Where the HDF5 library reads.
  public enum Access: Sendable, Equatable {
    /// In this process: for files that you wrote. The library has known holes, and a file that was made for
    /// them takes over the process.
    case trusted
    /// In a process of its own with limits on memory, time and files: for files of others. If the library
    /// crashes there, that is an error here.
    ///
    /// The command starts a program that hands the words after it to `RolloutLog.serve`. Programs that use
    /// `RLGymCommand.main` can start themselves with the word `_read-log`.
    case isolated(command: [String])
  }

  /// The directory that holds `data`.
  public let path: String
  /// What the log says of itself.
  public let metadata: RolloutLogMetadata
  private let reader: any EpisodeReading

  /// Opens a log.
  ///
  /// - Parameters:
  ///   - path: The directory, or the `data` in it.
  ///   - access: Where the HDF5 library reads.
  /// - Throws: `RolloutLogError` if there is none, or not one that can be read.
  public init(_ path: String, access: Access) throws(RolloutLogError) {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    let root = Glibc.access(path + "/data/metadata.json", F_OK) == 0 ? path + "/data" : path
    guard Glibc.access(root + "/metadata.json", F_OK) == 0 else { throw .noLog(path) }
    self.path = root.hasSuffix("/data") ? String(root.dropLast(5)) : root
    let file = root + "/metadata.json"
    let text: [UInt8]
    do throws(FileError) {
      text = try FileStore.read(file, limit: 4 << 20)
    } catch {
      throw .file(error)
    }
    metadata = try RolloutLogMetadata(text, path: file)
    switch access {
    case .trusted: reader = HDF5EpisodeReader(root, metadata)
    case .isolated(let command):
      guard !command.isEmpty else { throw .noLog(path) }
      reader = ChildEpisodeReader(root, metadata, command: command)
    }
  }

  /// The number of episodes.
  public var count: Int { metadata.episodeCount }

  /// Reads one episode; fastest in the order of their numbers.
  ///
  /// Its rows fit the spaces, and discrete numbers lie in them.
  public func episode(_ number: Int) throws(RolloutLogError) -> Episode {
    guard number >= 0, number < count else { throw .noEpisode(number, count: count) }
    return try reader.episode(number)
  }

  /// Hands out episodes in the order of their numbers.
  ///
  /// - Parameters:
  ///   - range: Their numbers; all of them if `nil`.
  ///   - body: What is done with each.
  public func forEachEpisode(
    in range: Range<Int>? = nil, _ body: (_ number: Int, _ episode: Episode) throws -> Void
  ) throws {
    for number in range ?? 0..<count { try body(number, try episode(number)) }
  }

  // MARK: The reader's process

  /// Reads episodes for another process, on standard output, with limits on what this process may do.
  ///
  /// - Parameter words: What `Access.isolated` adds to its command: the directory, the first episode, and how
  ///   many.
  /// - Returns: The process's exit code.
  public static func serve(_ words: [String]) -> Int32 {
    guard words.count == 3, let first = Int(words[1]), let count = Int(words[2]), first >= 0,
      count >= 0, first <= Int.max - count
    else { return 2 }
    ReadingLimits(words[0]).apply()
    do throws(RolloutLogError) {
      let log = try RolloutLog(words[0], access: .trusted)
      for number in first..<first + count {
        guard send(EpisodeFrame.encode(try log.episode(number), number: number)) else { return 1 }
      }
      return send(EpisodeFrame.encode(.end, [])) ? 0 : 1
    } catch {
      let reason =
        if case .refused(_, let reason) = error { reason } else { "\(error)" }
      return send(EpisodeFrame.encode(.problem, Array(reason.utf8))) ? 0 : 1
    }
  }

  private static func send(_ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes {
        write(1, $0.baseAddress.map { $0 + done }, bytes.count - done)
      }
      if written < 0 && errno == EINTR { continue }
      if written <= 0 { return false }
      done += written
    }
    return true
  }
}
