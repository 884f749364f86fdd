/// How far a study or a search is.
package struct StudyProgress {
  /// A task with its runs, or another line.
  package struct Row {
    package var name: String
    package var environment: String
    package var done: Int
    package var failed: Int
    package var running: Int
    package var of: Int
    /// What else there is to say.
    package var remark: String?
  }

  package var rows: [Row]
  /// Seconds since the first run was started.
  package var elapsed: Double
  /// Seconds left, or `nil` if nobody can know yet.
  package var left: Double?
  /// What rows count.
  package var unit = "runs"
}
