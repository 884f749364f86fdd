/// What can go wrong with pictures.
public enum RenderingError: Error, Equatable, CustomStringConvertible {
  /// A library of SDL, or a function of it, is not there.
  case missing(String)
  /// SDL refused something.
  case failed(String, reason: String)
  /// There is no display to open a window on.
  case noDisplay(reason: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .missing(let name):
      "Frames and windows need SDL2 and SDL2_gfx, of which '\(name)' is missing. Install them (Debian, Ubuntu: apt-get install libsdl2-2.0-0 libsdl2-gfx-1.0-0), or look at the environment as text."
    case .failed(let what, let reason): "SDL could not \(what): \(reason)."
    case .noDisplay(let reason): "No window can be opened here: \(reason)."
    }
  }
}
