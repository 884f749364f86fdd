import Foundation
import RLSupport
import Synchronization
import Testing

@Suite struct StopRequestTests {
  @Test func workIsLeftOnceTheRequestIsOld() {
    let isMade = Mutex(false)
    let stop = StopRequest(patience: .milliseconds(50)) { isMade.withLock { $0 } }
    #expect(!stop.isOverdue && !stop.isOverdue)
    isMade.withLock { $0 = true }
    #expect(!stop.isOverdue)
    Thread.sleep(forTimeInterval: 0.1)
    #expect(stop.isOverdue)
    #expect(throws: StopRequest.Overdue.self) { try stop.check() }
    // What was left stays left, even if the request is taken back.
    isMade.withLock { $0 = false }
    #expect(stop.isOverdue)
    let other = StopRequest(patience: .seconds(Int64.max)) { isMade.withLock { $0 } }
    isMade.withLock { $0 = true }
    #expect(!other.isOverdue && !other.isOverdue)
  }

  @Test func withoutARequestNothingIsLeft() throws {
    #expect(StopRequest.current == nil && !StopRequest.current.isOverdue)
    StopRequest.$current.withValue(StopRequest(patience: .zero) { true }) {
      _ = StopRequest.current.isOverdue
      #expect(StopRequest.current.isOverdue)
    }
  }
}

@Suite struct DirectoryTests {
  @Test func whatKeepsADirectoryFromBeingMadeIsTold() throws {
    let folder = NSTemporaryDirectory() + "/rlgym-test-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileStore.makeDirectory(folder + "/a/b/")
    try FileStore.makeDirectory(folder + "/a/b")
    try FileStore.write([1], to: folder + "/file")
    #expect(throws: FileError.unwritable(folder + "/file", reason: "it is a file")) {
      try FileStore.makeDirectory(folder + "/file")
    }
    #expect(throws: FileError.unwritable(folder + "/file/a", reason: "Not a directory")) {
      try FileStore.makeDirectory(folder + "/file/a")
    }
    #expect(throws: FileError.self) { try FileStore.makeDirectory("/proc/rlgym/a") }
  }

  @Test func aPathThatCannotBeFollowedIsNoMissingFile() throws {
    let folder = NSTemporaryDirectory() + "/rlgym-test-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileStore.makeDirectory(folder)
    symlink("circle", folder + "/circle")
    try FileStore.requireAccess(folder + "/missing/config.yaml")
    #expect(
      throws: FileError.unreadable(
        folder + "/circle", reason: "Too many levels of symbolic links")
    ) { try FileStore.requireAccess(folder + "/circle") }
  }
}
