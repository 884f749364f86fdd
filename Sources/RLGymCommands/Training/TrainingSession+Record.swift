internal import RLGym

extension TrainingSession.Record {
  /// Keeps at most a few hundred points.
  mutating func addToCurve(_ step: Int, _ value: Double, of total: Int) {
    if curve.count > 1, step - curve[curve.count - 2].step < total / 240 { curve.removeLast() }
    curve.append((step, value))
  }

  func save(to archive: inout StateArchive, seconds: Double, progressBytes: Int, monitorBytes: Int)
  {
    archive.set("returns", .double(recentReturns))
    archive.set("lengths", .double(recentLengths))
    archive.set("best", .double([best, seconds, solvedAtSecond ?? -1, threshold ?? .nan]))
    archive.set(
      "counters",
      .int(
        [
          nextEvaluation, evaluations, solvedAtStep ?? -1, progressBytes, monitorBytes,
          evaluateEvery, stopsAtThreshold ? 1 : 0,
        ].map(Int64.init)))
    if let recordEvery {
      archive.set("videos", .int([Int64(recordEvery), Int64(nextRecording)]))
    }
    archive.set("curve/steps", .int(curve.map { Int64($0.step) }))
    archive.set("curve/values", .double(curve.map(\.value)))
  }

  mutating func restore(from archive: StateArchive) throws -> (progress: Int, monitor: Int) {
    recentReturns = try archive.doubles("returns")
    recentLengths = try archive.doubles("lengths")
    let numbers = try archive.doubles("best", count: 4)
    threshold = numbers[3].isNaN ? nil : numbers[3]
    let counters = try archive.ints("counters", count: 7).map { Int($0) }
    (best, secondsBefore) = (numbers[0], numbers[1])
    solvedAtSecond = numbers[2] < 0 ? nil : numbers[2]
    (nextEvaluation, evaluations) = (counters[0], counters[1])
    solvedAtStep = counters[2] < 0 ? nil : counters[2]
    (evaluateEvery, stopsAtThreshold) = (max(1, counters[5]), counters[6] == 1)
    if archive.entries["videos"] != nil {
      let videos = try archive.ints("videos", count: 2)
      (recordEvery, nextRecording) = (Int(max(1, videos[0])), Int(videos[1]))
    }
    let steps = try archive.ints("curve/steps")
    let values = try archive.doubles("curve/values", count: steps.count)
    curve = zip(steps, values).map { (Int($0), $1) }
    return (counters[3], counters[4])
  }
}
