internal import Foundation
internal import RLSupport

extension FileManager {
  /// Makes a directory that `--output` names, or one inside it, if it is missing.
  func makeOutput(_ path: String) throws {
    guard !path.isEmpty else {
      throw ExperimentError.invalid("The output has no name; say where it is to lie.")
    }
    do {
      try createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let reason = cause.map { String(cString: strerror(Int32($0.code))) }
      throw FileError.unwritable(
        path, reason: "\(reason ?? "it is not possible here"); choose another --output")
    }
  }

  /// The directories in a directory, with numbers in their names in order.
  package func folders(in path: String) -> [String] {
    let names = (try? contentsOfDirectory(atPath: path)) ?? []
    return names.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
      .map { path + "/" + $0 }
      .filter { path in
        var isDirectory: ObjCBool = false
        return fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
      }
  }
}
