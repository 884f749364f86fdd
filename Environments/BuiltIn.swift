public import RLCore

extension EnvironmentRegistry {
  /// Every environment that rlgym brings.
  public static let builtIn: EnvironmentRegistry = {
    var registry = EnvironmentRegistry()
    do {
      try registry.registerClassicControl()
      try registry.registerGridWorlds()
      try registry.registerToyText()
    } catch {
      preconditionFailure("The built-in environments cannot be registered: \(error)")
    }
    return registry
  }()
}
