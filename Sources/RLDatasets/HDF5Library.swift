internal import CHDF5
internal import Synchronization

/// The HDF5 library, loaded when it is first needed.
///
/// Not every build of it may be used from several threads, so all calls go through one lock.
struct HDF5Library: @unchecked Sendable {
  // A table of functions and numbers that nobody changes after it was filled.
  let table: rlgym_hdf5_functions

  private static let loaded = Mutex<HDF5Library?>(nil)

  /// Calls the library, and nothing else does at the same time.
  static func use<R>(_ body: (rlgym_hdf5_functions) throws(RolloutLogError) -> R)
    throws(RolloutLogError) -> R
  {
    let result = loaded.withLock { library -> sending Result<Transferred<R>, RolloutLogError> in
      do throws(RolloutLogError) {
        var ready = library
        if ready == nil { ready = try load() }
        library = ready
        guard let ready else { throw .noLibrary(missing: "libhdf5") }
        return .success(Transferred(value: try body(ready.table)))
      } catch {
        return .failure(error)
      }
    }
    return try result.get().value
  }

  /// A result on its way out of the lock, which nobody else has.
  private struct Transferred<R>: @unchecked Sendable { let value: R }

  private static func load() throws(RolloutLogError) -> HDF5Library {
    // Every field is set by the loader, or the table is thrown away.
    let table = UnsafeMutablePointer<rlgym_hdf5_functions>.allocate(capacity: 1)
    defer { table.deallocate() }
    if let missing = rlgym_hdf5_load(table) {
      throw .noLibrary(missing: String(cString: missing))
    }
    return HDF5Library(table: table.pointee)
  }
}
