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

  /// Ends the process with an error where a limit on its addresses leaves next to nothing of them, before the runtime ends
  /// it without a word; takes no memory itself.
  public static func requireStart() {
    var limits = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits) == 0,
      limits.rlim_cur < UInt(Int.max)
    else { return }
    let file = open("/proc/self/statm", O_RDONLY)
    var text = InlineArray<32, UInt8>(repeating: 0)
    var span = text.mutableSpan
    span.withUnsafeMutableBufferPointer { _ = read(file, $0.baseAddress, $0.count) }
    close(file)
    var pages: UInt = 0
    for i in text.indices {
      guard (48...57).contains(text[i]) else { break }
      pages = pages &* 10 &+ UInt(text[i] - 48)
    }
    guard pages &* UInt(sysconf(Int32(_SC_PAGESIZE))) &+ (4 << 20) > limits.rlim_cur else { return }
    let words: StaticString =
      "error: The start of the process leaves less than 4 MB of addresses (ulimit -v); raise the limit.\n"
    _ = write(2, words.utf8Start, words.utf8CodeUnitCount)
    _exit(1)
  }

  /// What `ulimit -v` has to be raised to, in kibibytes, for so many bytes more; `nil` where it leaves as many.
  public static func neededAddresses(for bytes: Double) -> Int? {
    guard let (limit, left) = addresses, left < bytes else { return nil }
    return Int((limit - left + bytes) / 1024) + 1
  }

  private static func words(of path: String) -> [Substring] {
    guard let text = try? FileStore.read(path) else { return [] }
    return String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
  }
}
