internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLDatasets
internal import RLEnvironments
internal import RLRendering
internal import RLSupport
internal import RLTensor

/// What this machine and this build have, and whether they compute what they should: for reports of bugs.
///
/// ```swift
/// let diagnosis = Diagnosis()
/// for problem in diagnosis.problems { print(problem) }
/// ```
public struct Diagnosis: Codable, Sendable {
  /// A library or a program that some features need.
  public struct Part: Codable, Sendable {
    /// Its name.
    public var name: String
    /// What needs it.
    public var use: String
    /// Whether it is there.
    public var isFound: Bool
    /// What to do if it is not; `nil` where it is found.
    public var remedy: String?
  }

  /// A question that the machine has answered.
  public struct Check: Codable, Sendable {
    /// What was checked.
    public var name: String
    /// Whether it holds.
    public var holds: Bool
    /// What was found, or what is wrong.
    public var detail: String
  }

  /// The version of rlgym.
  public var rlgym = rlgymVersion
  /// The version of Swift that built the program, at least.
  public var swift = RunMetadata.swiftVersion
  /// `release` or `debug`.
  public var build = Diagnosis.buildName
  /// The package traits of this build.
  public var traits = RunMetadata.traits
  /// The operating system and its kernel.
  public var system: String
  /// The processor's name.
  public var cpu: String
  /// The instructions for vectors that it has, as the system names them.
  public var cpuFeatures: [String]
  /// The cores that this process may use.
  public var cores: Int
  /// Bytes of memory of the machine.
  public var memory: Int
  /// Bytes of memory that are free for programs; `nil` where the system does not say.
  public var freeMemory: Int?
  /// Bytes that are free on the disk of the working directory; `nil` where the system does not say.
  public var freeDisk: Int?
  /// Libraries and programs.
  public var parts: [Part]
  /// The checks and the self-test.
  public var checks: [Check]

  /// Looks at the machine, and computes for some seconds.
  ///
  /// - Parameter folder: Where files are written and removed again; the system's folder for such files if `nil`.
  public init(folder: String? = nil) {
    let machine = Machine()
    system = Self.systemName(machine.system)
    (cpu, cores) = (machine.cpu, machine.cores)
    cpuFeatures = Self.features()
    memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    freeMemory = Self.freeMemoryBytes()
    freeDisk = Self.freeBytes(of: ".")
    parts = Self.foundParts()
    checks = []
    checks = room() + SelfTest(folder: folder ?? NSTemporaryDirectory()).checks()
  }

  /// What is wrong; empty if all is well. Missing parts are not wrong: most work needs none of them.
  public var problems: [String] { checks.filter { !$0.holds }.map { "\($0.name): \($0.detail)" } }

  /// What to send with a report of a bug.
  public static let reportContents = [
    "what `rlgym doctor --json` prints",
    "the command as it was typed, and all that it printed on standard error",
    "of a run: config.yaml and metadata.json; if it cannot be read or resumed, its directory",
    "of an environment of your own: what `rlgym check` prints",
    "what you expected, and how often it happens with the same --seed",
  ]

  private func room() -> [Check] {
    func check(_ name: String, _ bytes: Int?, least: Int, remedy: String) -> Check {
      let words = bytes.map { "\(Format.bytes($0)) free" } ?? "not known"
      let holds = bytes.map { $0 >= least } ?? true
      return Check(name: name, holds: holds, detail: holds ? words : "\(words); \(remedy)")
    }
    return [
      check(
        "memory", freeMemory, least: 256 << 20,
        remedy: "a training needs 256 MB or more, a large replay buffer much more"),
      check(
        "disk", freeDisk, least: 64 << 20,
        remedy: "make room, or train elsewhere with --output"),
    ]
  }

  private static var buildName: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }

  private static func systemName(_ words: String) -> String {
    let kernel = text("/proc/sys/kernel/osrelease")?.trimmingCharacters(in: .whitespacesAndNewlines)
    return words + (kernel.map { ", kernel \($0)" } ?? "")
  }

  private static func text(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }

  private static func features() -> [String] {
    let lines = (text("/proc/cpuinfo") ?? "").split(separator: "\n")
    let line = lines.first { $0.hasPrefix("flags") || $0.hasPrefix("Features") } ?? ""
    let words = line.split(separator: ":").last?.split(separator: " ").map(String.init) ?? []
    let kinds = ["sse4_2", "avx", "fma", "f16c", "amx", "asimd", "sve"]
    return words.filter { word in kinds.contains { word.hasPrefix($0) } }
  }

  private static func freeMemoryBytes() -> Int? {
    let lines = (text("/proc/meminfo") ?? "").split(separator: "\n")
    let line = lines.first { $0.hasPrefix("MemAvailable:") }
    let available = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
      .map { $0 * 1024 }
    // A container may be allowed less.
    let group = "/sys/fs/cgroup/memory."
    let numbers = ["max", "current"].map { name in
      text(group + name).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    guard let limit = numbers[0], let used = numbers[1] else { return available }
    // What was read from files is given back when it is needed.
    let cache =
      (text(group + "stat") ?? "").split(separator: "\n")
      .first { $0.hasPrefix("inactive_file ") }?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    return min(available ?? .max, min(limit, max(0, limit - used) + cache))
  }

  private static func freeBytes(of path: String) -> Int? {
    var information = statvfs()
    guard statvfs(path, &information) == 0 else { return nil }
    let bytes = UInt64(information.f_bavail)
      .multipliedReportingOverflow(by: UInt64(information.f_frsize))
    return bytes.overflow ? .max : Int(clamping: bytes.partialValue)
  }

  private static func foundParts() -> [Part] {
    func part(_ name: String, _ use: String, _ package: String, isFound: Bool) -> Part {
      Part(
        name: name, use: use, isFound: isFound,
        remedy: isFound ? nil : "apt-get install \(package)")
    }
    let hasMuJoCo = MuJoCoModel.problem() == nil
    let variables = ProcessInfo.processInfo.environment
    let hasDisplay = variables["DISPLAY"] != nil || variables["WAYLAND_DISPLAY"] != nil
    return [
      Part(
        name: "OpenBLAS", use: "the speed of large layers in losses of one's own",
        isFound: hasOpenBLAS,
        remedy: hasOpenBLAS
          ? nil
          : MemoryLimit.addresses == nil
            ? "apt-get install libopenblas0" : "lift the limit of addresses: ulimit -v unlimited"),
      part(
        "SDL2 and SDL2_gfx", "recordings and windows", "libsdl2-2.0-0 libsdl2-gfx-1.0-0",
        isFound: (try? FrameRenderer()) != nil),
      part(
        "HDF5", "rollout logs", "hdf5-tools",
        isFound: (try? RolloutLogWriter.requireLibrary()) != nil),
      Part(
        name: "MuJoCo", use: "HalfCheetah, Ant and the other MuJoCo tasks", isFound: hasMuJoCo,
        remedy: hasMuJoCo ? nil : "./Scripts/setup mujoco"),
      part("ffmpeg", "recordings as .mp4", "ffmpeg", isFound: EncoderProcess.find("ffmpeg") != nil),
      Part(
        name: "a display", use: "windows of watch and play", isFound: hasDisplay,
        remedy: hasDisplay ? nil : "watch --text, or record to a file"),
    ]
  }
}
