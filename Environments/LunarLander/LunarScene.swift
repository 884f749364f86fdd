#if Box2D
  /// The measures of a landing: Gymnasium's constants.
  enum LunarScene {
    static let framesPerSecond = 50.0
    /// Pixels of Gymnasium's picture in a metre; the hull and the legs are given in pixels.
    static let scale = 30.0
    /// The width of the scene in m.
    static let width = 600 / scale
    /// The height of the scene in m.
    static let height = 400 / scale

    /// The number of points of the ground.
    static let points = 11
    /// Where point `i` of the ground is in m.
    static func edge(_ i: Int) -> Double { width / Double(points - 1) * Double(i) }
    /// The first and the last point between the flags.
    static let pad = (points / 2 - 1, points / 2 + 1)
    /// The height of the ground between the flags in m.
    static let padHeight = height / 4

    static let hull: [SIMD2<Double>] = [
      [-14, 17], [-17, 0], [-17, -10], [17, -10], [17, 0], [14, 17],
    ]
    static let legAway = 20.0
    static let legDown = 18.0
    /// Half of a leg's width.
    static let legWidth = 2.0
    /// Half of a leg's height.
    static let legHeight = 8.0
    static let legTorque: Float = 40

    static let mainEnginePower = 13.0
    static let mainEngineHeight = 4.0
    static let sideEnginePower = 0.6
    static let sideEngineHeight = 14.0
    static let sideEngineAway = 12.0
    /// What Gymnasium has in one place where `sideEngineHeight` must have been meant; it makes the
    /// torque of the side engines depend on how the lander leans.
    static let sideEngineOffset = 17.0

    /// The largest part of the first push in N.
    static let push = 1000.0
    /// The phase of the wind lies between minus this and this.
    static let gust = 9999
  }
#endif
