/// An environment that says which keys stand for its actions, for `rlgym play`.
///
/// Others get ``KeyMap/standard(for:)``.
public protocol Playable {
  /// Which keys do what.
  var keyMap: KeyMap { get }
}
