internal import Foundation
internal import RLGym
internal import Synchronization

/// What all commands of a process share.
enum Context {
  private static let known = Mutex<EnvironmentRegistry?>(nil)
  /// When the process started.
  static let startTime = ContinuousClock.now

  static func start(_ registry: EnvironmentRegistry) {
    _ = startTime
    known.withLock { $0 = registry }
  }

  /// The environments that the process knows.
  static var registry: EnvironmentRegistry { known.withLock { $0 } ?? .builtIn }

  /// Finds an environment by its name; warns if there is a newer version.
  static func environment(_ name: String) throws -> EnvironmentRegistry.Entry {
    let (entry, warning) = try registry.resolve(name)
    if let warning { Output.warn(warning) }
    return entry
  }

  /// The variable that holds what to type to start this program again.
  static let launcherKey = "RLGYM_LAUNCHER"

  /// What to type to start this program again: the launcher that started it, or the program itself.
  static var program: String {
    ProcessInfo.processInfo.environment[launcherKey] ?? CommandLine.arguments.first ?? "rlgym"
  }

  /// The command as it was typed.
  static var command: String {
    ([program] + CommandLine.arguments.dropFirst()).joined(separator: " ")
  }

  /// Seconds since the process started.
  static var elapsed: Double { startTime.duration(to: .now).seconds }
}
