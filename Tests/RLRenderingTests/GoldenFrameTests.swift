import RLCore
import RLEnvironments
import RLRendering
import Testing

/// Our frames against Gymnasium's, pixel by pixel; a pixel that differs in a single level counts.
///
/// Polygons, lines and fillings are the same to the bit. The rims of circles are blended by SDL in
/// another rounding than pygame's: 12 to 24 pixels a circle.
@Suite struct GoldenFrameTests {
  /// How many pixels may differ: a circle's rim for each circle, and a few for the ends of the track.
  private static let bounds = [
    "CartPole-v1": 60, "MountainCar-v0": 60, "MountainCarContinuous-v0": 60, "Pendulum-v1": 110,
    "Acrobot-v1": 90,
  ]

  @Test func framesLookLikeGymnasiums() throws {
    let renderer = try FrameRenderer()
    var kinds: Set<String> = []
    for golden in try GoldenFrame.read() where golden.torque == 0 {
      kinds.insert(golden.environment)
      let frame = try renderer.render(golden.drawing())
      #expect(frame.width == golden.width && frame.height == golden.height)
      let bound = try #require(Self.bounds[golden.environment])
      let differences = golden.differences(from: frame)
      #expect(differences <= bound, "\(golden.environment) \(golden.state): \(differences)")
    }
    #expect(kinds.count == 5)
  }

  /// The arrow is drawn, where Gymnasium scales an image: of the same size, at the same place.
  @Test func theArrowOfTheTorqueLooksLikeGymnasiums() throws {
    let renderer = try FrameRenderer()
    var count = 0
    for golden in try GoldenFrame.read() where golden.torque != 0 {
      count += 1
      let frame = try renderer.render(golden.drawing())
      let side = Int((500 / 4.4 * abs(golden.torque) / 2).rounded(.up)) + 6
      var (outside, inside, dark, ours) = (0, 0, 0, 0)
      for y in 0..<500 {
        for x in 0..<500 {
          let i = 3 * (500 * y + x)
          let isInside = abs(x - 250) <= side / 2 && abs(y - 250) <= side / 2
          let isSame = golden.pixels[i..<i + 3] == frame.pixels[i..<i + 3]
          if !isSame { if isInside { inside += 1 } else { outside += 1 } }
          if golden.pixels[i] < 100 { dark += 1 }
          if frame.pixels[i] < 100 { ours += 1 }
        }
      }
      #expect(outside <= 110 && inside <= 1700, "\(golden.state): \(outside), \(inside)")
      // About the same amount of ink.
      #expect(abs(dark - ours) * 3 <= dark, "\(golden.state): \(dark), \(ours)")
    }
    #expect(count == 3)
  }

  /// What a degree, a hundredth of the track or another picture would do to the figures above.
  @Test func theComparisonSeesSmallChanges() throws {
    let renderer = try FrameRenderer()
    let golden = try #require(GoldenFrame.read().first { $0.environment == "CartPole-v1" })
    for change in [["angle": 0.0175], ["position": 0.024]] {
      let frame = try renderer.render(edited(CartPole(), change).drawing())
      #expect(golden.differences(from: frame) > 150)
    }
  }
}
