internal import Foundation
internal import RLSupport

extension FileManager {
  /// Makes a directory that `--output` names, or one inside it, if it is missing.
  func makeOutput(_ path: String) throws {
    guard !path.isEmpty else {
      throw ExperimentError.invalid("The output has no name; say where it is to lie.")
    }
    do throws(FileError) { try FileStore.makeDirectory(path) } catch {
      guard case .unwritable(let place, let reason) = error else { throw error }
      throw FileError.unwritable(place, reason: reason + "; choose another --output")
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
