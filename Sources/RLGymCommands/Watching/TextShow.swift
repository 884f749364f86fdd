internal import Foundation
internal import RLGym

/// Shows episodes as text: redrawn in place on a terminal, one picture after the other elsewhere.
struct TextShow {
  private var show: Show
  private let screen = TextScreen()

  init(_ show: Show) { self.show = show }

  /// Runs until the last episode is over or a signal comes.
  ///
  /// - Returns: The show as it ended.
  mutating func run() throws -> Show {
    while Interruption.signalNumber == nil {
      try draw()
      if screen.isTerminal {
        try Watching.sleep(show.delay)
      }
      if show.isOver { break }
      show.advance()
    }
    return show
  }

  /// A person plays: reads keys until the input ends or Esc is pressed.
  mutating func play(_ keyMap: KeyMap) throws -> Show {
    var keys = TextKeys()
    defer { keys.restore() }
    try draw(keyMap)
    while Interruption.signalNumber == nil, let key = keys.next() {
      if let binding = keyMap.bindings.first(where: { $0.keys.contains(key) }) {
        if show.row.isOver { show.nextEpisode() } else { show.take(binding.action) }
      } else {
        switch key {
        case .escape, .character("q"): return show
        case .character("r"): show.restart()
        case .character("e"), .tab, .enter: show.nextEpisode()
        default: continue
        }
      }
      try draw(keyMap)
      if show.isOver { break }
    }
    return show
  }

  private func draw(_ keyMap: KeyMap? = nil) throws {
    var lines = [show.figures, show.situation]
    if let keyMap { lines.append(keyMap.help + ", r: restart, e: next, esc: quit") }
    try screen.show(show.drawing(), lines: lines)
  }
}
