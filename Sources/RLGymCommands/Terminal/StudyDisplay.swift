internal import RLGym

/// Shows how far a study is: a line a task, redrawn in place on a terminal, or a line now and then.
final class StudyDisplay {
  private let isEnabled: Bool
  private let isTerminal: Bool
  private var drawnLines = 0
  private var hasSeenSignal = false

  init(isEnabled: Bool) {
    self.isEnabled = isEnabled
    isTerminal = isEnabled && Output.isTerminal
  }

  /// Shows a study or a search until it is over or a signal comes.
  var observer: StudyObserver {
    StudyObserver(
      every: isEnabled ? isTerminal ? .milliseconds(500) : .seconds(10) : nil,
      isCancelled: { Interruption.signalNumber != nil }
    ) { event in
      switch event {
      case .progress(let progress): self.show(progress)
      case .warning(let words): self.note("warning: " + words)
      }
    }
  }

  /// Shows a state.
  func show(_ state: StudyProgress) {
    guard isTerminal else {
      Output.note(Self.summary(state))
      return
    }
    let lines = Self.lines(state, width: Output.width)
    // What a signal said stands below what was drawn before.
    if !hasSeenSignal, Interruption.signalNumber != nil { (hasSeenSignal, drawnLines) = (true, 0) }
    var text = drawnLines > 0 ? "\u{1b}[\(drawnLines)A" : ""
    for line in lines { text += "\r\u{1b}[2K\(line)\n" }
    Output.draw(text)
    drawnLines = lines.count
  }

  /// A line that stays.
  func note(_ text: String) {
    if isTerminal, drawnLines > 0 { Output.draw("\u{1b}[\(drawnLines)A\r\u{1b}[J") }
    drawnLines = 0
    Output.note(text)
  }

  static func summary(_ state: StudyProgress) -> String {
    let (done, of) = (state.rows.reduce(0) { $0 + $1.done }, state.rows.reduce(0) { $0 + $1.of })
    let failed = state.rows.reduce(0) { $0 + $1.failed }
    var words = ["\(done) of \(of) \(state.unit)"]
    if failed > 0 { words.append("\(failed) failed") }
    words.append("\(Format.duration(state.elapsed)) gone")
    if done + failed < of {
      words.append((state.left.map { Format.duration($0) } ?? "?") + " left")
    }
    return words.joined(separator: "  ")
  }

  static func lines(_ state: StudyProgress, width: Int) -> [String] {
    let names = state.rows.map { $0.environment.isEmpty ? $0.name : "\($0.name) \($0.environment)" }
    let column = names.map(\.count).max() ?? 0
    let room = max(10, min(40, width - column - 32))
    let rows = zip(names, state.rows).map { name, row in
      let share = Double(row.done + row.failed) / Double(max(1, row.of))
      let full = Int((share * Double(room)).rounded(.down))
      var line = Format.padded(name, column) + " "
      line += String(repeating: "█", count: full) + String(repeating: "░", count: room - full)
      line += " \(row.done)/\(row.of)"
      if row.running > 0 { line += "  \(row.running) running" }
      if row.failed > 0 { line += "  \(row.failed) failed" }
      if let remark = row.remark { line += "  \(remark)" }
      return String(line.prefix(max(1, width - 1)))
    }
    return rows + [String(summary(state).prefix(max(1, width - 1)))]
  }
}
