internal import RLAgents
internal import RLSupport

extension SearchSpace {
  /// The space of an agent's hyperparameters that searches vary, as its table has them.
  ///
  /// Ranges are widened to hold the starting point.
  ///
  /// - Parameters:
  ///   - settings: The starting point.
  ///   - steps: The budget; what would use it up before anything is learned is left out.
  init<Settings: AgentSettings>(from settings: Settings, steps: Int) {
    let start = Dictionary(settings.values, uniquingKeysWith: { $1 })
    self.init(
      Settings.table.settings.compactMap { setting in
        guard let search = setting.search else { return nil }
        let range = search.range(from: settings, budget: steps)
        return Dimension(
          setting.name, start[setting.name].map { range.widened(toHold: $0) } ?? range,
          others: search.followers.compactMap { Settings.table[$0]?.name })
      }, start: start)
  }
}
