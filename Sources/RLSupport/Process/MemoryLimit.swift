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
    var limits = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits) == 0,
      limits.rlim_cur < UInt(Int.max)
    {
      // Addresses that are mapped already, most of them libraries, count against it.
      let pages = words(of: "/proc/self/statm").first.flatMap { Double($0) } ?? 0
      let taken = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
      least = min(least, max(0, Double(limits.rlim_cur) - taken))
    }
    return least
  }

  private static func words(of path: String) -> [Substring] {
    guard let text = try? FileStore.read(path) else { return [] }
    return String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
  }
}
