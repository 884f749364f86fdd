public import RLSupport

extension Agent {
  /// Changes hyperparameters in training, between two updates; schedules still run over the whole budget.
  ///
  /// A checkpoint does not hold the change: whoever resumes the run makes it again.
  ///
  /// ```swift
  /// try agent.train { report in
  ///   if report.stepsDone > 5_000 { try agent.change { $0.learningRate = 1e-4 } }
  ///   return .proceed
  /// }
  /// ```
  ///
  /// - Throws: `SettingsError` for values that make no sense, and for those that are fixed once the agent is made,
  ///   as the widths of networks are; then nothing changes.
  public func change(_ body: (inout Settings) throws -> Void) throws {
    var settings = configuration
    try body(&settings)
    try settings.validate()
    for (new, old) in zip(settings.values, configuration.values) where new.value != old.value {
      guard Settings.table[new.name]?.isVariable == true else {
        let variable = Settings.table.settings.filter(\.isVariable).map(\.name)
        throw SettingsError.invalid(
          name: new.name,
          "cannot be changed in training; these can: \(variable.joined(separator: ", "))")
      }
    }
    configuration = settings
  }

  /// Changes hyperparameters in training by their names, as `change` does.
  public func change(to values: [String: JSONValue]) throws {
    try change { $0 = try $0.overlaid(by: values) }
  }
}
