import RLCore
import RLRendering
import RLSupport

/// Frames for tests: random ones that share what recordings of environments have.
struct FrameMaker {
  enum Kind: CaseIterable { case shapes, noise, gradients, still }

  var rng: SeededGenerator

  init(seed: UInt64) { rng = SeededGenerator(seed: seed) }

  mutating func number(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + rng.integer(below: range.count)
  }

  mutating func color() -> [UInt8] { (0..<3).map { _ in UInt8(number(0...255)) } }

  /// Frames of one size.
  mutating func sequence(_ kind: Kind, width: Int, height: Int, count: Int) -> [Frame] {
    var frame = Frame(width: width, height: height, gray: UInt8(number(0...255)))
    return (0..<count).map { _ in
      switch kind {
      case .still: break
      case .noise:
        for i in frame.pixels.indices { frame.pixels[i] = UInt8(number(0...255)) }
      case .shapes:
        // Now and then nothing happens.
        for _ in 0..<number(0...2) { fill(&frame) { [color = color()] _, _ in color } }
      case .gradients:
        let (a, b, c) = (number(0...9), number(0...9), number(0...255))
        fill(&frame) { x, y in
          [UInt8(truncatingIfNeeded: a * x), UInt8(truncatingIfNeeded: b * y), UInt8(c)]
        }
      }
      return frame
    }
  }

  private mutating func fill(_ frame: inout Frame, _ color: (Int, Int) -> [UInt8]) {
    let (left, top) = (number(0...frame.width - 1), number(0...frame.height - 1))
    let right = number(left...frame.width - 1)
    for y in top...number(top...frame.height - 1) {
      for x in left...right { frame[x, y] = color(x, y) }
    }
  }
}
