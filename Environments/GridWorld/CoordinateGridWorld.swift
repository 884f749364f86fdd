public import RLCore
public import RLSupport

/// A grid world whose observation is the walker's row and column, each scaled to 0...1.
public struct CoordinateGridWorld: Environment, Codable {
  /// The world underneath.
  public private(set) var base: GridWorld

  /// The same world, seen as coordinates.
  public init(_ base: GridWorld) { self.base = base }

  /// Row and column.
  public var observationSpace: Box<2> { Box(0...1) }
  /// One action a direction.
  public var actionSpace: Discrete { base.actionSpace }

  /// Starts in one of the start cells.
  public mutating func reset(using rng: inout SeededGenerator) -> InlineArray<2, Float> {
    coordinates(base.reset(using: &rng))
  }

  /// Walks one cell.
  public mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    InlineArray<2, Float>, GridWorldInfo
  > {
    let step = base.step(action, using: &rng)
    return Step(
      observation: coordinates(step.observation), reward: step.reward,
      terminated: step.terminated, truncated: step.truncated, info: step.info)
  }

  private func coordinates(_ cell: Int) -> InlineArray<2, Float> {
    let map = base.configuration.map
    return [
      Float(cell / map.columns) / Float(max(1, map.rows - 1)),
      Float(cell % map.columns) / Float(max(1, map.columns - 1)),
    ]
  }
}

extension CoordinateGridWorld: Playable {
  /// The arrows walk.
  public var keyMap: KeyMap { base.keyMap }
}
