internal import CSDL2
internal import Foundation
public import RLCore

/// A window that shows drawings, with lines of text below; resizable, the picture's proportions kept.
///
/// Use it on the main thread.
public final class Window {
  private let sdl: rlgym_sdl_functions
  private let window: OpaquePointer
  private var picture: SDLCanvas?
  private var panel: SDLCanvas?
  /// The keys that are held, in the order in which they were pressed.
  public private(set) var held: [Key] = []

  /// Opens a window.
  ///
  /// - Parameters:
  ///   - title: What its frame says.
  ///   - drawing: A picture of the size that is going to be shown; the window is some 600 pixels high.
  ///   - lines: How many lines of text there are going to be below the picture.
  /// - Throws: `RenderingError.noDisplay` without a display, or what SDL says.
  public init(title: String, for drawing: Drawing, lines: Int = 2) throws(RenderingError) {
    let environment = ProcessInfo.processInfo.environment
    let names = ["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"]
    guard names.contains(where: { !(environment[$0] ?? "").isEmpty }) else {
      throw .noDisplay(
        reason: environment["SSH_CONNECTION"] == nil
          ? "neither DISPLAY nor WAYLAND_DISPLAY is set"
          : "this is a session over ssh without a display (ssh -X brings one)")
    }
    sdl = try SDLLibrary.functions()
    // Ctrl-C ends the program, not just the window; screen savers go on; no OpenGL is needed.
    _ = sdl.SDL_SetHint("SDL_NO_SIGNAL_HANDLERS", "1")
    _ = sdl.SDL_SetHint("SDL_VIDEO_ALLOW_SCREENSAVER", "1")
    _ = sdl.SDL_SetHint("SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", "0")
    _ = sdl.SDL_SetHint("SDL_FRAMEBUFFER_ACCELERATION", "0")
    guard sdl.SDL_InitSubSystem(UInt32(SDL_INIT_VIDEO)) == 0 else {
      throw .noDisplay(reason: sdl.SDL_GetError().map { String(cString: $0) } ?? "SDL says no")
    }
    let scale = min(600 / drawing.height, 900 / drawing.width)
    let centred = Int32(SDL_WINDOWPOS_CENTERED)
    guard
      let window = sdl.SDL_CreateWindow(
        title, centred, centred, Int32((drawing.width * scale).rounded()),
        Int32((drawing.height * scale).rounded()) + Int32(Self.panelHeight(lines)),
        UInt32(SDL_WINDOW_RESIZABLE))
    else {
      let error = SDLCanvas.error("open a window", sdl)
      sdl.SDL_QuitSubSystem(UInt32(SDL_INIT_VIDEO))
      throw error
    }
    self.window = window
    sdl.SDL_SetWindowMinimumSize(window, 200, 150)
  }

  deinit {
    sdl.SDL_DestroyWindow(window)
    sdl.SDL_QuitSubSystem(UInt32(SDL_INIT_VIDEO))
  }

  /// Changes what the frame says.
  public func setTitle(_ title: String) { sdl.SDL_SetWindowTitle(window, title) }

  private static func panelHeight(_ lines: Int) -> Int { lines == 0 ? 0 : 8 + 22 * lines }

  /// Shows a picture, drawn at the window's own size, and lines of text below it.
  public func show(_ drawing: Drawing, lines: [String] = []) throws(RenderingError) {
    guard let screen = sdl.SDL_GetWindowSurface(window) else {
      throw SDLCanvas.error("draw in the window", sdl)
    }
    let (width, height) = (Int(screen.pointee.w), Int(screen.pointee.h))
    let panelHeight = min(Self.panelHeight(lines.count), height / 2)
    let room = height - panelHeight
    let scale = min(Double(width) / drawing.width, Double(room) / drawing.height)
    let (across, down) = (
      max(1, min(width, Int((drawing.width * scale).rounded()))),
      max(1, min(room, Int((drawing.height * scale).rounded())))
    )
    if picture?.width != across || picture?.height != down {
      picture = try SDLCanvas(width: across, height: down)
    }
    _ = sdl.SDL_FillRect(screen, nil, 0x22262c)
    if let picture {
      picture.draw(drawing, scale: scale)
      if drawing.origin == .lowerLeft { picture.turnRows() }
      var place = SDL_Rect(
        x: Int32((width - across) / 2), y: Int32((room - down) / 2), w: Int32(across),
        h: Int32(down))
      _ = sdl.SDL_UpperBlit(picture.surface, nil, screen, &place)
    }
    if panelHeight > 0 { try showPanel(lines, width, panelHeight, screen) }
    guard sdl.SDL_UpdateWindowSurface(window) == 0 else {
      throw SDLCanvas.error("show the window", sdl)
    }
  }

