/// A key of a keyboard.
public enum Key: Hashable, Sendable, CustomStringConvertible {
  /// An arrow key.
  case left
  /// An arrow key.
  case right
  /// An arrow key.
  case up
  /// An arrow key.
  case down
  /// The space bar.
  case space
  /// Return or Enter.
  case enter
  /// Escape.
  case escape
  /// The tabulator.
  case tab
  /// A key by its character, in lower case.
  case character(Character)

  /// What people call it.
  public var description: String {
    switch self {
    case .left: "left"
    case .right: "right"
    case .up: "up"
    case .down: "down"
    case .space: "space"
    case .enter: "enter"
    case .escape: "esc"
    case .tab: "tab"
    case .character(let character): String(character)
    }
  }
}
