public import RLCore

/// What the rows show.
extension EpisodeLoop {
  /// Whether the last step of a row is in the batch's final rows: the environment has begun its next episode.
  private func isFinal(_ row: Int) -> Bool { rows[row].terminated || rows[row].truncated }

  func observations(of row: Int) -> Slice<UnsafeMutableBufferPointer<Float>> {
    let width = batch.observationWidth
    let source = isFinal(row) ? batch.finalObservations : batch.observations
    return source[row * width..<(row + 1) * width]
  }

  func actionMasks(of row: Int) -> Slice<UnsafeMutableBufferPointer<Bool>> {
    let width = batch.maskWidth
    let source = isFinal(row) ? batch.finalActionMasks : batch.actionMasks
    return source[row * width..<(row + 1) * width]
  }

  /// The present observation of a live row; the true last one where its episode is over.
  public func observation(of row: Int) -> [Float] { Array(observations(of: row)) }

  /// Which choices that observation allows; empty without masks.
  public func actionMask(of row: Int) -> [Bool] { Array(actionMasks(of: row)) }

  /// What the environment's information says of the episode in a row by name, such as `is_success`: the number
  /// of the last step, or the sum over its steps.
  public func infos(of row: Int) -> [String: Double] {
    spec.infos.named(infos, at: row * spec.infos.count)
  }

  /// The last action of a row.
  public func action(of row: Int) -> ArraySlice<Float> {
    let width = spec.actionSpace.rowWidth
    return actions[row * width..<(row + 1) * width]
  }

  /// What the environment of a live row looks like; `nil` if it is not `Drawable`.
  ///
  /// An episode that its environment ended shows its last state only in the loop's `drawnRow`.
  public func drawing(of row: Int) -> Drawing? {
    if isFinal(row) { return row == drawnRow ? batch.finalDrawing : nil }
    guard let vector = ranges.firstIndex(where: { $0.contains(row) }) else { return nil }
    return vectors[vector].drawing(of: row - ranges[vector].lowerBound)
  }
}
