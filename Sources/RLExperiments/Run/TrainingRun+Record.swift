internal import RLSupport

extension TrainingRun.Record {
  /// Keeps at most a few hundred points.
  mutating func addToCurve(_ step: Int, _ value: Double, of total: Int) {
    if curve.count > 1, step - curve[curve.count - 2].step < total / 240 { curve.removeLast() }
    curve.append((step, value))
  }

  func save(to archive: inout StateArchive, seconds: Double, logSizes: [Int]) {
    archive.set("logs", .int(logSizes.map(Int64.init)))
    archive.set("returns", .double(recentReturns))
    archive.set("lengths", .double(recentLengths))
    archive.set(
      "best",
      .double([best, seconds, evaluationSeconds, solvedAtSecond ?? -1, threshold ?? .nan]))
    evaluations.save(to: &archive)
    archive.set(
      "counters",
      .int(
        [
          nextEvaluation, solvedAtStep ?? -1, evaluateEvery,
          stopsAtThreshold ? 1 : 0, evaluatesStochastically ? 1 : 0,
        ].map(Int64.init)))
    if let recordEvery {
      archive.set("videos", .int([Int64(recordEvery), Int64(nextRecording)]))
    }
    archive.set("curve/steps", .int(curve.map { Int64($0.step) }))
    archive.set("curve/values", .double(curve.map(\.value)))
  }

  mutating func restore(from archive: StateArchive) throws -> [Int] {
    recentReturns = try archive.doubles("returns")
    recentLengths = try archive.doubles("lengths")
    let numbers = try archive.doubles("best", count: 5)
    threshold = numbers[4].isNaN ? nil : numbers[4]
    let counters = try archive.ints("counters", count: 5).map { Int($0) }
    (best, secondsBefore, evaluationSeconds) = (numbers[0], numbers[1], numbers[2])
    solvedAtSecond = numbers[3] < 0 ? nil : numbers[3]
    nextEvaluation = counters[0]
    solvedAtStep = counters[1] < 0 ? nil : counters[1]
    (evaluateEvery, stopsAtThreshold) = (max(1, counters[2]), counters[3] == 1)
    evaluatesStochastically = counters[4] == 1
    try evaluations.restore(from: archive)
    if archive.entries["videos"] != nil {
      let videos = try archive.ints("videos", count: 2)
      (recordEvery, nextRecording) = (Int(max(1, videos[0])), Int(videos[1]))
    }
    let steps = try archive.ints("curve/steps")
    let values = try archive.doubles("curve/values", count: steps.count)
    curve = zip(steps, values).map { (Int($0), $1) }
    return try archive.ints("logs").map { Int(clamping: $0) }
  }
}
