import Foundation
import RLSupport

/// A folder of this process for readers that take paths.
enum Place {
  static let folder: String = {
    let memory = "/dev/shm"
    let isThere = FileManager.default.isWritableFile(atPath: memory)
    let base = isThere ? memory : FileManager.default.temporaryDirectory.path
    let folder = "\(base)/rlgym-fuzzing-\(ProcessInfo.processInfo.processIdentifier)"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: Place.folder) }
    return folder
  }()

  /// Writes a file without waiting for the disk.
  ///
  /// - Returns: Its path.
  static func put(_ bytes: [UInt8], at name: String) throws -> String {
    let path = folder + "/" + name
    let parent = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}
