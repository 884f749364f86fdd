internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLSupport
internal import Yams

// The file `study.yaml`.
extension Study {
  private static let keys = [
    "agents", "environments", "environmentArguments", "steps", "seeds", "firstSeed", "points",
  ]
  private static let contenderKeys = ["name", "agent", "environments", "steps", "preset", "set"]

  /// Reads a study from a YAML file.
  ///
  /// - Parameters:
  ///   - text: The file.
  ///   - name: Its name, for messages.
  ///   - seeds: How many seeds, instead of what the file says.
  ///   - steps: The budget, instead of what the file says.
  ///   - catalog: The agents and environments there are.
  ///   - warn: Told of agents that are left out, and of settings without effect.
  public init(
    yaml text: String, name: String, seeds: Int? = nil, steps: Int? = nil,
    catalog: Catalog = .builtIn,
    warn: (String) -> Void = { _ in }
  ) throws {
    func fail(_ problem: String) -> ExperimentError {
      ExperimentError.invalid("'\(name)' \(problem)")
    }
    func check(_ mapping: Node.Mapping, _ known: [String]) throws {
      for key in mapping.keys {
        let word = key.string ?? ""
        guard known.contains(word) else {
          throw fail(ConfigurationFile.unknown(word, among: known))
        }
      }
    }
    func number(_ node: Node?, _ key: String) throws -> Int? {
      guard let node else { return nil }
      guard case .int(let value) = JSONValue(word: node.string ?? "") else {
        throw fail("must give a whole number as '\(key)'.")
      }
      return value
    }
    func words(_ node: Node?, _ key: String) throws -> [String]? {
      guard let node else { return nil }
      if let word = node.string { return [word] }
      guard let items = node.sequence?.map(\.string), !items.contains(nil) else {
        throw fail("must give a list of names as '\(key)'.")
      }
      return items.compactMap { $0 }
    }
    guard let root = try ConfigurationFile.compose(text, name: name)?.mapping else {
      throw fail("must consist of lines 'key: value'.")
    }
    try check(root, Self.keys)
    guard let agents = root["agents"]?.sequence else {
      throw fail("needs a list of 'agents', such as: agents: [ppo, dqn]")
    }
    var contenders: [Contender] = []
    for node in agents {
      if let word = node.string {
        contenders.append(Contender(word))
        continue
      }
      guard let mapping = node.mapping else {
        throw fail("has an agent that is neither a name nor a list of 'key: value'.")
      }
      try check(mapping, Self.contenderKeys)
      guard let agent = mapping["agent"]?.string ?? mapping["name"]?.string else {
        throw fail("has an entry that does not say which 'agent' it is.")
      }
      var contender = Contender(agent, name: mapping["name"]?.string)
      contender.environments = try words(mapping["environments"], "environments")
      contender.steps = try steps ?? number(mapping["steps"], "steps")
      if let preset = mapping["preset"] {
        guard case .bool(let value) = JSONValue(word: preset.string ?? "") else {
          throw fail("must give true or false as 'preset'.")
        }
        contender.usesPreset = value
      }
      if let set = mapping["set"] {
        guard let values = set.mapping else {
          throw fail("must give hyperparameters as 'set: {key: value}'.")
        }
        contender.settings = try ConfigurationFile.values(values, name: name)
      }
      contenders.append(contender)
    }
    let firstSeed = try number(root["firstSeed"], "firstSeed") ?? 0
    guard firstSeed >= 0 else { throw fail("must give a 'firstSeed' of 0 or more.") }
    var arguments: [String: [String: JSONValue]] = [:]
    if let node = root["environmentArguments"] {
      let shape = fail("must give 'environmentArguments' as 'environment: {key: value}'.")
      guard let mapping = node.mapping else { throw shape }
      for (key, values) in mapping {
        guard let environment = key.string, let values = values.mapping else { throw shape }
        arguments[environment] = try ConfigurationFile.values(values, name: name)
      }
    }
    do {
      try self.init(
        contenders, in: words(root["environments"], "environments") ?? [], arguments: arguments,
        steps: steps ?? number(root["steps"], "steps"),
        seeds: seeds ?? number(root["seeds"], "seeds") ?? 10, firstSeed: UInt64(firstSeed),
        points: number(root["points"], "points") ?? 50, catalog: catalog, warn: warn)
    } catch let error
      where error is SettingsError || error is RegistryError || error is AgentRegistryError
    {
      throw ExperimentError.invalid("'\(name)': \(error)")
    }
  }

  /// The study as a file that can be read back.
  public var yaml: String {
    var file = YAMLMapping()
    file.add("seeds", .int(seeds))
    file.add("firstSeed", firstSeed)
    file.add("points", .int(points))
    if !environmentArguments.isEmpty {
      var arguments = YAMLMapping()
      for (environment, values) in environmentArguments.sorted(by: { $0.key < $1.key }) {
        arguments.add(JSONValue.string(environment).yaml, YAMLMapping(values))
      }
      file.add("environmentArguments", arguments)
    }
    let items = tasks.map { task in
      var item = YAMLMapping()
      item.add("name", .string(task.name))
      item.add("agent", .string(task.agent))
      item.add("environments", [.string(task.environment)])
      item.add("steps", .int(task.steps))
      item.add("preset", .bool(task.usesPreset))
      if !task.settings.isEmpty { item.add("set", YAMLMapping(task.settings)) }
      return item
    }
    file.add("agents", list: items)
    return file.text
  }
}
