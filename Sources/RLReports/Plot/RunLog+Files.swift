internal import Foundation
internal import RLExperiments
internal import RLSupport

extension RunLog {
  /// Reads a run's file, or the files of a directory, recognised by what is in them.
  ///
  /// - Parameter wanted: The kind of file to read; the best that is there if `nil`.
  /// - Returns: `nil` if there is no such file.
  static func read(_ path: String, _ wanted: RunPlot.Source?) throws -> RunLog? {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw ExperimentError.invalid(
        "There is no '\(path)'; give the directory or the log file of a run.")
    }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    if !isDirectory.boolValue { return try read([path], name, wanted) }
    let files = try FileManager.default.contentsOfDirectory(atPath: path).sorted().filter {
      $0.hasSuffix(".npz") || $0.hasSuffix(".csv")
    }
    return try read(files.map { path + "/" + $0 }, name, wanted)
  }

  private static func read(_ paths: [String], _ name: String, _ wanted: RunPlot.Source?) throws
    -> RunLog?
  {
    var files: [RunPlot.Source: [(path: String, bytes: [UInt8])]] = [:]
    for path in paths {
      let bytes = try FileStore.read(path)
      if let source = try source(of: bytes, path) {
        files[source, default: []].append((path, bytes))
      }
    }
    for source in RunPlot.Source.allCases where wanted == nil || wanted == source {
      guard let found = files[source], let first = found.first else { continue }
      let log: RunLog?
      switch source {
      case .evaluations: log = try evaluations(first.path, name)
      case .progress: log = try progress(Table(first.bytes, first.path), name)
      case .monitor: log = try monitor(found, name)
      }
      if let log, !log.values.isEmpty { return log }
    }
    return nil
  }

  /// What kind of file some bytes are.
  ///
  /// - Throws: `FileError.damaged` for an archive that cannot be read: nothing else takes its place.
  private static func source(of bytes: [UInt8], _ path: String) throws -> RunPlot.Source? {
    if path.hasSuffix(".npz") || bytes.starts(with: [0x50, 0x4b]) {
      let archive = try NumPyArchive.decode(bytes, name: path)
      let isLog = archive.entries["timesteps"] != nil && archive.entries["results"] != nil
      return isLog ? .evaluations : nil
    }
    let head = String(decoding: bytes.prefix(65_536), as: UTF8.self)
    let lines = head.split(whereSeparator: \.isNewline).prefix(2)
    guard let first = lines.first else { return nil }
    if first.hasPrefix("#{") || first.hasPrefix("r,l,t") { return .monitor }
    return first.contains("time/total_timesteps") ? .progress : nil
  }

  private static func evaluations(_ path: String, _ name: String) throws -> RunLog {
    let curve = try EvaluationCurve(path)
    let kept = curve.values.indices.filter { curve.values[$0].isFinite }
    let seconds = kept.map { curve.seconds[$0] }
    return RunLog(
      name: name, source: .evaluations, steps: kept.map { Double(curve.steps[$0]) },
      seconds: seconds.allSatisfy(\.isFinite) ? seconds : nil, values: kept.map { curve.values[$0] }
    )
  }

  /// Rows without a return, such as those before the first episode ends, are passed over.
  private static func progress(_ table: Table, _ name: String) throws -> RunLog? {
    let columns = ["rollout/ep_rew_mean", "eval/mean_reward"]
    guard let returns = columns.lazy.compactMap({ table.column($0) }).first,
      let steps = table.column("time/total_timesteps")
    else { return nil }
    let kept = returns.indices.filter { returns[$0].isFinite && steps[$0].isFinite }
    let seconds = table.column("time/time_elapsed").map { all in kept.map { all[$0] } }
    return RunLog(
      name: name, source: .progress, steps: continued(kept.map { steps[$0] }),
      seconds: seconds.flatMap { $0.allSatisfy(\.isFinite) ? continued($0) : nil },
      values: kept.map { returns[$0] })
  }

  /// Joins the episodes of several environments in the order in which they ended, as Stable-Baselines3's
  /// `load_results` does; those of a file that a resumed run went on with are in the order of its lines.
  private static func monitor(_ sources: [(path: String, bytes: [UInt8])], _ name: String) throws
    -> RunLog?
  {
    struct Header: Decodable { var t_start: Double }
    struct Episode {
      var time: Double
      var length: Double
      var value: Double
    }
    var files: [[Episode]] = []
    var start = Double.infinity
    for file in sources {
      let text = String(decoding: file.bytes, as: UTF8.self)
      let line = text.prefix { !$0.isNewline }
      var began = 0.0
      if line.hasPrefix("#") {
        let header = try? JSONText.decode(line.dropFirst().utf8, as: Header.self)
        began = header?.t_start ?? 0
      }
      start = min(start, began)
      let table = try Table(file.bytes, file.path)
      guard let values = table.column("r"), let lengths = table.column("l"),
        let times = table.column("t")
      else {
        throw FileError.damaged(file.path, reason: "it has no columns r, l and t")
      }
      // A last line that was cut off has no time.
      let whole = values.indices.filter {
        values[$0].isFinite && lengths[$0].isFinite && times[$0].isFinite && lengths[$0] >= 0
      }
      files.append(
        zip(whole, continued(whole.map { times[$0] })).map {
          Episode(time: began + $1, length: lengths[$0], value: values[$0])
        })
    }
    // Rows of one file are in their order already.
    let episodes =
      files.count == 1
      ? files[0]
      : files.joined().enumerated().sorted {
        ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
      }.map(\.element)
    var steps = 0.0
    return RunLog(
      name: name, source: .monitor,
      steps: episodes.map {
        steps += $0.length
        return steps
      }, seconds: episodes.map { $0.time - start }, values: episodes.map(\.value))
  }

  /// Numbers that only rise within a process, going on from process to process: where one is less than that before it, a
  /// resumed run began to count anew.
  private static func continued(_ numbers: [Double]) -> [Double] {
    var (begin, last) = (0.0, -Double.infinity)
    var result: [Double] = []
    for number in numbers {
      if number < last { begin = result.last ?? 0 }
      last = number
      result.append(begin + number)
    }
    return result
  }

  /// A file of comma-separated numbers with names in the first line; lines with `#` are comments.
  struct Table {
    private var names: [String]
    private var rows: [[Substring]]

    init(_ bytes: [UInt8], _ path: String) throws {
      let text = String(decoding: bytes, as: UTF8.self)
      let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
      guard let first = lines.first else {
        throw FileError.damaged(path, reason: "it has no line with the names of its columns")
      }
      names = Self.cells(first).map { $0.trimmingCharacters(in: .whitespaces) }
      rows = lines.dropFirst().map(Self.cells)
    }

    /// The numbers of a column, NaN where there is none; `nil` for an unknown column.
    func column(_ name: String) -> [Double]? {
      names.firstIndex(of: name).map { place in
        rows.map { row in
          row.indices.contains(place)
            ? Double(row[place].trimmingCharacters(in: .whitespaces)) ?? .nan : .nan
        }
      }
    }

    /// The cells of a line; commas within quotes belong to a cell.
    private static func cells(_ line: Substring) -> [Substring] {
      guard line.contains("\"") else {
        return line.split(separator: ",", omittingEmptySubsequences: false)
      }
      var isQuoted = false
      return line.split(omittingEmptySubsequences: false) { character in
        if character == "\"" { isQuoted.toggle() }
        return character == "," && !isQuoted
      }
    }
  }
}