  private func showPanel(
    _ lines: [String], _ width: Int, _ height: Int, _ screen: UnsafeMutablePointer<SDL_Surface>
  ) throws(RenderingError) {
    if panel?.width != width || panel?.height != height {
      panel = try SDLCanvas(width: width, height: height)
    }
    guard let panel else { return }
    var drawing = Drawing(
      width: min(4096, Double(width)), height: min(4096, Double(height)),
      background: Drawing.Color(34, 38, 44))
    for (i, line) in lines.enumerated() {
      // The largest multiple of the font's eight dots that fits keeps the letters crisp.
      let fits = line.count * 16 + 16 <= width
      drawing.write(
        line, x: 8, y: 15 + 22 * Double(i), size: fits ? 16 : 8,
        i == 0 ? Drawing.Color(240, 242, 245) : Drawing.Color(150, 158, 168), alignment: .left)
    }
    panel.draw(drawing, scale: 1)
    var place = SDL_Rect(
      x: 0, y: Int32(Int(screen.pointee.h) - height), w: Int32(width), h: Int32(height))
    _ = sdl.SDL_UpperBlit(panel.surface, nil, screen, &place)
  }

  /// What happened since the last call.
  ///
  /// - Parameter timeout: How long to wait for something to happen, in seconds.
  public func events(timeout: Double) -> [WindowEvent] {
    var result: [WindowEvent] = []
    var event = SDL_Event()
    let milliseconds = Int32(max(0, min(1000, timeout * 1000)).rounded(.up))
    guard sdl.SDL_WaitEventTimeout(&event, milliseconds) == 1 else { return [] }
    repeat {
      if let known = translate(event) { result.append(known) }
    } while sdl.SDL_PollEvent(&event) == 1
    return result
  }

  private func translate(_ event: SDL_Event) -> WindowEvent? {
    switch Int(event.type) {
    case SDL_QUIT: return .closed
    case SDL_WINDOWEVENT:
      switch Int(event.window.event) {
      case SDL_WINDOWEVENT_CLOSE: return .closed
      case SDL_WINDOWEVENT_SIZE_CHANGED, SDL_WINDOWEVENT_EXPOSED: return .changed
      case SDL_WINDOWEVENT_FOCUS_LOST:
        held = []
        return nil
      default: return nil
      }
    case SDL_KEYDOWN:
      guard let key = Self.key(event.key.keysym.sym) else { return nil }
      if !held.contains(key) { held.append(key) }
      return .pressed(key, isRepeat: event.key.repeat != 0)
    case SDL_KEYUP:
      guard let key = Self.key(event.key.keysym.sym) else { return nil }
      held.removeAll { $0 == key }
      return .released(key)
    default: return nil
    }
  }

  private static func key(_ code: Int32) -> Key? {
    switch Int(code) {
    case SDLK_LEFT: .left
    case SDLK_RIGHT: .right
    case SDLK_UP: .up
    case SDLK_DOWN: .down
    case SDLK_SPACE: .space
    case SDLK_RETURN, SDLK_KP_ENTER: .enter
    case SDLK_ESCAPE: .escape
    case SDLK_TAB: .tab
    case SDLK_KP_PLUS: .character("+")
    case SDLK_KP_MINUS: .character("-")
    // The plus sign lies on the key of the equals sign on many keyboards.
    case 61: .character("+")
    case 33...126: Unicode.Scalar(UInt32(code)).map { .character(Character($0)) }
    default: nil
    }
  }
}
