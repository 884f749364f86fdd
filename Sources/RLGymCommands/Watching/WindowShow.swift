internal import Foundation
internal import RLGym

/// Shows episodes in a window and obeys its keys.
struct WindowShow {
  private var show: Show
  private let window: Window
  /// The keys of a person who plays; `nil` for watching.
  private let keyMap: KeyMap?
  private var isOpen = true
  private var needsDrawing = true
  private var next = ContinuousClock.now

  /// - Throws: `RenderingError` if there is no window to be had.
  init(_ show: Show, title: String, keyMap: KeyMap? = nil) throws {
    self.show = show
    self.keyMap = keyMap
    window = try Window(title: title, for: show.drawing(), lines: keyMap == nil ? 3 : 4)
    // A person wants to look before time runs.
    self.show.isPaused = keyMap.map { $0.idle != .wait } ?? false
  }

  /// Runs until the window is closed, the last episode is over or a signal comes.
  ///
  /// - Returns: The show as it ended.
  mutating func run() throws -> Show {
    next = .now + .seconds(show.delay)
    while isOpen && Interruption.signalNumber == nil {
      if needsDrawing {
        try window.show(show.drawing(), lines: lines)
        needsDrawing = false
      }
      let left = ContinuousClock.now.duration(to: next) / .seconds(1)
      for event in window.events(timeout: isTimeRunning ? min(0.1, max(0, left)) : 0.1) {
        handle(event)
      }
      guard isTimeRunning, ContinuousClock.now >= next else { continue }
      if show.isOver { break }
      run(until: .now)
    }
    return show
  }

  /// Whether steps are taken without a key.
  private var isTimeRunning: Bool {
    !show.isPaused && (keyMap?.idle != .wait || show.row.isOver)
  }

  /// Takes the steps that are due; a program that was held up does not make up for more than a moment.
  private mutating func run(until now: ContinuousClock.Instant) {
    if next.duration(to: now) > .milliseconds(250) { next = now }
    let deadline = now + .milliseconds(30)
    while next <= now && !show.isOver && ContinuousClock.now < deadline {
      step()
      next += .seconds(show.delay)
    }
    needsDrawing = true
  }

  /// The next step: the player's, or what the keys held say.
  private mutating func step() {
    guard let keyMap, !show.row.isOver else { return show.advance() }
    if let action = keyMap.action(held: window.held, last: show.lastAction) { show.take(action) }
  }

  private var lines: [String] {
    let isStart = show.isPaused && keyMap != nil && show.row.length == 0
    var lines = [show.figures, isStart ? "press a key to start" : show.situation]
    if let keyMap { lines.append(keyMap.help) }
    let time =
      keyMap == nil ? "space: pause, n: step, " : keyMap?.idle == .wait ? "" : "space: pause, "
    lines.append(time + "+/-: speed, r: restart, e: next, esc: quit")
    return lines
  }

  private mutating func handle(_ event: WindowEvent) {
    needsDrawing = true
    switch event {
    case .closed: isOpen = false
    case .changed, .released: break
    case .pressed(.escape, _): isOpen = false
    case .pressed(let key, let isRepeat):
      if let keyMap, let binding = keyMap.bindings.first(where: { $0.keys.contains(key) }) {
        if keyMap.idle == .wait {
          if show.row.isOver { show.nextEpisode() } else { show.take(binding.action) }
          next = .now + .seconds(show.delay)
        } else if show.isPaused {
          resume()
        }
      } else {
        command(key, isRepeat: isRepeat)
      }
    }
  }

  /// The keys that mean the same in every environment.
  private mutating func command(_ key: Key, isRepeat: Bool) {
    switch key {
    case .space where !isRepeat && keyMap?.idle != .wait:
      if show.isPaused { resume() } else { show.isPaused = true }
    case .character("n"), .character("."), .right:
      guard keyMap == nil, !show.isOver else { return }
      show.isPaused = true
      show.advance()
    case .character("+"): show.changeSpeed(by: 2)
    case .character("-"): show.changeSpeed(by: 0.5)
    case .character("r"):
      show.restart()
      next = .now + .seconds(show.delay)
    case .character("e"), .tab, .enter:
      show.nextEpisode()
      next = .now + .seconds(show.delay)
    case .character("q"): isOpen = false
    default: break
    }
  }

  private mutating func resume() {
    show.isPaused = false
    next = .now + .seconds(show.delay)
  }
}
