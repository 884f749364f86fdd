internal import ArgumentParser
internal import RLGym

/// `rlgym check ENV`
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check that an environment follows the rules.")

  @Argument(help: "The environment.", completion: .list(Context.catalog.environments.names))
  var environment: String
  @OptionGroup var made: EnvironmentOptions

  func run() throws {
    let entry = try Context.environment(environment, made)
    let check = entry.check()
    try Output.result("\(check)")
    if !check.passed { throw ExitCode(1) }
  }
}
