import Foundation
import RLSupport
import Synchronization
import Testing

@Suite struct FileStoreTests {
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
