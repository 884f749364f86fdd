internal import Dispatch
internal import FoundationEssentials
internal import Glibc
public import RLCore
internal import RLSupport
internal import Synchronization

/// Writes a rollout log: a dataset that Minari reads, in a directory `data`.
///
/// Episodes are gathered in memory, by a thread of their own, to shards: HDF5 files that are written aside,
/// flushed to disk and renamed. Then `main_data.hdf5`, which links to the episodes, and at last
/// `metadata.json`, which counts them, are replaced in the same way. So whatever happens to the process or
/// the machine, the log is a whole one that lacks at most the episodes since the last shard.
public final class RolloutLogWriter: Sendable {
  /// When shards are closed, and how much may wait.
  public struct Options: Sendable {
    /// A shard of so many bytes is written out.
    public var shardBytes = 32 << 20
    /// A shard is written out so many seconds after its first episode.
    public var shardSeconds = 10.0
    /// When so many bytes of episodes wait, whoever brings the next one waits too.
    public var queueBytes = 64 << 20
    /// Given a line if the disk cannot keep up; once.
    public var warn: @Sendable (String) -> Void = { _ in }

    /// The defaults.
    public init() {}
  }

  /// The directory that holds `data`.
  public let path: String
  private let options: Options
  private let queue = DispatchQueue(label: "rlgym.rollout-log")
  private let shelf: Shelf
  private let waitingBytes = Atomic<Int>(0)
  /// Episodes that the queue has not seen yet.
  private let pending = Locked<(episodes: [Episode], bytes: Int)>(([], 0))
  private let hasWarned = Atomic<Bool>(false)
  private let problem = Locked<RolloutLogError?>(nil)

  /// Starts a log.
  ///
  /// - Parameters:
  ///   - path: The directory, which may be there but must not hold a log.
  ///   - metadata: What the log is.
  ///   - options: Sizes of shards and of the queue.
  /// - Throws: `RolloutLogError` where HDF5 is missing or the directory cannot be written.
  public convenience init(
    creating path: String, _ metadata: RolloutLogMetadata, options: Options = Options()
  ) throws(RolloutLogError) {
    guard !path.isEmpty else { throw .file(.unwritable(path, reason: "it has no name")) }
    guard access(path + "/data/metadata.json", F_OK) != 0 else { throw .exists(path) }
    try Self.requireLibrary()
    var metadata = metadata
    (metadata.episodeCount, metadata.stepCount, metadata.shards) = (0, 0, [])
    do throws(FileError) { try FileStore.makeDirectory(path + "/data") } catch {
      throw .file(error)
    }
    try self.init(path, metadata, byteCount: 0, options)
  }

  /// Throws if logs cannot be written here: the build or the machine lacks HDF5.
  public static func requireLibrary() throws(RolloutLogError) { _ = try EpisodeIndex() }

  /// Goes on with a log that this class wrote, from an earlier state of it.
  ///
  /// What was logged after that state is discarded.
  ///
  /// - Parameters:
  ///   - path: The directory that holds `data`.
  ///   - episodes: The episodes to keep, as `synchronize` returned them.
  ///   - steps: The steps in them.
  ///   - options: Sizes of shards and of the queue.
  public convenience init(
    continuing path: String, episodes: Int, steps: Int, options: Options = Options()
  ) throws(RolloutLogError) {
    let file = path + "/data/metadata.json"
    guard access(file, F_OK) == 0 else { throw .noLog(path) }
    var metadata: RolloutLogMetadata
    do throws(FileError) {
      let text = try FileStore.read(file)
      do throws(RolloutLogError) {
        metadata = try RolloutLogMetadata(text, path: file)
      } catch {
        throw FileError.damaged(file, reason: "\(error)")
      }
    } catch {
      throw .file(error)
    }
    guard let shards = metadata.shards, shards.allSatisfy({ $0 > 0 && $0 < 1 << 40 }),
      shards.count < 1 << 24, shards.reduce(0, +) == metadata.episodeCount
    else {
      throw .mismatch(
        path, reason: "it was changed since, by `rlgym log pack` or by Minari; move it elsewhere")
    }
    var kept: [Int] = []
    var sum = 0
    for count in shards where sum < episodes {
      kept.append(count)
      sum += count
    }
    guard sum == episodes else {
      throw .mismatch(
        path, reason: "the checkpoint speaks of \(episodes) episodes, which are not all there")
    }
    var bytes = 0
    for number in kept.indices {
      var status = stat()
      let name = "\(path)/data/\(Shelf.shardName(number))"
      guard stat(name, &status) == 0 else {
        throw .file(.unreadable(name, reason: String(cString: strerror(errno))))
      }
      bytes += Int(status.st_size)
    }
    (metadata.episodeCount, metadata.stepCount, metadata.shards) = (episodes, steps, kept)
    try self.init(path, metadata, byteCount: bytes, options)
    // Nothing refers to these any more.
    for number in kept.count..<max(kept.count, shards.count) + 1 {
      unlink("\(path)/data/\(Shelf.shardName(number))")
    }
  }

  private init(
    _ path: String, _ metadata: RolloutLogMetadata, byteCount: Int, _ options: Options
  ) throws(RolloutLogError) {
    self.path = path
    self.options = options
    shelf = try Shelf(path + "/data", metadata, byteCount: byteCount)
  }

  // MARK: Writing

