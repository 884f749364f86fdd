internal import CMuJoCo
internal import Foundation

/// The MuJoCo library, opened when a task first needs it, and the folder with Gymnasium's models beside it.
struct MuJoCoLibrary: Sendable {
  /// The only version that is taken: the bits of simulations differ between versions.
  static let version = "3.17.0"

  /// Where the library and the folder `models` are.
  let folder: String
  // Pointers to code, filled once and read only from then on.
  let functions: rlgym_mujoco_functions

  private static let loaded = Result<MuJoCoLibrary, MuJoCoError> { () throws(MuJoCoError) in
    try MuJoCoLibrary(folder: standardFolder)
  }

  /// The library; opened by the first call.
  ///
  /// - Throws: `MuJoCoError` if it is not set up, damaged or of another version.
  static func shared() throws(MuJoCoError) -> MuJoCoLibrary { try loaded.get() }

  /// What `Scripts/setup mujoco` makes: `RLGYM_MUJOCO`, or a folder of the user's cache.
  static var standardFolder: String {
    let variables = ProcessInfo.processInfo.environment
    func value(_ name: String) -> String? {
      variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let folder = value("RLGYM_MUJOCO") { return folder }
    let cache = value("XDG_CACHE_HOME") ?? (value("HOME") ?? "") + "/.cache"
    return cache + "/rlgym/mujoco-" + version
  }

  /// Opens the library in a folder.
  init(folder: String) throws(MuJoCoError) {
    let file = folder + "/libmujoco.so." + Self.version
    guard let size = FileManager.default.contents(atPath: file, upTo: 64) else {
      throw .missing(file: file)
    }
    if let problem = Self.problem(header: size.header, fileSize: size.size) {
      throw .badLibrary(file: file, problem)
    }
    // Every field is set by the loader, or the table is thrown away.
    let table = UnsafeMutablePointer<rlgym_mujoco_functions>.allocate(capacity: 1)
    defer { table.deallocate() }
    var isMessage = false
    if let problem = rlgym_mujoco_open(file, table, &isMessage) {
      let word = String(cString: problem)
      throw .badLibrary(file: file, isMessage ? word : "it has no function \(word)")
    }
    let found = Int(table.pointee.mj_version())
    guard found == Int(RLGYM_MUJOCO_VERSION) else {
      // 3.17.0 is 3017000; before 3.10, 3.3.0 was 330.
      let words =
        found > 9999
        ? "\(found / 1_000_000).\(found / 1000 % 1000).\(found % 1000)"
        : "\(found / 100).\(found / 10 % 10).\(found % 10)"
      throw .badLibrary(file: file, "it is version \(words)")
    }
    (self.folder, functions) = (folder, table.pointee)
  }

  /// Why a file is no whole library, which the system's loader may find out too late, by a fault; `nil` for none.
  private static func problem(header: [UInt8], fileSize: Int) -> String? {
    guard header.count == 64, header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else {
      return "it is no library of this system"
    }
    func number(_ offset: Int, _ count: Int) -> Int {
      header[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    // The table of sections lies at the end.
    let end = number(40, 7) + number(58, 2) * number(60, 2)
    return end > fileSize ? "it is cut short, with \(fileSize) of \(end) bytes" : nil
  }
}

extension FileManager {
  /// The first bytes of a file and its size; `nil` if it cannot be read.
  fileprivate func contents(atPath path: String, upTo count: Int) -> (header: [UInt8], size: Int)? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    guard let header = try? file.read(upToCount: count), let size = try? file.seekToEnd() else {
      return ([], 0)
    }
    return (Array(header), Int(size))
  }
}
