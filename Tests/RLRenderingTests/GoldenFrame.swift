import CZlib
import Foundation
import RLCore
import RLEnvironments
import RLRendering
import Testing

/// A frame that Gymnasium drew.
struct GoldenFrame: Decodable {
  var environment: String
  var state: [Double]
  var width: Int
  var height: Int
  var pixels: [UInt8] = []

  enum CodingKeys: CodingKey { case environment, state, width, height }

  /// All frames of `Fixtures/frames.bin`.
  static func read() throws -> [GoldenFrame] {
    let url = try #require(Bundle.module.url(forResource: "frames", withExtension: "bin"))
    let packed = [UInt8](try Data(contentsOf: url))
    var length = packed.prefix(8).reversed().reduce(UInt(0)) { $0 << 8 | UInt($1) }
    var bytes = [UInt8](repeating: 0, count: Int(length))
    let code = packed.withUnsafeBufferPointer {
      uncompress(&bytes, &length, $0.baseAddress.unsafelyUnwrapped + 8, UInt($0.count - 8))
    }
    try #require(code == Z_OK && length == bytes.count)
    var frames: [GoldenFrame] = []
    var start = 0
    while start < bytes.count {
      let end = try #require(bytes[start...].firstIndex(of: 10))
      var frame = try JSONDecoder().decode(GoldenFrame.self, from: Data(bytes[start..<end]))
      start = end + 1 + frame.width * frame.height * 3
      frame.pixels = Array(bytes[end + 1..<start])
      frames.append(frame)
    }
    return frames
  }

  /// The torque of the last step of a pendulum.
  var torque: Double { environment.hasPrefix("Pendulum") ? state[2] : 0 }

  /// The same state of our environment.
  func drawing() throws -> Drawing {
    switch environment {
    case "CartPole-v1":
      try edited(CartPole(), ["position": state[0], "angle": state[2]]).drawing()
    case "MountainCar-v0": try edited(MountainCar(), ["position": state[0]]).drawing()
    case "MountainCarContinuous-v0":
      try edited(MountainCarContinuous(), ["position": state[0]]).drawing()
    case "Pendulum-v1":
      try edited(
        Pendulum(),
        torque == 0 ? ["angle": state[0]] : ["angle": state[0], "torque": torque]
      ).drawing()
    default:
      try edited(Acrobot(), ["firstAngle": state[0], "secondAngle": state[1]]).drawing()
    }
  }

  /// The pixels of which some byte differs.
  func differences(from frame: Frame) -> Int {
    (0..<width * height).count { pixel in
      (3 * pixel..<3 * pixel + 3).contains { pixels[$0] != frame.pixels[$0] }
    }
  }
}
