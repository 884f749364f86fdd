import Foundation
import RLSupport
import Synchronization
import Testing

@Suite struct FileStoreTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rlgym-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  /// Sizes are known before anything is read.
  @Test func largeFilesAreRefusedUnread() throws {
    try withFolder { folder in
      let path = folder + "/large"
      try FileStore.write([1, 2, 3], to: path)
      #expect(try FileStore.read(path, limit: 3) == [1, 2, 3])
      #expect(throws: FileError.tooLarge(path, size: 3, limit: 2)) {
        try FileStore.read(path, limit: 2)
      }
      #expect(truncate(path, 1 << 40) == 0)
      let error = #expect(throws: FileError.self) { try FileStore.read(path) }
      #expect(try #require(error).description.contains("'\(path)': it has 1100 GB"))
    }
  }

  /// Neither a pipe without a writer nor an endless device is waited for.
  @Test func devicesAndPipesEnd() throws {
    #expect(throws: FileError.tooLarge("/dev/zero", size: nil, limit: 1 << 20)) {
      try FileStore.read("/dev/zero", limit: 1 << 20)
    }
    #expect(try FileStore.read("/dev/null") == [])
    #expect(throws: FileError.self) { try FileStore.read("/proc/self") }
    #expect(try !FileStore.read("/proc/self/status").isEmpty)
    try withFolder { folder in
      let path = folder + "/pipe"
      #expect(mkfifo(path, 0o600) == 0)
      let writer = open(path, O_RDWR)
      #expect(write(writer, "abc", 3) == 3)
      DispatchQueue.global().asyncAfter(deadline: .now() + 0.1) { close(writer) }
      let bytes = try FileStore.read(path)
      #expect(bytes == Array("abc".utf8))
    }
  }

  /// Whoever may write in a folder cannot make a program of others overwrite a file elsewhere.
  @Test func linksInTheWayAreNotFollowed() throws {
    try withFolder { folder in
      let (victim, path) = (folder + "/victim", folder + "/file")
      try FileStore.write([7], to: victim)
      for name in [path + ".tmp", folder + "/model.tmp"] {
        try FileManager.default.createSymbolicLink(atPath: name, withDestinationPath: victim)
      }
      try FileStore.write([1, 2], to: path)
      try FileStore.writeDirectory([("a", [3])], to: folder + "/model")
      #expect(try FileStore.read(victim) == [7])
      #expect(try FileStore.read(path) == [1, 2])
      #expect(try FileStore.readDirectory(folder + "/model") == ["a": [3]])
    }
  }

  @Test func notesAreKeptBesideFiles() throws {
    try withFolder { folder in
      try FileStore.writeDirectory([("a", [3])], to: folder + "/x", notes: ["b": "c: 1\n"])
      #expect(try FileStore.notes(of: folder + "/x") == ["b": "c: 1\n"])
      #expect(try FileStore.readDirectory(folder + "/x") == ["a": [3]])
      try FileStore.writeDirectory([("a", [3])], to: folder + "/x")
      #expect(try FileStore.notes(of: folder + "/x").isEmpty)
    }
  }

  /// Of many who write the same file, one wins, and nothing else is left.
  @Test func sharedFilesAreWhole() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rlgym-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path + "/file"
    let failures = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 64) { i in
      let bytes = [UInt8](repeating: UInt8(i), count: 10_000 + i)
      do {
        try FileStore.write(bytes, to: path, isShared: true)
      } catch {
        failures.wrappingAdd(1, ordering: .relaxed)
      }
    }
    let bytes = try FileStore.read(path)
    #expect(failures.load(ordering: .relaxed) == 0)
    #expect(Set(bytes).count == 1 && bytes.count == 10_000 + Int(bytes.first ?? 255))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
  }
}
