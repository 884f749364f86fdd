internal import Foundation
internal import RLSupport

extension FileManager {
  /// Makes a directory that `--output` names, or one inside it, if it is missing.
  func makeOutput(_ path: String) throws {
    do {
      try createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let reason = cause.map { String(cString: strerror(Int32($0.code))) }
      throw FileError.unwritable(
        path, reason: "\(reason ?? "it is not possible here"); choose another --output")
    }
  }
}
