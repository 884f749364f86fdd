internal import RLAgents
internal import RLCore
internal import RLStatistics
internal import RLSupport

extension TrainingRun {
  /// `nil` for no values.
  static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : RLStatistics.mean(of: values)
  }

  /// Adds a number of your own to `progress.csv`, `progress.json` and TensorBoard, as Stable-Baselines3's
  /// `logger.record` does.
  ///
  /// A number that is given while an update is told stands in that update's row, one that is given at another
  /// time in the next row. Of several of one name the last one counts.
  ///
  /// ```swift
  /// try run.train { event in
  ///   if case .update(let report) = event {
  ///     try run.log("mine/episodes", Double(report.episodes.count))
  ///   }
  ///   return .proceed
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - name: Letters, digits, `_`, `-`, `.` and `/`, such as `mine/angle`; not `time/...`.
  ///   - value: The number; one that is not finite leaves its place in the row empty.
  /// - Throws: `ExperimentError` for another name.
  public func log(_ name: String, _ value: Double) throws {
    let isWord = name.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "_-./".contains($0))
    }
    guard !name.isEmpty, isWord, !name.hasPrefix("time/") else {
      throw ExperimentError.invalid(
        "'\(name)' is no name for a metric; use letters, digits, '_', '-', '.' and '/', as in mine/angle, and not time/."
      )
    }
    record.ownMetrics = (record.ownMetrics ?? [:]).merging([name: value]) { $1 }
  }

  /// Adds a row of everything that an update has to say.
  func log(_ report: TrainingReport, _ now: Double) throws {
    func mean(_ values: [Double]) -> String {
      let mean = Self.mean(values) ?? .nan
      return mean.isFinite ? RunDirectory.number(mean) : ""
    }
    var values: [(name: String, value: String)] = [
      ("time/iterations", "\(report.iterations)"),
      ("time/total_timesteps", "\(report.stepsDone)"),
      ("time/time_elapsed", RunDirectory.number(now)),
      ("time/fps", "\(Int(Double(report.stepsDone) / max(1e-9, now)))"),
      ("rollout/ep_rew_mean", mean(record.recentReturns)),
      ("rollout/ep_len_mean", mean(record.recentLengths)),
    ]
    values += plan.environment.spec.infos.map {
      ("rollout/" + $0.meanName, mean(record.recentInfos?[$0.name] ?? []))
    }
    let own = (record.ownMetrics ?? [:]).sorted { $0.key < $1.key }
    record.ownMetrics = nil
    let names = Set(own.map(\.key))
    values += report.metrics.map { ("train/" + $0.name, $0.value.isFinite ? "\($0.value)" : "") }
    values.removeAll { names.contains($0.name) }
    values += own.map { ($0.key, $0.value.isFinite ? "\($0.value)" : "") }
    try directory.logProgress(values, step: report.stepsDone, seconds: now)
  }

  /// How far the training is.
  public var progress: RunProgress {
    let elapsed = begin.duration(to: .now).seconds
    let rate = Double(agent.stepsDone - stepsAtBegin) / max(1e-9, elapsed)
    return RunProgress(
      stepsDone: agent.stepsDone, stepsTotal: plan.steps, stepsPerSecond: rate,
      secondsLeft: rate > 0 ? Double(max(0, plan.steps - agent.stepsDone)) / rate : nil,
      meanReturn: Self.mean(record.recentReturns),
      successRate: record.recentInfos?[InfoField.success].flatMap(Self.mean),
      curve: record.curve.map { ($0.step, $0.value) })
  }
}
