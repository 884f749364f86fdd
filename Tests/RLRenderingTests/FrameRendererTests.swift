import RLCore
import RLEnvironments
import RLRendering
import Synchronization
import Testing

@Suite struct FrameRendererTests {
  private func pixel(_ frame: Frame, _ x: Int, _ y: Int) -> [UInt8] {
    Array(frame.pixels[3 * (y * frame.width + x)..<3 * (y * frame.width + x) + 3])
  }

  @Test func shapesLieWhereTheyBelong() throws {
    var drawing = Drawing(width: 40, height: 30, background: .gray(10))
    drawing.fill(.rectangle(x: 0, y: 0, width: 10, height: 5), .red)
    drawing.fill(.circle(x: 30, y: 20, radius: 6), .blue)
    drawing.stroke(.line(x1: 0, y1: 29, x2: 39, y2: 29), .white)
    let renderer = try FrameRenderer()
    let frame = try renderer.render(drawing)
    #expect(pixel(frame, 0, 0) == [214, 69, 65] && pixel(frame, 9, 4) == [214, 69, 65])
    #expect(pixel(frame, 10, 0) == [10, 10, 10] && pixel(frame, 0, 5) == [10, 10, 10])
    #expect(pixel(frame, 30, 20) == [48, 112, 190] && pixel(frame, 22, 20) == [10, 10, 10])
    #expect(pixel(frame, 20, 29) == [255, 255, 255] && pixel(frame, 20, 28) == [10, 10, 10])
    // The same shapes from the lower left corner are the same picture upside down.
    drawing.origin = .lowerLeft
    let turned = try renderer.render(drawing)
    for y in 0..<30 {
      #expect(
        turned.pixels[3 * 40 * y..<3 * 40 * (y + 1)]
          == frame.pixels[3 * 40 * (29 - y)..<3 * 40 * (30 - y)])
    }
  }

  @Test func everyWidthHasItsLastPixels() throws {
    for width in 1...9 {
      var drawing = Drawing(width: Double(width), height: 3)
      for x in 0..<width {
        drawing.fill(
          .rectangle(x: Double(x), y: 1, width: 1, height: 1),
          Drawing.Color(UInt8(10 * x), UInt8(10 * x + 1), UInt8(10 * x + 2)))
      }
      let frame = try FrameRenderer().render(drawing)
      let row = (0..<width).flatMap { x in (0..<3).map { UInt8(10 * x + $0) } }
      let white = [UInt8](repeating: 255, count: 3 * width)
      #expect(frame.pixels == white + row + white)
    }
  }

  @Test func scaledFramesHaveScaledShapes() throws {
    var drawing = Drawing(width: 20, height: 10)
    drawing.fill(.rectangle(x: 5, y: 5, width: 5, height: 5), .black)
    let frame = try FrameRenderer(scale: 3).render(drawing)
    #expect(frame.width == 60 && frame.height == 30)
    let black = frame.pixels.indices.filter { frame.pixels[$0] == 0 }.count
    #expect(black == 15 * 15 * 3)
    #expect(pixel(frame, 15, 15) == [0, 0, 0] && pixel(frame, 14, 15) == [255, 255, 255])
  }

  @Test func colorsMix() throws {
    var drawing = Drawing(width: 10, height: 10, background: .black)
    drawing.fill(.rectangle(x: 0, y: 0, width: 10, height: 10), Drawing.Color.white.opacity(128))
    let frame = try FrameRenderer().render(drawing)
    #expect(frame.pixels.allSatisfy { (126...130).contains($0) })
  }

  /// SDL2_gfx keeps its characters in a global table: a second renderer must read the same ones.
  @Test func textReadsTheSameEverywhere() throws {
    func frame(_ text: String, _ origin: Drawing.Origin, _ renderer: FrameRenderer) throws
      -> Frame
    {
      var drawing = Drawing(width: 64, height: 16, origin: origin)
      drawing.write(text, x: 32, y: 8, size: 16, .black)
      return try renderer.render(drawing)
    }
    let first = try frame("Rgym", .upperLeft, FrameRenderer())
    #expect(first.pixels.contains(0))
    #expect(try frame("Rgym", .upperLeft, FrameRenderer()) == first)
    #expect(try frame("Rgym", .lowerLeft, FrameRenderer()) == first)
    #expect(try frame("Rgyn", .upperLeft, FrameRenderer()) != first)
    // The upright of an R is on the left.
    #expect(pixel(first, 4, 6) == [0, 0, 0] && pixel(first, 14, 1) == [255, 255, 255])
  }

  @Test func aRendererReusesItsMemory() throws {
    let renderer = try FrameRenderer()
    var frame = Frame(width: 1, height: 1)
    for entry in EnvironmentRegistry.builtIn.entries {
      let make = try #require(entry.makeSingle)
      var environment = make()
      environment.reset(seed: 1, into: StepBatch(count: 1, for: entry.spec))
      let drawing = try #require(environment.drawing(of: 0))
      try renderer.render(drawing, into: &frame)
      #expect(try FrameRenderer().render(drawing) == frame, "\(entry.id)")
      let address = frame.pixels.withUnsafeBufferPointer { $0.baseAddress }
      try renderer.render(drawing, into: &frame)
      #expect(frame.pixels.withUnsafeBufferPointer { $0.baseAddress } == address)
      // A picture of something, not of one colour.
      #expect(Set(frame.pixels).count > 3, "\(entry.id)")
    }
  }

  @Test func threadsDrawTheSameFrames() async throws {
    let drawings = (0..<8).map { i in
      var drawing = Drawing(width: 200, height: 200)
      for j in 0..<10 {
        let points = (0..<3).map { k in
          Drawing.Point(
            Double((i * 37 + j * 91 + k * 53) % 200), Double((i * 71 + j * 29 + k * 97) % 200))
        }
        drawing.fill(.polygon(points), .red)
      }
      return drawing
    }
    let expected = try drawings.map { try FrameRenderer().render($0) }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for (i, drawing) in drawings.enumerated() {
        group.addTask {
          let renderer = try FrameRenderer()
          for _ in 0..<20 {
            if try renderer.render(drawing) != expected[i] { return false }
          }
          return true
        }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }

  @Test func placesBeyondThePictureAreHarmless() throws {
    var drawing = Drawing(width: 50, height: 50)
    let far = [-1e9, -400, 25, 400, 1e9, .infinity, .nan]
    for a in far {
      for b in far {
        drawing.fill(.circle(x: a, y: b, radius: 20), .red)
        drawing.fill(
          .polygon([Drawing.Point(a, b), Drawing.Point(10, 10), Drawing.Point(b, a)]), .red)
        for width in [1.0, 5] {
          drawing.stroke(.line(x1: a, y1: b, x2: 20, y2: 30), .red, width: width)
          drawing.stroke(.rectangle(x: a, y: b, width: 10, height: 10), .red, width: width)
        }
        drawing.write("far", x: a, y: b, size: 10, .red)
      }
    }
    let frame = try FrameRenderer().render(drawing)
    #expect(frame.pixels.contains { $0 != 255 })
    #expect(TextRenderer().render(drawing).lines.count > 4)
    #expect(TextRenderer(isColoured: false).render(drawing).lines.count > 4)
  }
}
