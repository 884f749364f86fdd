/// Settings that were tuned for an environment, and the budget they were tuned for.
public struct Preset<Settings: AgentSettings>: Sendable, Equatable {
  /// The budget in environment steps.
  public var steps: Int
  /// All settings.
  public var settings: Settings

  /// A preset.
  ///
  /// - Parameters:
  ///   - steps: The budget in environment steps.
  ///   - change: Sets what differs from the defaults.
  public init(steps: Int, _ change: (inout Settings) -> Void = { _ in }) {
    self.steps = steps
    settings = Settings()
    change(&settings)
  }
}
