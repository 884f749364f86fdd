internal import Foundation

extension FileManager {
  /// The bytes of a file, or of the files in a folder; 0 where there is none.
  func byteCount(of path: String) -> Int {
    let names = (try? contentsOfDirectory(atPath: path)).map { $0.map { "\(path)/\($0)" } }
    return (names ?? [path]).reduce(0) { total, name in
      total + ((try? attributesOfItem(atPath: name)[.size] as? Int) ?? 0)
    }
  }
}
