#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// A file that is being written aside.
package struct FileUnderWay {
  let file: Int32
  let path: String

  /// Adds bytes at the end.
  package mutating func append(_ bytes: [UInt8]) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
      try append(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Adds bytes at the end.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try write(bytes) { Glibc.write(file, $0, $1) }
  }

  /// Overwrites bytes at a place.
  package mutating func overwrite(_ bytes: [UInt8], at offset: Int) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
      var place = offset
      try write(UnsafeRawBufferPointer(bytes)) {
        let written = pwrite(file, $0, $1, off_t(place))
        place += max(0, written)
        return written
      }
    }
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, _ some: (UnsafeRawPointer, Int) -> Int
  ) throws(FileError) {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      let written = some(base + done, bytes.count - done)
      if written < 0 && errno == EINTR { continue }
      if written <= 0 { throw FileStore.failure(path) }
      done += written
    }
  }
}
