internal import CSDL2
internal import RLSupport

/// SDL2 and SDL2_gfx, loaded once when the first picture is drawn.
///
/// SDL2_gfx keeps the crossings of polygons in a global variable, so pictures are drawn one at a time.
enum SDLLibrary {
  private static let loaded: Result<rlgym_sdl_functions, RenderingError> = {
    let table = UnsafeMutablePointer<rlgym_sdl_functions>.allocate(capacity: 1)
    defer { table.deallocate() }
    if let missing = rlgym_sdl_load(table) { return .failure(.missing(String(cString: missing))) }
    return .success(table.pointee)
  }()

  private static let drawing = Locked<Void>(())

  /// Runs the body while no other thread draws.
  static func whileDrawing(_ body: () -> Void) { drawing.withLock { _ in body() } }

  /// The functions; loads the libraries the first time.
  static func functions() throws(RenderingError) -> rlgym_sdl_functions {
    try loaded.get()
  }
}
