public import RLCore

extension Taxi: Playable {
  /// The arrows drive.
  public var keyMap: KeyMap {
    KeyMap([
      .init(.down, action: [0], "south"), .init(.up, action: [1], "north"),
      .init(.right, action: [2], "east"), .init(.left, action: [3], "west"),
      .init(.character("p"), action: [4], "pick up"),
      .init(.character("d"), action: [5], "drop off"),
    ])
  }
}

extension Blackjack: Playable {
  /// Hit or stick.
  public var keyMap: KeyMap {
    KeyMap([
      .init(.character("h"), .up, action: [1], "hit"),
      .init(.character("s"), .down, action: [0], "stick"),
    ])
  }
}
