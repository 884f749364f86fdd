internal import Foundation
internal import RLSupport

extension FileManager {
  /// Makes a directory that `--output` names, or one inside it, if it is missing.
  package func makeOutput(_ path: String) throws {
    do {
      try createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let reason = cause.map { String(cString: strerror(Int32($0.code))) }
      throw FileError.unwritable(
        path, reason: "\(reason ?? "it is not possible here"); choose another --output")
    }
  }

  /// The bytes of a file, or of the files in a folder; 0 where there is none.
  package func byteCount(of path: String) -> Int {
    let names = (try? contentsOfDirectory(atPath: path)).map { $0.map { "\(path)/\($0)" } }
    return (names ?? [path]).reduce(0) { total, name in
      total + ((try? attributesOfItem(atPath: name)[.size] as? Int) ?? 0)
    }
  }
}
