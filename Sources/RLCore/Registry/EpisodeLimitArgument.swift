public import RLSupport

/// The argument that every registered environment takes: another time limit than the registered one, as
/// `gymnasium.make` takes it.
@usableFromInline struct EpisodeLimitArgument {
  /// Gymnasium's name.
  @usableFromInline static let name = "max_episode_steps"

  private var steps: Int
  /// The arguments that are the environment's own.
  @usableFromInline private(set) var others: [String: JSONValue]
  /// The argument as it was given, if it was.
  @usableFromInline private(set) var given: [String: JSONValue]

  private static let table = SettingsTable<EpisodeLimitArgument> {
    Setting(
      \.steps, name, "steps after which episodes are truncated",
      in: Limits("1 or more, or -1 for no limit") { $0 == -1 || $0 >= 1 })
  }

  /// Takes the argument out of those of an environment.
  ///
  /// - Parameters:
  ///   - standard: The registered time limit.
  ///   - arguments: All arguments by name.
  ///   - own: The names of the environment's own; one of the same name stays with it.
  /// - Throws: For a value of the wrong type or out of its limits.
  @usableFromInline init(
    _ standard: Int?, _ arguments: [String: JSONValue], own: [String]
  ) throws(SettingsError) {
    steps = standard ?? -1
    let isOwn = own.contains(Self.name)
    given = arguments.filter { $0.key == Self.name && !isOwn }
    others = arguments.filter { $0.key != Self.name || isOwn }
    self = try Self.table.overlaid(self, by: given)
    if !given.isEmpty { try Self.table.check(self) }
  }

  /// The time limit; `nil` for none.
  @usableFromInline var maxSteps: Int? { steps == -1 ? nil : steps }
}
