internal import RLGym

/// What all commands of a process share, as ArgumentParser makes commands and completions by itself.
enum Context {
  private static let known = Locked<Catalog?>(nil)
  /// When the process started.
  static let startTime = ContinuousClock.now

  static func start(_ catalog: Catalog) {
    _ = startTime
    known.withLock { $0 = catalog }
  }

  /// The environments and agents that the process knows.
  static var catalog: Catalog { known.withLock { $0 } ?? .builtIn }

  /// Finds an environment by its name, made with some arguments; warns if there is a newer version, and of arguments
  /// without effect.
  static func environment(_ name: String, _ options: EnvironmentOptions) throws
    -> EnvironmentRegistry.Entry
  {
    let (entry, warning) = try catalog.environments.resolve(name, options.arguments)
    if let warning { Output.warn(warning) }
    entry.warnings.forEach(Output.warn)
    return entry
  }
}
