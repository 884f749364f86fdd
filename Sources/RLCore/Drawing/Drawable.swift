/// Something that can be seen.
///
/// An environment that conforms gets windows, recordings and pictures in terminals: registered like
/// any other, it works with `rlgym watch`, `play` and `record`.
public protocol Drawable {
  /// What it looks like now.
  ///
  /// Called between `reset` and the end of an episode, and after the step that ended it.
  func drawing() -> Drawing

  /// How many steps a second look natural; 30 by default.
  static var framesPerSecond: Int { get }
}

extension Drawable {
  /// Thirty steps a second.
  public static var framesPerSecond: Int { 30 }
}
