/// What can go wrong with a run, a study or a search, besides files (`FileError`) and names
/// (`RegistryError`, `AgentRegistryError`, `SettingsError`).
public enum ExperimentError: Error, Equatable, CustomStringConvertible {
  /// What was asked for makes no sense; nothing was begun.
  case invalid(String)
  /// Something failed on the way.
  case failed(String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .invalid(let words), .failed(let words): words
    }
  }
}
