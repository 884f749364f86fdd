internal import RLCore

/// A vector whose environments are a table of transitions.
protocol TableVector: RowsVector where Rows == TableBatch {
  /// What an environment in a state of the table looks like.
  func drawing(inState state: Int) -> Drawing
}

extension TableVector {
  /// Advances every sub-environment by one action.
  public mutating func step(_ actions: UnsafeBufferPointer<Float>, into batch: StepBatch) {
    rows.step(actions, into: batch)
    if let i = batch.drawnIndex, batch.terminated[i] || batch.truncated[i] {
      batch.finalDrawing = drawing(inState: Int(batch.finalObservations[i]))
    }
  }

  /// What a sub-environment looks like now.
  public func drawing(of index: Int) -> Drawing? { drawing(inState: rows.state(of: index)) }
}
