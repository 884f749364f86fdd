internal import FoundationEssentials
internal import RLCore
internal import RLSupport

extension RolloutLog {
  /// Writes the episodes of logs, one after the other, as a log of a single file.
  ///
  /// Only what logs of rlgym have is carried over: not the `infos` of other programs' datasets. The new log
  /// cannot be continued.
  ///
  /// - Parameters:
  ///   - logs: The logs, which must have equal spaces; the first one says what the new one is.
  ///   - path: The directory of the new log, which must not hold one.
  ///   - datasetID: The name of the new dataset; the first log's if `nil`.
  public static func join(_ logs: [RolloutLog], to path: String, datasetID: String? = nil)
    throws(RolloutLogError)
  {
    guard let first = logs.first else { return }
    guard !path.isEmpty else { throw .file(.unwritable(path, reason: "it has no name")) }
    guard !FileManager.default.fileExists(atPath: path + "/data/metadata.json") else {
      throw .exists(path)
    }
    try makeDirectory(path + "/data")
    try write(logs, of: first.metadata, to: path + "/data", datasetID: datasetID)
  }

  /// Puts a log's episodes into its main file, and removes the shards.
  ///
  /// Whenever it is interrupted, the log is whole.
  public func pack() throws(RolloutLogError) {
    try Self.write([self], of: metadata, to: path + "/data", datasetID: nil)
    // Nothing refers to the shards any more.
    let manager = FileManager.default
    for name in (try? manager.contentsOfDirectory(atPath: path + "/data")) ?? []
    where name.hasPrefix("shard_") && name.hasSuffix(".hdf5") {
      try? manager.removeItem(atPath: "\(path)/data/\(name)")
    }
  }

  private static func makeDirectory(_ path: String) throws(RolloutLogError) {
    do throws(FileError) { try FileStore.makeDirectory(path) } catch { throw .file(error) }
  }

  private static func write(
    _ logs: [RolloutLog], of first: RolloutLogMetadata, to folder: String, datasetID: String?
  ) throws(RolloutLogError) {
    var metadata = first
    if let datasetID {
      guard RolloutLogMetadata.isName(datasetID) else { throw .badName(datasetID) }
      metadata.datasetID = datasetID
    }
    for log in logs.dropFirst() {
      try log.require(observations: first.observationSpace, actions: first.actionSpace)
      guard log.metadata.environment == first.environment,
        log.metadata.environmentArguments == first.environmentArguments
      else {
        throw .mismatch(
          log.path,
          reason:
            "it is of \(log.metadata.environment ?? "an unknown environment"), not of \(first.environment ?? "an unknown one")"
        )
      }
      guard log.metadata.infos == first.infos else {
        throw .mismatch(
          log.path,
          reason:
            "its steps' information is [\(log.metadata.infos.map(\.name).joined(separator: ", "))], not [\(first.infos.map(\.name).joined(separator: ", "))]"
        )
      }
      if log.metadata.algorithm != first.algorithm { metadata.algorithm = nil }
    }
    (metadata.episodeCount, metadata.stepCount, metadata.shards) = (0, 0, nil)
    metadata.writer = RolloutLogMetadata.version
    var encoder = ShardEncoder(first)
    var problem: RolloutLogError?
    do throws(FileError) {
      try FileStore.write(folder + "/main_data.hdf5") { (file) throws(FileError) in
        do throws(RolloutLogError) {
          for log in logs {
            for number in 0..<log.count {
              let episode = try log.episode(number)
              encoder.append(episode, number: metadata.episodeCount)
              metadata.episodeCount += 1
              metadata.stepCount += episode.length
              if encoder.openByteCount > 16 << 20 { try drain(&encoder, to: &file) }
            }
          }
          let start = encoder.finish()
          try drain(&encoder, to: &file)
          do throws(FileError) {
            try file.overwrite(start, at: 0)
          } catch {
            throw RolloutLogError.file(error)
          }
        } catch {
          problem = error
          throw .unwritable(folder, reason: "\(error)")
        }
      }
      let text = metadata.json(byteCount: encoder.byteCount)
      try FileStore.write(Array(text.utf8), to: folder + "/metadata.json")
    } catch {
      throw problem ?? .file(error)
    }
  }

  private static func drain(_ encoder: inout ShardEncoder, to file: inout FileUnderWay)
    throws(RolloutLogError)
  {
    do throws(FileError) {
      try encoder.drain { (bytes) throws(FileError) in try file.append(bytes) }
    } catch {
      throw .file(error)
    }
  }
}
