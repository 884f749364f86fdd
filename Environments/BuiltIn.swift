public import RLCore

extension EnvironmentRegistry {
  /// Every environment that rlgym brings.
  public static let builtIn: EnvironmentRegistry = {
    var registry = EnvironmentRegistry()
    do {
      try registry.registerClassicControl()
      try registry.registerGridWorlds()
      try registry.registerToyText()
      try registry.registerBox2D()
    } catch {
      preconditionFailure("The built-in environments cannot be registered: \(error)")
    }
    return registry
  }()
}
