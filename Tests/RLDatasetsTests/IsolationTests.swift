import Foundation
import RLCore
import RLDatasets
import RLEnvironments
import RLSupport
import TestSupport
import Testing

@Suite struct IsolationTests {
  /// Opens a log with a program that stands for the reader's process.
  private func read(_ command: [String]) throws -> RolloutLogError? {
    try withFolder { folder in
      try write(try randomEpisodes("CartPole", 2), of: "CartPole", to: folder + "/log")
      let log = try RolloutLog(folder + "/log", access: .isolated(command: command))
      do throws(RolloutLogError) {
        _ = try log.episode(0)
        return nil
      } catch {
        return error
      }
    }
  }

  /// h5py and Minari lock a file while they have it open for writing.
  @Test func aFileThatAnotherProgramWritesToIsNotCalledDamaged() throws {
    try withFolder { folder in
      try write(try randomEpisodes("CartPole", 2), of: "CartPole", to: folder + "/log")
      let file = folder + "/log/data/main_data.hdf5"
      let lock = open(file, O_RDONLY)
      #expect(flock(lock, LOCK_EX) == 0)
      func problem() throws -> String {
        let log = try RolloutLog(folder + "/log", access: .trusted)
        do throws(RolloutLogError) {
          _ = try log.episode(0)
          return ""
        } catch {
          return "\(error)"
        }
      }
      #expect(try problem().contains("main_data.hdf5") && problem().contains("has locked it"))
      close(lock)
      #expect(try problem().isEmpty)
      try FileStore.write(Array("no HDF5 file".utf8), to: file)
      #expect(try problem().contains("or a damaged one"))
    }
  }

  @Test func aCrashIsAnError() throws {
    let error = try read(["/bin/sh", "-c", "kill -SEGV $$"])
    #expect("\(try #require(error))".contains("crashed (signal 11)"))
  }

  @Test func anEndIsAnError() throws {
    let error = try read(["/bin/sh", "-c", "exit 3"])
    #expect("\(try #require(error))".contains("ended with code 3"))
  }

  @Test func aProgramThatIsNotThereIsAnError() throws {
    let error = try read(["/nowhere/rlgym", "_read-log"])
    #expect("\(try #require(error))".contains("could not be started"))
  }

  @Test(arguments: [
    // No frame, a frame without bytes, one of four exabytes, and one with a wrong checksum.
    "hello, I am no reader at all",
    "RLGL\\001\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000",
    "RLGL\\001\\000\\000\\000\\377\\377\\377\\377\\377\\377\\377\\077abc",
    "RLGL\\001\\000\\000\\000\\004\\000\\000\\000\\000\\000\\000\\000abcd1234",
  ])
  func nonsenseIsAnError(_ text: String) throws {
    #expect(try read(["/bin/sh", "-c", "printf '\(text)'"]) != nil)
  }

  /// Overwrites bytes of a log's file, which must hold them.
  private func replace(_ old: [UInt8], by new: [UInt8], in path: String) throws {
    var bytes = try FileStore.read(path)
    let place = try #require(
      bytes.indices.first { bytes[$0...].starts(with: old) }, "the file has no such bytes")
    bytes.replaceSubrange(place..<place + old.count, with: new)
    try FileStore.write(bytes, to: path)
  }

  private func refusal(_ change: (_ folder: String) throws -> Void) throws -> String {
    try withFolder { folder in
      try write(try randomEpisodes("CartPole", 3), of: "CartPole", to: folder + "/log")
      try change(folder + "/log/data")
      do {
        _ = try read(RolloutLog(folder + "/log", access: .trusted))
        return "nothing"
      } catch {
        return "\(error)"
      }
    }
  }

  private func read(_ log: RolloutLog) throws -> Int {
    var count = 0
    try log.forEachEpisode { _, _ in count += 1 }
    return count
  }

  @Test func linksOutOfTheDirectoryAreRefused() throws {
    let text = try refusal {
      try replace(
        Array("shard_0.hdf5".utf8), by: Array("../../x.hdf5".utf8), in: $0 + "/main_data.hdf5")
    }
    #expect(text.contains("leads out of the directory"))
  }

  @Test func filesThatAreLinksAreRefused() throws {
    let text = try refusal {
      try FileManager.default.moveItem(atPath: $0 + "/shard_0.hdf5", toPath: $0 + "/../x.hdf5")
      try FileManager.default.createSymbolicLink(
        atPath: $0 + "/shard_0.hdf5", withDestinationPath: "../x.hdf5")
    }
    #expect(text.contains("it is a link"))
  }

  @Test func dataThatTheFileCannotHoldIsRefused() throws {
    let text = try refusal {
      let path = $0 + "/shard_0.hdf5"
      // The first dataset's message of its layout: version 3, contiguous; then address and size.
      let bytes = try FileStore.read(path)
      let length = UInt64(try RolloutLog($0, access: .trusted).episode(0).length)
      let size = withUnsafeBytes(of: (16 * (length + 1)).littleEndian) { Array($0) }
      let place = try #require(
        bytes.indices.first {
          bytes[$0...].starts(with: [3, 1]) && $0 + 18 <= bytes.count
            && Array(bytes[$0 + 10..<$0 + 18]) == size
        })
      var changed = bytes
      for i in 14..<17 { changed[place + i] = 0x7f }
      try FileStore.write(changed, to: path)
    }
    #expect(text.contains("larger than its file") || text.contains("cannot be opened"))
  }

  @Test func actionsOutsideOfTheSpaceAreRefused() throws {
    let text = try refusal {
      let path = $0 + "/metadata.json"
      let json = String(decoding: try FileStore.read(path), as: UTF8.self)
      let changed = json.replacingOccurrences(of: "\\\"n\\\":2", with: "\\\"n\\\":1")
      #expect(changed != json)
      try FileStore.write(Array(changed.utf8), to: path)
    }
    #expect(text.contains("an action is not in the space"))
  }

  @Test(arguments: [
    "", "[]", "{", "{\"total_episodes\": -1, \"total_steps\": 0}",
    "{\"total_episodes\": 1e300, \"total_steps\": 0}",
    "{\"total_episodes\": 1, \"total_steps\": 1}",
    "{\"total_episodes\": 1, \"total_steps\": 1, \"observation_space\": {}, \"action_space\": 3}",
    "{\"total_episodes\": 1, \"total_steps\": 1, \"observation_space\": \"{\\\"type\\\":\\\"Box\\\",\\\"shape\\\":[9223372036854775807,2],\\\"low\\\":[],\\\"high\\\":[]}\"}",
    String(repeating: "[", count: 100_000),
  ])
  func malformedMetadataIsRefused(_ text: String) throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/data", withIntermediateDirectories: true)
      try FileStore.write(Array(text.utf8), to: folder + "/data/metadata.json")
      #expect(throws: RolloutLogError.self) { try RolloutLog(folder, access: .trusted) }
    }
  }
}
