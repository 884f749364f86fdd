import Foundation

/// A recorded trajectory of Gymnasium (see Fixtures/make_fixtures.py).
struct Trajectory {
  struct Step {
    var action: [Float]
    var reward: Double
    var terminated: Bool
    var truncated: Bool
    var observation: [Float]
    var reset: [Float]?
  }

  var seed: UInt64
  var first: [Float]
  var steps: [Step] = []

  static func load(_ id: String) throws -> [Trajectory] {
    let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(id).txt")
    let text = try String(contentsOf: url, encoding: .utf8)
    var result: [Trajectory] = []
    var lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }[...]
    while let line = lines.popFirst() {
      let words = line.split(separator: " ")
      if words[0] == "seed" {
        result.append(
          Trajectory(seed: UInt64(words[1]) ?? 0, first: numbers(lines.removeFirst())))
        continue
      }
      let ending = Int(words[2]) ?? 0
      result[result.count - 1].steps.append(
        Step(
          action: numbers(words[0]),
          reward: Double(bitPattern: UInt64(words[1], radix: 16) ?? 0),
          terminated: ending & 1 == 1, truncated: ending & 2 == 2, observation: numbers(words[3]),
          reset: words.count > 5 ? numbers(words[5]) : nil))
    }
    return result
  }

  /// Eight digits are the bits of a single-precision number; anything else is an integer.
  private static func numbers(_ text: Substring) -> [Float] {
    text.split(separator: ",").map { word in
      word.count == 8
        ? Float(bitPattern: UInt32(word, radix: 16) ?? 0) : Float(Int(word) ?? -1)
    }
  }
}
