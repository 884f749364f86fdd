internal import RLSupport
internal import Synchronization

/// What environments said in words of their last step, by the rows of a batch: shared by all slices of it, which
/// several threads may write.
final class EnvironmentWords: Sendable {
  typealias Entry = (row: Int, failure: String?, oddity: String?)

  private let entries = Locked<[Entry]>([])
  /// Looked at in each step, for nothing but the few that have something to say.
  private let isEmpty = Atomic<Bool>(true)

  /// Replaces what a row said.
  func set(failure: String?, oddity: String?, of row: Int) {
    let isSilent = failure == nil && oddity == nil
    if isSilent && isEmpty.load(ordering: .relaxed) { return }
    entries.withLock { entries in
      entries.removeAll { $0.row == row }
      if !isSilent { entries.append((row, failure, oddity)) }
      isEmpty.store(entries.isEmpty, ordering: .relaxed)
    }
  }

  /// Takes out what some rows said, the first row first.
  func take(_ rows: Range<Int>) -> [Entry] {
    if isEmpty.load(ordering: .relaxed) { return [] }
    return entries.withLock { entries in
      let taken = entries.filter { rows.contains($0.row) }.sorted { $0.row < $1.row }
      entries.removeAll { rows.contains($0.row) }
      isEmpty.store(entries.isEmpty, ordering: .relaxed)
      return taken
    }
  }
}