  /// Adds an episode; its number is that of the episodes before.
  ///
  /// Returns at once, unless more waits to be written than `options` allow. After a failure, which
  /// `check` throws, episodes are discarded.
  public func append(_ episode: Episode) {
    if episode.length == 0 || problem.withLock({ $0 != nil }) { return }
    let bytes = episode.byteCount
    let waiting = waitingBytes.wrappingAdd(bytes, ordering: .relaxed).newValue
    // Episodes are handed on by the megabyte, or after a second: waking the writer for each would take the
    // core from the threads that train.
    let (isFirst, isFull) = pending.withLock { pending in
      pending.episodes.append(episode)
      pending.bytes += bytes
      return (pending.episodes.count == 1, pending.bytes >= 1 << 20)
    }
    if isFull {
      queue.async { [self] in encodePending() }
    } else if isFirst {
      queue.asyncAfter(deadline: .now() + 1) { [weak self] in self?.encodePending() }
    }
    if waiting > options.queueBytes {
      if !hasWarned.exchange(true, ordering: .relaxed) {
        options.warn(
          "The disk cannot keep up with the rollout log in '\(path)'; from now on it is waited for."
        )
      }
      queue.sync { encodePending() }
    }
  }

  /// Adds what waits to the open shard; on the writer's queue.
  private func encodePending() {
    let episodes = pending.withLock { pending in
      defer { pending = ([], 0) }
      return pending.episodes
    }
    for episode in episodes {
      attempt { () throws(RolloutLogError) in
        let isFirst = shelf.append(episode)
        if shelf.openBytes >= options.shardBytes {
          try shelf.publish()
        } else if isFirst {
          publishLater(shelf.shardCount)
        }
      }
      waitingBytes.wrappingSubtract(episode.byteCount, ordering: .relaxed)
    }
  }

  private func publishLater(_ shard: Int) {
    queue.asyncAfter(deadline: .now() + options.shardSeconds) { [weak self] in
      guard let self, shelf.shardCount == shard else { return }
      attempt { () throws(RolloutLogError) in try shelf.publish() }
    }
  }

  private func attempt(_ body: () throws(RolloutLogError) -> Void) {
    if problem.withLock({ $0 != nil }) { return }
    do throws(RolloutLogError) { try body() } catch { problem.withLock { $0 = error } }
  }

  /// Throws what went wrong so far, if anything did.
  public func check() throws(RolloutLogError) {
    if let error = problem.withLock({ $0 }) { throw error }
  }

  /// Waits until every episode is on disk.
  ///
  /// - Returns: How many episodes and steps there are, with which `init(continuing:)` comes back to here.
  @discardableResult public func synchronize() throws(RolloutLogError) -> (
    episodes: Int, steps: Int
  ) {
    let counts = queue.sync {
      encodePending()
      attempt { () throws(RolloutLogError) in try shelf.publish() }
      return shelf.counts
    }
    try check()
    return counts
  }
}

/// The files of a log and the open shard; used by the writer's queue alone.
private final class Shelf: @unchecked Sendable {
  private let path: String
  private let index: EpisodeIndex
  private var metadata: RolloutLogMetadata
  private var byteCount: Int
  private var encoder: ShardEncoder
  private var openSteps = 0

  init(_ path: String, _ metadata: RolloutLogMetadata, byteCount: Int) throws(RolloutLogError) {
    self.path = path
    self.metadata = metadata
    self.byteCount = byteCount
    index = try EpisodeIndex()
    encoder = ShardEncoder(metadata)
    for (number, count) in (metadata.shards ?? []).enumerated() {
      try index.append(count, in: Self.shardName(number))
    }
    try writeIndex(countsFirst: access(path + "/metadata.json", F_OK) == 0)
  }

  static func shardName(_ number: Int) -> String { "shard_\(number).hdf5" }

  /// The shards that are on disk.
  var shardCount: Int { metadata.shards?.count ?? 0 }
  var counts: (episodes: Int, steps: Int) { (metadata.episodeCount, metadata.stepCount) }
  /// The bytes of the open shard.
  var openBytes: Int { encoder.byteCount }

  /// Adds an episode to the open shard; says whether it is the first one there.
  func append(_ episode: Episode) -> Bool {
    encoder.append(episode, number: metadata.episodeCount + encoder.episodeCount)
    openSteps += episode.length
    return encoder.episodeCount == 1
  }

  /// Writes out the open shard, if it has an episode.
  func publish() throws(RolloutLogError) {
    let count = encoder.episodeCount
    if count == 0 { return }
    _ = encoder.finish()
    let name = Self.shardName(shardCount)
    do throws(FileError) {
      try FileStore.write(path + "/" + name) { (file) throws(FileError) in
        try encoder.withBytes { (bytes) throws(FileError) in try file.append(bytes) }
      }
    } catch {
      throw .file(error)
    }
    byteCount += encoder.byteCount
    let old = metadata
    metadata.episodeCount += count
    metadata.stepCount += openSteps
    metadata.shards?.append(count)
    do throws(RolloutLogError) {
      try index.append(count, in: name)
      try writeIndex(countsFirst: false)
    } catch {
      metadata = old
      unlink(path + "/" + name)
      throw error
    }
    encoder = ShardEncoder(metadata)
    openSteps = 0
  }

  /// Replaces the index, and then the count of its episodes. Where episodes go away, the count must do so
  /// first: it may be too small, but never too large.
  private func writeIndex(countsFirst: Bool) throws(RolloutLogError) {
    let image = try index.image()
    let text = Array(metadata.json(byteCount: byteCount + image.count).utf8)
    do throws(FileError) {
      if countsFirst { try FileStore.write(text, to: path + "/metadata.json") }
      try FileStore.write(image, to: path + "/main_data.hdf5")
      try FileStore.write(text, to: path + "/metadata.json")
    } catch {
      throw .file(error)
    }
  }
}
