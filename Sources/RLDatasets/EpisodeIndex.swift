internal import RLCore
internal import CHDF5
internal import Synchronization

/// The file that names all episodes of a log and says in which shard each is: `main_data.hdf5`.
///
/// It is kept in memory and written out whole each time, so that what is on disk is always complete.
final class EpisodeIndex {
  private(set) var count = 0
  private var file: hid_t = -1
  private static let made = Atomic<Int>(0)

  /// An index of nothing.
  init() throws(RolloutLogError) {
    file = try HDF5Library.use { h throws(RolloutLogError) in
      let access = h.H5Pcreate(h.H5P_CLS_FILE_ACCESS_ID_id)
      defer { _ = h.H5Pclose(access) }
      // Nothing ever reaches the disk by itself; the name only has to differ from those of other indexes.
      let isSet =
        h.H5Pset_fapl_core(access, 1 << 20, false) >= 0
        && h.H5Pset_libver_bounds(access, Int32(H5F_LIBVER_EARLIEST), Int32(H5F_LIBVER_V110)) >= 0
      let file =
        isSet
        ? h.H5Fcreate(
          "index-\(Self.made.wrappingAdd(1, ordering: .relaxed).newValue)", 2, 0, access) : -1
      guard file >= 0 else { throw .library("main_data.hdf5", operation: "make") }
      return file
    }
  }

  deinit {
    try? HDF5Library.use { h throws(RolloutLogError) in _ = h.H5Fclose(file) }
  }

  /// Adds the next episodes.
  ///
  /// - Parameter shard: The name of the file that has them, in the same directory.
  func append(_ episodes: Int, in shard: String) throws(RolloutLogError) {
    let first = count
    try HDF5Library.use { h throws(RolloutLogError) in
      for number in first..<first + episodes {
        let name = "episode_\(number)"
        guard h.H5Lcreate_external(shard, "/" + name, file, name, 0, 0) >= 0 else {
          throw .library("main_data.hdf5", operation: "add an episode to")
        }
      }
    }
    count += episodes
  }

  /// The file as it should be on disk.
  func image() throws(RolloutLogError) -> [UInt8] {
    try HDF5Library.use { h throws(RolloutLogError) in
      guard h.H5Fflush(file, Int32(H5F_SCOPE_LOCAL)) >= 0 else {
        throw .library("main_data.hdf5", operation: "flush")
      }
      let size = h.H5Fget_file_image(file, nil, 0)
      guard size > 0 else { throw .library("main_data.hdf5", operation: "copy") }
      let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = max(0, h.H5Fget_file_image(file, buffer.baseAddress, size))
      }
      guard bytes.count == size else { throw .library("main_data.hdf5", operation: "copy") }
      return bytes
    }
  }
}
