internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLSupport

/// Where and how a run was made.
struct RunMetadata: Encodable {
  var rlgym = rlgymVersion
  var swift = RunMetadata.swiftVersion
  var traits = RunMetadata.traits
  var command = Invocation.command
  /// The commit that the working directory was at, as the program in it may be the user's own.
  var commit = GitCommit.current
  var name: String?
  var tags: [String]?
  /// The run whose weights it began with.
  var weightsOf: String?
  var agent: String
  var environment: String
  var seed: UInt64
  var steps: Int
  var started = ISO8601DateFormatter().string(from: Date())
  var host: String
  var system: String
  var cores: Int
  var cpu: String

  init(_ plan: RunPlan, _ options: TrainingRun.Options) {
    (name, weightsOf) = (options.name, options.weightsOf)
    tags = options.tags.isEmpty ? nil : options.tags
    let machine = Machine()
    (host, system) = (machine.host, machine.system)
    (cores, cpu) = (machine.cores, machine.cpu)
    agent = plan.agent.name
    environment = plan.environment.id
    seed = plan.seed
    steps = plan.steps
  }

  /// The budget of a run as its `metadata.json` has it; `nil` if it has none.
  static func steps(of run: String) -> Int? {
    let bytes = (try? FileStore.read(run + "/" + file, limit: FileStore.textLimit)) ?? []
    guard case .object(let metadata) = JSONValue(text: bytes) else { return nil }
    return metadata["steps"]?.int
  }

  /// The file in a run's directory.
  static let file = "metadata.json"

  /// The compiler's language version at least; the exact version is not known to a program.
  static var swiftVersion: String {
    #if compiler(>=6.4)
      "6.4 or newer"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  /// The package traits of this build.
  static var traits: [String] {
    #if NativeCPU
      ["NativeCPU"]
    #else
      []
    #endif
  }
}
