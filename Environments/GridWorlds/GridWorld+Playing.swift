public import RLCore

extension GridWorld: Playable {
  /// The arrows walk.
  public var keyMap: KeyMap {
    KeyMap(
      configuration.actions.enumerated().map { i, direction in
        let key: Key =
          switch direction {
          case .left: .left
          case .right: .right
          case .up: .up
          case .down: .down
          }
        return .init(key, action: [Float(i)], direction.rawValue)
      })
  }
}

extension CoordinateGridWorld: Playable {
  /// The arrows walk.
  public var keyMap: KeyMap { base.keyMap }
}
