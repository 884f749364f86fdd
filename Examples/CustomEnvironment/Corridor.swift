import RLGym

/// Walk right through `length` cells; the last one ends the episode.
struct Corridor: DeterministicEnvironment, Codable {
  enum Move: CaseIterable { case left, right }

  struct Info: StepInfo {
    var isSuccess = false
    var isBump = false
    static let numbers = [
      Number(\.isSuccess, "is_success"), Number(\.isBump, "bumps", isSummed: true),
    ]
  }

  var length = 10
  private var cell = 0

  init(length: Int = 10) { self.length = length }

  var actionSpace: Choice<Move> { Choice() }
  var observationSpace: Box<1> { Box(0...1) }

  mutating func reset(using rng: inout SeededGenerator) -> Observation {
    cell = rng.integer(below: length / 2)
    return observation
  }

  mutating func step(_ action: Move) -> Step<Observation, Info> {
    var info = Info()
    info.isBump = action == .left && cell == 0
    cell = max(0, action == .right ? cell + 1 : cell - 1)
    info.isSuccess = cell == length - 1
    return info.isSuccess
      ? .terminal(observation, reward: 1, info: info)
      : .next(observation, reward: -0.01, info: info)
  }

  private var observation: Observation { [Float(cell) / Float(length - 1)] }
}

extension Corridor: Drawable {
  func drawing() -> Drawing {
    var drawing = Drawing(width: 50 * Double(length), height: 60)
    for i in 0..<length {
      drawing.fill(
        .rectangle(x: 50 * Double(i) + 2, y: 2, width: 46, height: 56),
        i == length - 1 ? .green : .gray(225))
    }
    drawing.fill(.circle(x: 50 * Double(cell) + 25, y: 30, radius: 18), .blue)
    return drawing
  }
}
