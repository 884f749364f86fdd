/// How far a study or a search is.
public struct StudyProgress: Sendable {
  /// A task with its runs, or another line.
  public struct Row: Sendable {
    /// The agent with its settings.
    public var name: String
    /// The environment; empty for a line about something else.
    public var environment: String
    /// How many are done.
    public var done: Int
    /// How many failed.
    public var failed: Int
    /// How many are being trained.
    public var running: Int
    /// Of how many.
    public var of: Int
    /// What else there is to say.
    public var remark: String?
  }

  /// A line a task.
  public var rows: [Row]
  /// Seconds since the first run was started.
  public var elapsed: Double
  /// Seconds left, or `nil` if nobody can know yet.
  public var left: Double?
  /// What rows count.
  public var unit = "runs"
}
