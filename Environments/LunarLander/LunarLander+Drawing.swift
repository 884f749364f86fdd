#if Box2D
  internal import Foundation
  public import RLCore

  extension LunarLander: Drawable {
    /// As fast as the simulated time.
    public static var framesPerSecond: Int { Int(LunarScene.framesPerSecond) }

    /// The lander above the moon, as Gymnasium draws it: 600 x 400.
    public func drawing() -> Drawing { flight.drawing() }
  }

  extension LunarLanderContinuous: Drawable {
    /// As fast as the simulated time.
    public static var framesPerSecond: Int { Int(LunarScene.framesPerSecond) }

    /// The lander above the moon, as Gymnasium draws it: 600 x 400.
    public func drawing() -> Drawing { flight.drawing() }
  }

  extension LunarFlight {
    /// White ground under a black sky, flags, lander and legs. Instead of Gymnasium's particles, which would
    /// be bodies of the world, burning engines have flames.
    func drawing() -> Drawing {
      typealias Scene = LunarScene
      var drawing = Drawing(
        width: Scene.width * Scene.scale, height: Scene.height * Scene.scale, origin: .lowerLeft)
      for i in terrain.indices.dropFirst() {
        let (left, right) = (Scene.edge(i - 1) * Scene.scale, Scene.edge(i) * Scene.scale)
        drawing.fill(
          .polygon([
            .init(left, terrain[i - 1] * Scene.scale), .init(right, terrain[i] * Scene.scale),
            .init(right, drawing.height), .init(left, drawing.height),
          ]), .black)
      }
      drawFlames(in: &drawing)
      draw(Scene.hull, of: lander, in: &drawing)
      let (width, height) = (Scene.legWidth, Scene.legHeight)
      for i in legs.indices {
        draw(
          [[-width, -height], [width, -height], [width, height], [-width, height]], of: legs[i],
          in: &drawing)
      }
      for point in [Scene.pad.0, Scene.pad.1] {
        let (x, ground) = (Scene.edge(point) * Scene.scale, Scene.padHeight * Scene.scale)
        let top = ground + 50
        drawing.stroke(.line(x1: x, y1: ground, x2: x, y2: top), .white)
        drawing.fill(
          .polygon([.init(x, top), .init(x, top - 10), .init(x + 25, top - 5)]),
          Drawing.Color(204, 204, 0))
      }
      return drawing
    }

    /// A point of a body, given in points, in the picture.
    private func place(_ point: SIMD2<Double>, of body: LunarBody) -> Drawing.Point {
      let angle = Double(body.angle)
      let turned = Drawing.Point(point.x, point.y).rotated(sine: sin(angle), cosine: cos(angle))
      let position = SIMD2<Double>(body.position) * LunarScene.scale
      return turned + Drawing.Point(position.x, position.y)
    }

    private func draw(_ corners: [SIMD2<Double>], of body: LunarBody, in drawing: inout Drawing) {
      let outline = corners.map { place($0, of: body) }
      drawing.fill(.polygon(outline), Drawing.Color(128, 102, 230))
      drawing.stroke(.path(outline + outline.prefix(1)), Drawing.Color(77, 77, 128))
    }

    /// Sparks that fade away from the engines.
    private func drawFlames(in drawing: inout Drawing) {
      var sparks: [(start: SIMD2<Double>, step: SIMD2<Double>)] = []
      if thrust.main > 0 { sparks.append(([0, -14], [0, -7 * thrust.main])) }
      // The engine that turns the lander to the right, say, burns on its left.
      if thrust.side != 0 {
        let side = thrust.side > 0 ? -1.0 : 1
        sparks.append(([side * 20, 14], [5 * abs(thrust.side) * side, 0]))
      }
      for (start, step) in sparks {
        for i in 0..<4 {
          let point = place(start + step * Double(i), of: lander)
          let shade = Drawing.Color(255, 200, 120).opacity(UInt8(255 - 60 * i))
          drawing.fill(.circle(x: point.x, y: point.y, radius: 3.5 - Double(i) * 0.6), shade)
        }
      }
    }
  }
#endif
