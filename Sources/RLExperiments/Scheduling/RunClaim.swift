internal import Foundation
internal import RLSupport

/// The right to begin, go on with or remove a run: a lock on a file beside its directory.
///
/// Its holders are the process that starts the run and the run itself, which gets the file as its standard
/// input: a run whose starter was killed is left alone until it has saved its state, however early in its
/// life that was. The right ends with the last of the two.
final class RunClaim {
  private let path: String
  /// What a process has to have open to share the right; it reads as empty.
  let file: Int32

  /// Takes a file's lock, or `nil` if another process has it.
  private init?(lock path: String) throws {
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw FileError.unwritable(path) }
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        close(file)
        return nil
      }
      // The last holder may have removed the file between the two.
      var (own, present) = (stat(), stat())
      if fstat(file, &own) == 0, stat(path, &present) == 0, own.st_ino == present.st_ino {
        (self.path, self.file) = (path, file)
        return
      }
      close(file)
    }
  }

  deinit {
    unlink(path)
    close(file)
  }

  /// Takes the right to a run, or `nil` if another process has it or trains in its directory.
  ///
  /// - Parameter run: The run's directory, which need not be there.
  static func take(_ run: String) throws -> RunClaim? {
    let parent = run[..<(run.lastIndex(of: "/") ?? run.endIndex)]
    try FileManager.default.makeOutput(String(parent))
    guard let claim = try RunClaim(lock: run + ".lock"), !RunDirectory.isLocked(run) else {
      return nil
    }
    return claim
  }

  /// Takes the right to a whole directory of runs, or `nil` if another process has it.
  static func takeDirectory(_ directory: String) throws -> RunClaim? {
    try RunClaim(lock: directory + "/lock")
  }
}
