internal import Foundation
internal import RLCore

/// A circle of radius 1 as a closed path.
enum CirclePath {
  static let unit: [Drawing.Point] = (0...64).map {
    let angle = Double($0) * .pi / 32
    return Drawing.Point(cos(angle), sin(angle))
  }
}
