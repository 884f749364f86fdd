public import RLCore

extension CartPole: Playable {
  /// The arrows push; without a key the last push goes on.
  public var keyMap: KeyMap {
    KeyMap(
      [
        .init(.left, action: [0], "push left"), .init(.right, action: [1], "push right"),
      ], idle: .repeatLast)
  }
}

extension MountainCar: Playable {
  /// The arrows drive; without a key the car rolls.
  public var keyMap: KeyMap {
    KeyMap(
      [
        .init(.left, action: [0], "drive left"), .init(.right, action: [2], "drive right"),
      ], idle: .act([1]))
  }
}

extension MountainCarContinuous: Playable {
  /// The arrows are full throttle, `a` and `d` half of it.
  public var keyMap: KeyMap {
    KeyMap(
      [
        .init(.left, action: [-1], "drive left"), .init(.right, action: [1], "drive right"),
        .init(.character("a"), action: [-0.5], "half left"),
        .init(.character("d"), action: [0.5], "half right"),
      ], idle: .act([0]), addsUp: true)
  }
}

extension Pendulum: Playable {
  /// The arrows are full torque, `a` and `d` half of it.
  public var keyMap: KeyMap {
    let full = Float(torqueLimit)
    return KeyMap(
      [
        .init(.left, action: [full], "turn left"), .init(.right, action: [-full], "turn right"),
        .init(.character("a"), action: [full / 2], "half left"),
        .init(.character("d"), action: [-full / 2], "half right"),
      ], idle: .act([0]), addsUp: true)
  }
}

extension Acrobot: Playable {
  /// The arrows drive the joint.
  public var keyMap: KeyMap {
    KeyMap(
      [
        .init(.left, action: [0], "torque -1"), .init(.right, action: [2], "torque 1"),
      ], idle: .act([1]))
  }
}
