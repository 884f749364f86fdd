#if Box2D
  public import RLCore

  extension LunarLander: Playable {
    /// The arrows fire engines; the lander falls without.
    public var keyMap: KeyMap {
      KeyMap(
        [
          .init(.left, action: [1], "left engine"), .init(.up, action: [2], "main engine"),
          .init(.right, action: [3], "right engine"),
        ], idle: .act([0]))
    }
  }

  extension LunarLanderContinuous: Playable {
    /// The arrows fire engines at full power, together if they are held together.
    public var keyMap: KeyMap {
      KeyMap(
        [
          .init(.left, action: [0, -1], "left engine"),
          .init(.up, action: [1, 0], "main engine"),
          .init(.right, action: [0, 1], "right engine"),
        ], idle: .act([0, 0]), addsUp: true)
    }
  }
#endif
