public import RLCore
public import RLSupport

/// What a training takes of memory, by the settings that decide it: the large parts, known before any is allocated.
public struct MemoryNeed: Sendable, Equatable {
  /// Bytes by the name of the setting that decides them.
  public private(set) var bytes: [String: Double] = [:]

  /// Nothing.
  public init() {}

  /// What the rows of so many environments take.
  public init(environments: Int, in spec: EnvironmentSpec) { addEnvironments(environments, spec) }

  /// The sum of all parts in bytes.
  public var total: Double { bytes.values.reduce(0, +) }

  /// Adds a part.
  ///
  /// - Parameters:
  ///   - setting: The name of the setting that decides it.
  ///   - bytes: Its size.
  public mutating func add(_ setting: String, _ bytes: Double) {
    self.bytes[setting, default: 0] += bytes
  }

  /// Adds the rows that environments and agents have for each sub-environment: observations, network inputs, rewards,
  /// flags, and the environment's own state, as far as the spaces tell.
  mutating func addEnvironments(_ count: Int, _ spec: EnvironmentSpec) {
    let numbers =
      3 * spec.observationSpace.rowWidth + 2 * spec.observationSpace.flatWidth
      + 2 * spec.actionSpace.rowWidth
    let flags = spec.masksActions ? 2 * spec.actionSpace.choiceWidth : 0
    add("environments", Double(count) * Double(4 * numbers + flags + 8 * spec.infos.count + 160))
  }

  /// Adds a rollout: of each transition two observations padded to 16 numbers, the action, what is learned from, and
  /// its place in an order.
  ///
  /// - Parameters:
  ///   - steps: Steps of each environment.
  ///   - environments: How many environments.
  ///   - spec: What they are.
  ///   - noise: Numbers drawn for each transition beside these.
  mutating func addRollout(
    steps: Int, environments: Int, _ spec: EnvironmentSpec, noise: Int = 0
  ) {
    let padded = (spec.observationSpace.flatWidth + 15) & ~15
    let masks = spec.masksActions ? spec.actionSpace.choiceWidth : 0
    let bytes =
      8 * padded + 4 * (spec.actionSpace.rowWidth + noise + masks) + 8 * spec.infos.count + 50
    let decisive = environments > steps ? "environments" : "rolloutSteps"
    add(decisive, Double(environments) * Double(steps) * Double(bytes))
  }

  /// Adds layers that are run forward for each row.
  ///
  /// - Parameters:
  ///   - rows: How many rows; their number is decided by `setting`.
  ///   - setting: The name of the setting that decides the rows.
  ///   - widths: The widths of all hidden layers, each of which is kept before and after its activation.
  ///   - inputs: The width of the input.
  mutating func addRows(_ rows: Int, _ setting: String, through widths: [Int], from inputs: Int) {
    add(setting, 4 * Double(rows) * (Double(inputs) + 2 * widths.reduce(0) { $0 + Double($1) }))
  }

  /// Adds a network's weights.
  ///
  /// - Parameters:
  ///   - setting: The name of the setting with its widths.
  ///   - inputs: The width of its input.
  ///   - widths: Its hidden layers.
  ///   - outputs: The width of its output.
  ///   - copies: How many numbers there are for each weight: the weight, its gradient, two moments of Adam, a transpose,
  ///     and that of a target network.
  mutating func addNetwork(
    _ setting: String, _ inputs: Int, _ widths: [Int], _ outputs: Int, copies: Double = 5
  ) {
    let layers = zip([inputs] + widths, widths + [outputs])
    add(setting, 4 * copies * layers.reduce(0) { $0 + (Double($1.0) + 1) * Double($1.1) })
  }

  /// Throws if there is not that much memory.
  ///
  /// - Parameters:
  ///   - settings: Whose need it is.
  ///   - spec: The environment.
  ///   - limit: The memory there is in bytes.
  func check(
    _ settings: some AgentSettings, in spec: EnvironmentSpec, limit: Double = MemoryLimit.bytes
  ) throws(SettingsError) {
    guard total > limit, let largest = bytes.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })
    else { return }
    let value = settings.values.first { $0.name == largest.key }?.value.word ?? "so much"
    let option = largest.key == "environments" ? " (--envs)" : ""
    throw .invalid(
      name: largest.key,
      "of \(value) is too much: the training would take \(Self.words(total)) of memory in \(spec.id), \(Self.words(largest.value)) of it by this setting\(option), and there are \(Self.words(limit)); lower it"
    )
  }

  static func words(_ bytes: Double) -> String { Format.bytes(Int(clamping: bytes)) }
}

extension AgentSettings {
  /// Throws if the training would take more memory than there is, before any of it is allocated.
  ///
  /// - Parameter spec: The environment.
  /// - Throws: `SettingsError` that says how much is needed, how much there is, and what to lower.
  public func requireMemory(in spec: EnvironmentSpec) throws(SettingsError) {
    try memoryNeed(in: spec).check(self, in: spec)
  }

  /// That of the environments' rows.
  public func memoryNeed(in spec: EnvironmentSpec) -> MemoryNeed {
    var need = MemoryNeed()
    need.addEnvironments(environments, spec)
    return need
  }
}
