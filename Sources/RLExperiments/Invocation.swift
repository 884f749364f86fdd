internal import Foundation

/// How this process was started.
public enum Invocation {
  /// The environment variable that holds what to type to start this program again.
  static let launcherKey = "RLGYM_LAUNCHER"
  /// The environment variable that holds the number of the process whose study or search started this one.
  public static let parentKey = "RLGYM_PARENT"

  /// What to type to start this program again: the launcher that started it, or the program itself.
  public static var program: String {
    ProcessInfo.processInfo.environment[launcherKey] ?? CommandLine.arguments.first ?? "rlgym"
  }

  /// The command as it was typed.
  public static var command: String {
    ([program] + CommandLine.arguments.dropFirst().map(quoted)).joined(separator: " ")
  }

  /// A word as a shell takes it.
  public static func quoted(_ word: String) -> String {
    let plain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,@%+".contains($0) }
    return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
