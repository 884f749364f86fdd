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
  ///   - make: Makes the task.
  /// - Throws: `RegistryError` if the name is taken or malformed. Where MuJoCo is not set up, or the model does not
  ///   fit, asking for the task tells so.
  public mutating func registerMuJoCo<Task: MuJoCoTask>(
    _ id: String, maxSteps: Int? = nil, rewardThreshold: Double? = nil, summary: String = "",
    documentation: String = "", tags: [String] = ["mujoco"],
    arguments: SettingsTable<Task>? = nil, _ make: @escaping @Sendable () -> Task
  ) throws(RegistryError) {
    try addDeferred(id, summary: summary) { () throws(RegistryError) in
      do throws(MuJoCoError) {
        // What is wrong without arguments is no argument's fault.
        _ = try MuJoCoEnvironment(make())
      } catch {
        throw .missing(id, needs: error.needs)
      }
      do throws(SettingsError) {
        return try Self.entry(
          id, maxSteps, rewardThreshold, summary, documentation, tags, arguments, [:],
          // Copies of one that has no simulation yet.
          { made, spec, count in BatchedEnvironments(spec, count: count) { made } }, make
        ) { (task: Task) throws(SettingsError) in
          do throws(MuJoCoError) { return try MuJoCoEnvironment(task) } catch {
            throw .invalid(name: "xml_file", "cannot be taken. \(error)")
          }
        }
      } catch { throw .argument(id, error) }
    }
  }
}
