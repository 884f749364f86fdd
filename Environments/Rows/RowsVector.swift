internal import RLCore
internal import RLSupport

/// The rows of a vector of one kind of environment, with what ``VectorEnvironment`` asks of them.
protocol EnvironmentRows: Sendable {
  var spec: EnvironmentSpec { get }
  var count: Int { get }
  mutating func reset(seed: UInt64, into batch: StepBatch)
  mutating func reset(index: Int, into batch: StepBatch)
  mutating func step(_ actions: UnsafeBufferPointer<Float>, into batch: StepBatch)
  func drawing(of index: Int) -> Drawing?
  func split(into parts: Int) -> [Self]
  mutating func visit(_ state: inout StateVisitor) throws(StateError)
}

extension EnvironmentRows {
  /// Rows of a table do not know what they stand for.
  func drawing(of index: Int) -> Drawing? { nil }
}

/// A vector that hands its work to rows.
protocol RowsVector: VectorEnvironment {
  associatedtype Rows: EnvironmentRows
  var rows: Rows { get set }
}

extension RowsVector {
  /// What the sub-environments are.
  public var spec: EnvironmentSpec { rows.spec }
  /// The number of sub-environments.
  public var count: Int { rows.count }

  /// Starts new episodes everywhere, environment i with a new random stream of seed `seed + i`.
  public mutating func reset(seed: UInt64, into batch: StepBatch) {
    rows.reset(seed: seed, into: batch)
  }

  /// Starts a new episode in one sub-environment, whose random stream goes on.
  public mutating func reset(index: Int, into batch: StepBatch) {
    rows.reset(index: index, into: batch)
  }

  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: UnsafeBufferPointer<Float>, into batch: StepBatch) {
    rows.step(actions, into: batch)
  }

  /// What a sub-environment looks like now.
  public func drawing(of index: Int) -> Drawing? { rows.drawing(of: index) }

  /// Parts of consecutive sub-environments with their present state.
  public func split(into parts: Int) -> [any VectorEnvironment] {
    rows.split(into: parts).map { rows in
      var part = self
      part.rows = rows
      return part
    }
  }

  /// The state of the rows.
  public mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    try rows.visit(&state)
  }
}
