internal import CHDF5
internal import RLSupport

/// The HDF5 library, loaded when it is first needed.
///
/// Not every build of it may be used from several threads, so all calls go through one lock.
struct HDF5Library: Sendable {
  // Pointers to code and numbers, filled once and read only from then on.
  private let table: rlgym_hdf5_functions

  private static let loaded = Result<HDF5Library, RolloutLogError> { () throws(RolloutLogError) in
    try HDF5Library()
  }
  private static let lock = Locked<Void>(())

  /// Calls the library, and nothing else does at the same time.
  static func use<R>(_ body: (rlgym_hdf5_functions) throws(RolloutLogError) -> R)
    throws(RolloutLogError) -> R
  {
    let table = try loaded.get().table
    var result = Result<R, RolloutLogError>.failure(.noLibrary(missing: "libhdf5"))
    lock.withLock { _ in
      do throws(RolloutLogError) { result = .success(try body(table)) } catch {
        result = .failure(error)
      }
    }
    return try result.get()
  }

  private init() throws(RolloutLogError) {
    // Every field is set by the loader, or the table is thrown away.
    let table = UnsafeMutablePointer<rlgym_hdf5_functions>.allocate(capacity: 1)
    defer { table.deallocate() }
    if let missing = rlgym_hdf5_load(table) {
      throw .noLibrary(missing: String(cString: missing))
    }
    self.table = table.pointee
  }
}
