internal import Foundation
internal import RLAgents
internal import RLCore
internal import RLSupport

extension RunDirectory {
  /// Adds what a report says to the logs. Names that `progress.csv` has no column for get one.
  ///
  /// - Parameter values: Numbers as text, empty where there are none.
  func logProgress(_ values: [(name: String, value: String)], step: Int, seconds: Double) throws {
    let new = values.map(\.name).filter { !columns.contains($0) }
    if !new.isEmpty { try addColumns(new) }
    let row = Dictionary(values.map { ($0.name, $0.value) }) { $1 }
    progress.append(columns.map { row[$0] ?? "" }.joined(separator: ",") + "\n")
    logNumbers(values, step: step, seconds: seconds)
  }

  /// Adds columns to `progress.csv`, empty in the rows so far.
  private func addColumns(_ names: [String]) throws {
    columns += names
    let header = columns.joined(separator: ",") + "\n"
    if progress.isEmpty { return progress.append(header) }
    try progress.flush()
    let rows = String(decoding: try FileStore.read(progress.path), as: UTF8.self)
      .split(separator: "\n").dropFirst()
    let cells = String(repeating: ",", count: names.count) + "\n"
    try progress.replace(with: Array((header + rows.map { $0 + cells }.joined()).utf8))
  }

  /// Adds what an evaluation found to the logs but `progress.csv`, whose columns are fixed.
  func logEvaluation(_ evaluation: Evaluation, step: Int, seconds: Double) {
    var values = [
      ("time/total_timesteps", "\(step)"), ("time/time_elapsed", Self.number(seconds)),
      ("eval/mean_reward", Self.number(evaluation.mean)),
      ("eval/mean_ep_length", Self.number(evaluation.meanLength)),
    ]
    values += evaluation.meanInfos.sorted { $0.key < $1.key }
      .map { ("eval/" + InfoField.meanName($0.key), Self.number($0.value)) }
    logNumbers(values, step: step, seconds: seconds)
  }

  /// Adds a line to `progress.json`, and scalars for TensorBoard if they are wanted.
  private func logNumbers(
    _ values: [(name: String, value: String)], step: Int, seconds: Double
  ) {
    let known = values.compactMap { name, text in
      Double(text).flatMap { $0.isFinite ? (name: name, text: text, number: $0) : nil }
    }
    lines.append(
      "{" + known.map { "\"\($0.name)\": \($0.text)" }.joined(separator: ", ") + "}\n")
    events?.append(
      TensorBoardEvents.scalars(
        known.map { ($0.name, $0.number) }, step: step, time: startTime + seconds))
  }

  /// Adds an episode to `monitor.csv`.
  func logEpisode(_ episode: TrainingReport.Episode, seconds: Double) {
    let numbers = episodeColumns.map { "," + (episode.infos[$0].map(Self.number) ?? "") }
    monitor.append(
      "\(Self.number(episode.episodicReturn)),\(episode.length),\(Self.number(seconds))"
        + numbers.joined() + "\n")
  }

  /// Six decimals at most.
  static func number(_ value: Double) -> String {
    let rounded = (value * 1e6).rounded() / 1e6
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }

  var logs: [LogFile] { [progress, monitor, lines] + (events.map { [$0] } ?? []) }

  /// The sizes of the logs, for a checkpoint.
  var logSizes: [Int] { logs.map(\.size) }

  /// Writes what was logged to the files.
  func flush() throws {
    for log in logs { try log.flush() }
  }

  /// Cuts the logs back to what they were at a checkpoint. One that has lost something, or is gone, keeps no run
  /// from going on.
  ///
  /// - Parameters:
  ///   - record: The bytes that they had, and the lines of `progress.csv`, whose rows are longer if columns were added
  ///     since; checkpoints of version 0.1.0, which added none, do not know them.
  ///   - spec: What the run learns in.
  ///   - warn: Told of what is lost.
  func rewindLogs(to record: TrainingRecord, of spec: EnvironmentSpec, warn: (String) -> Void)
    throws
  {
    let sizes = record.logSizes
    if events == nil, sizes.count == logs.count + 1 {
      makeEvents(startTime: Date().timeIntervalSince1970)
    }
    guard sizes.count == logs.count else {
      throw FileError.damaged(path, reason: "the checkpoint knows of other logs than there are")
    }
    let startTime = Date().timeIntervalSince1970 - record.seconds
    for (log, size) in zip(logs, sizes) {
      if log === progress, record.progressLines == nil, let loss = try log.rewind(to: size) {
        warn(loss)
      }
      let loss =
        try log === progress ? log.rewind(toLines: record.progressLines) : log.rewind(to: size)
      guard let loss else { continue }
      warn(loss)
      // What follows half a record cannot be read.
      if log === events { try log.restart(with: TensorBoardEvents.header(time: startTime)) }
    }
    columns = Self.cells(of: progress, line: 0)
    episodeColumns = Array(Self.cells(of: monitor, line: 1).dropFirst(3))
    if !monitor.hasLines(2) {
      try monitor.restart(with: Array(monitorHeader(spec, startTime: startTime).utf8))
    }
  }

  /// The two lines that begin `monitor.csv`.
  func monitorHeader(_ spec: EnvironmentSpec, startTime: Double) -> String {
    episodeColumns = spec.infos.map(\.name)
    return "#{\"t_start\": \(startTime), \"env_id\": \"\(spec.id)\"}\n"
      + (["r", "l", "t"] + episodeColumns).joined(separator: ",") + "\n"
  }

  /// The words in a line of a file.
  private static func cells(of log: LogFile, line: Int) -> [String] {
    let text = String(decoding: FileStore.head(of: log.path, count: 1 << 16), as: UTF8.self)
    let lines = text.split(separator: "\n", maxSplits: line + 1)
    return lines.indices.contains(line)
      ? lines[line].split(separator: ",").map(String.init) : []
  }
}
