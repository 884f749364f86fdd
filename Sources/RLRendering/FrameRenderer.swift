public import RLCore

/// Turns drawings into frames with SDL2's software renderer: works without a display.
///
/// Keeps its memory between frames of the same size. Use one renderer on one thread at a time.
///
/// ```swift
/// let frame = try FrameRenderer(scale: 0.5).render(CartPole())
/// ```
public final class FrameRenderer {
  /// Pixels a point.
  public let scale: Double
  private var canvas: SDLCanvas?

  /// A renderer; SDL is loaded when the first one is made.
  ///
  /// - Parameter scale: Pixels a point, more than 0 and at most 8.
  /// - Throws: `RenderingError` if SDL2 or SDL2_gfx is not there.
  public init(scale: Double = 1) throws(RenderingError) {
    precondition(scale > 0 && scale <= 8, "FrameRenderer: a scale of \(scale), not 0 to 8")
    self.scale = scale
    _ = try SDLLibrary.functions()
  }

  /// Draws a frame.
  public func render(_ drawing: Drawing) throws(RenderingError) -> Frame {
    let (width, height) = size(of: drawing)
    var frame = Frame(width: width, height: height)
    try render(drawing, into: &frame)
    return frame
  }

  /// Draws a frame of something that can be seen, such as an environment.
  public func render(_ subject: some Drawable) throws(RenderingError) -> Frame {
    try render(subject.drawing())
  }

  /// Draws over a frame; one of another size is replaced.
  public func render(_ drawing: Drawing, into frame: inout Frame) throws(RenderingError) {
    let (width, height) = size(of: drawing)
    if frame.width != width || frame.height != height {
      frame = Frame(width: width, height: height)
    }
    if canvas?.width != width || canvas?.height != height {
      canvas = try SDLCanvas(width: width, height: height)
    }
    guard let canvas else { return }
    canvas.draw(drawing, scale: scale)
    canvas.copyPixels(into: &frame, isUpsideDown: drawing.origin == .lowerLeft)
  }

  /// The size of the frames of a drawing, in pixels.
  public func size(of drawing: Drawing) -> (width: Int, height: Int) {
    (
      max(1, Int((drawing.width * scale).rounded())),
      max(1, Int((drawing.height * scale).rounded()))
    )
  }
}
