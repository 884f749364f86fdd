public import RLCore

extension MountainCarContinuous: Drawable {
  /// The car in its valley, as Gymnasium draws it: 600 x 400.
  public func drawing() -> Drawing {
    valley(position: position, limits: positionLimits, goal: goalPosition)
  }
}
