internal import Glibc
internal import RLCore
internal import RLSupport

/// What reading a log may take: near what its files can hold, so that one that was made to harm is refused
/// within seconds, and before it fills the memory.
struct ReadingLimits {
  /// The bytes of the files with episodes.
  let size: Int

  /// The limits for a directory of HDF5 files.
  init(_ root: String) {
    size = FileStore.names(in: root).reduce(0) { total, name in
      var status = stat()
      guard name.hasSuffix(".hdf5"), lstat("\(root)/\(name)", &status) == 0 else { return total }
      return total + min(1 << 50, Self.content(of: status))
    }
  }

  /// What a file can hold: holes take no place on the disk, and file systems may compress. Some count blocks late,
  /// or never.
  static func content(of status: stat) -> Int {
    let blocks = Int(status.st_blocks)
    return blocks <= 1 || blocks > 1 << 40
      ? Int(status.st_size) : min(Int(status.st_size), 1 << 16 + blocks << 13)
  }

  /// The most bytes that data of so many bytes in a file can become: Deflate makes 1,032 of one at most.
  static func unpacked(_ stored: Int) -> Int { min(stored, 1 << 40) * 1040 + 1 << 20 }

  /// The most seconds in which the next episode comes.
  var seconds: Int { 8 + size / 1_000_000 }

  /// The seconds of computing that all episodes may take; packed pictures become a hundred times as large.
  var computing: Int { 30 + size / 200_000 }

  /// The most bytes of memory that the process may map, the program included.
  var memory: Int { 1 << 30 + min(5 << 30, 256 * min(size, 1 << 40)) }

  /// Limits this process for good.
  func apply() {
    func limit(_ resource: __rlimit_resource, _ value: Int, most: Int? = nil) {
      var limits = rlimit(rlim_cur: UInt(value), rlim_max: UInt(most ?? value))
      setrlimit(__rlimit_resource_t(resource.rawValue), &limits)
    }
    limit(RLIMIT_CORE, 0)
    limit(RLIMIT_FSIZE, 0)
    limit(RLIMIT_NOFILE, 32)
    // At the hard limit there would be no signal that tells what it was.
    limit(RLIMIT_CPU, computing, most: computing + 2)
    // Sanitizers map terabytes for themselves.
    let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
    if !isSanitized { limit(RLIMIT_AS, memory) }
  }
}
