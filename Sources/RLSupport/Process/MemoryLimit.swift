internal import Glibc

/// How much memory this process may take.
public enum MemoryLimit {
  /// Bytes: those of the machine, or fewer where a limit of the process (`ulimit -v`) or of its control group, as in a
  /// container, is lower.
  public static var bytes: Double {
    var least = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
    for path in [
      "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ] {
      if let limit = words(of: path).first.flatMap({ Double($0) }) { least = min(least, limit) }
    }
    return min(least, addresses?.left ?? .infinity)
  }

  /// Bytes of addresses that a limit of the process (`ulimit -v`) allows, and how many of them are left; `nil` without a
  /// limit.
  public static var addresses: (limit: Double, left: Double)? {
    var limits = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits) == 0,
      limits.rlim_cur < UInt(Int.max)
    else { return nil }
    // What is mapped already, most of it libraries, counts against it.
    let pages = words(of: "/proc/self/statm").first.flatMap { Double($0) } ?? 0
    let limit = Double(limits.rlim_cur)
    return (limit, max(0, limit - pages * Double(sysconf(Int32(_SC_PAGESIZE)))))
  }

  /// Whether a limit on addresses leaves room for a library that makes buffers and threads for every core when it is
  /// opened, as OpenBLAS does: without room it ends the process, or waits forever.
  public static var hasRoomForThreads: Bool { addresses?.limit ?? .infinity >= Double(2 << 30) }

  private static func words(of path: String) -> [Substring] {
    guard let text = try? FileStore.read(path) else { return [] }
    return String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
  }
}
