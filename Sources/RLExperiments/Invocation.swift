internal import Foundation

/// The version of rlgym.
package let rlgymVersion = "0.1.0"

/// How this process was started.
package enum Invocation {
  /// The environment variable that holds what to type to start this program again.
  static let launcherKey = "RLGYM_LAUNCHER"
  /// The environment variable that holds the number of the process whose study or search started this one.
  package static let parentKey = "RLGYM_PARENT"

  /// What to type to start this program again: the launcher that started it, or the program itself.
  package static var program: String {
    ProcessInfo.processInfo.environment[launcherKey] ?? CommandLine.arguments.first ?? "rlgym"
  }

  /// The command as it was typed.
  package static var command: String {
    ([program] + CommandLine.arguments.dropFirst()).joined(separator: " ")
  }
}
