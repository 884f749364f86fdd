internal import ArgumentParser
internal import RLGym

/// `--env-set key=value`: arguments of an environment.
struct EnvironmentOptions: ParsableArguments {
  @Option(help: "An argument of the environment as key=value; may be repeated.")
  var envSet: [String] = []

  /// The arguments by name.
  var arguments: [String: JSONValue] {
    get throws { try ConfigurationFile.assignments(envSet, of: "--env-set") }
  }

  /// Throws if there are arguments, as no environment was named.
  func requireNone() throws {
    guard envSet.isEmpty else {
      throw ExperimentError.invalid("Say which environment --env-set is for.")
    }
  }
}
