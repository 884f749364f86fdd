internal import RLCore

extension Episode {
  /// The bytes that its numbers take.
  var byteCount: Int {
    4 * (observations.count + actions.count + logProbabilities.count + values.count)
      + 8 * (rewards.count + infos.count) + actionMasks.count + 256
  }

  /// Checks that all numbers are there, and that discrete ones are in their spaces, so that nothing that
  /// takes them can trap.
  func check(_ number: Int, _ metadata: RolloutLogMetadata, _ path: String) throws(RolloutLogError)
  {
    func refuse(_ reason: String) -> RolloutLogError {
      .refused(path, reason: "episode \(number): \(reason)")
    }
    let (seen, taken) = (metadata.observationSpace, metadata.actionSpace)
    guard observations.count == (length + 1) * seen.rowWidth,
      actions.count == length * taken.rowWidth,
      logProbabilities.isEmpty || logProbabilities.count == length,
      values.isEmpty || values.count == length,
      actionMasks.isEmpty || actionMasks.count == (length + 1) * taken.choiceWidth,
      infos.isEmpty || infos.count == length * metadata.infos.count
    else { throw refuse("the numbers of rows do not fit") }
    guard Self.fit(observations, seen) else {
      throw refuse("an observation is not in the space \(seen)")
    }
    guard Self.fit(actions, taken) else { throw refuse("an action is not in the space \(taken)") }
  }

  /// Whether discrete numbers are in their space; real numbers may pass their bounds.
  private static func fit(_ numbers: [Float], _ space: SpaceSpec) -> Bool {
    let layout = space.layout
    // Real numbers may be infinite, too.
    guard layout.hasChoices else { return true }
    let columns = layout.columns
    return numbers.indices.allSatisfy {
      let column = columns[$0 % columns.count]
      return !column.isWhole || column.admits(numbers[$0])
    }
  }
}
