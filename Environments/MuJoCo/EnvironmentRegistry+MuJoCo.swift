public import RLCore
public import RLSupport

extension EnvironmentRegistry {
  /// Adds a task of MuJoCo, whose model is loaded when it is first asked for.
  ///
  /// - Parameters:
  ///   - id: Its name, with a version suffix (`Balance-v0`) or without.
  ///   - maxSteps: The time limit after which episodes are truncated.
  ///   - rewardThreshold: The mean return from which the task counts as solved.
  ///   - summary: One line on the task.
  ///   - documentation: The sheet.
  ///   - tags: Words to search by.
  ///   - arguments: What of the task can be set by name.
  ///   - make: Makes the task. What is made of it once is kept with its model, and environments are copies.
  /// - Throws: `RegistryError` if the name is taken or malformed or the limit below one step. Where MuJoCo is not set
  ///   up, or the model does not fit, asking for the task tells so.
  public mutating func registerMuJoCo<Task: MuJoCoTask>(
    _ id: String, maxSteps: Int? = nil, rewardThreshold: Double? = nil, summary: String = "",
    documentation: String = "", tags: [String] = ["mujoco"],
    arguments: SettingsTable<Task>? = nil, _ make: @escaping @Sendable () -> Task
  ) throws(RegistryError) {
    try addDeferred(
      id, maxSteps: maxSteps, summary: summary,
      needs: { MuJoCoModel.obstacle(to: make().modelFile)?.needs }
    ) { () throws(RegistryError) in
      let standard: MuJoCoEnvironment<Task>
      do throws(MuJoCoError) { standard = try MuJoCoEnvironment(make()) } catch {
        throw .missing(id, needs: error.needs)
      }
      do throws(SettingsError) {
        return try Self.entry(
          id, maxSteps, rewardThreshold, summary, documentation, tags, arguments, [:], nil, make,
          // It has no simulation, and keeps the model for all.
          prototype: standard,
          remarks: { environment in
            environment.model.loadWarning.map {
              ["MuJoCo warns of the model \(environment.model.path): \($0)"]
            } ?? []
          }
        ) { (task: Task) throws(SettingsError) in
          do throws(MuJoCoError) { return try MuJoCoEnvironment(task) } catch {
            throw Self.blame(for: error, task, make(), arguments)
          }
        }
      } catch { throw .argument(id, error) }
    }
  }

  /// The argument that is to blame for a task of which there can be no environment: without it there could be one.
  ///
  /// - Parameters:
  ///   - error: Why there can be none.
  ///   - task: The task.
  ///   - standard: The task without arguments, which can be.
  ///   - arguments: What can be set by name.
  private static func blame<Task: MuJoCoTask>(
    for error: MuJoCoError, _ task: Task, _ standard: Task, _ arguments: SettingsTable<Task>?
  ) -> SettingsError {
    let table = arguments ?? SettingsTable {}
    let usual = Dictionary(
      table.values(of: standard).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    let changed = table.values(of: task).filter { $0.value != usual[$0.name] }
    for (name, _) in changed {
      let others = Dictionary(
        changed.filter { $0.name != name }.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
      guard let without = try? table.overlaid(standard, by: others),
        (try? MuJoCoEnvironment(without)) != nil
      else { continue }
      return .invalid(name: name, "cannot be taken. \(error)")
    }
    let others = changed.dropFirst().map { " with '\($0.name)'" }.joined()
    return .invalid(
      name: changed.first?.name ?? "the task and the model", "cannot be taken\(others). \(error)")
  }
}
