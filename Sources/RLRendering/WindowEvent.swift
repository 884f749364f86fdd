public import RLCore

/// What a person did to a window.
public enum WindowEvent: Sendable, Equatable {
  /// A key went down; again and again while it is held.
  case pressed(Key, isRepeat: Bool)
  /// A key went up.
  case released(Key)
  /// The window is to close.
  case closed
  /// The window has to be drawn anew, in another size perhaps.
  case changed
}
