internal import ArgumentParser
internal import Foundation
internal import RLGym

/// `rlgym runs [DIR]`
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List runs with their state, returns and settings that differ.")

  @Argument(help: "A directory of runs.", completion: .directory) var directory = "runs"
  @Option(help: "Only runs with this tag.") var tag: String?
  @Flag(help: "Print one JSON array.") var json = false

  func run() throws {
    guard FileManager.default.fileExists(atPath: directory) else {
      throw ExperimentError.invalid("There is no directory '\(directory)'.")
    }
    let all = RunRecord.all(in: directory)
    let runs = tag.map { tag in all.filter { $0.tags.contains(tag) } } ?? all
    if json {
      try Output.result(JSONText.encode(runs, isPretty: true))
      return
    }
    guard !runs.isEmpty else {
      Output.note("No runs in '\(directory)'.")
      return
    }
    let differences = RunRecord.differences(among: runs)
    let rows = runs.map { run in
      let settings = (differences[run.path] ?? []).map { "\($0.name)=\($0.value)" }
      let words = [run.name.map { "'\($0)'" }] + run.tags.map { "#\($0)" } + settings
      return [
        run.path, run.agent, run.environment, "seed \(run.seed)",
        "\(Format.count(run.stepsDone))/\(Format.count(run.steps))", run.state.rawValue,
        run.meanReturn.map(Format.value) ?? "-", words.compactMap { $0 }.joined(separator: " "),
      ]
    }
    let head = ["run", "agent", "environment", "", "steps", "state", "return", ""]
    let table = [head] + rows
    let widths = head.indices.map { i in table.map { $0[i].count }.max() ?? 0 }
    let lines = table.map { row in
      let cells = row.indices.map { Format.padded(row[$0], widths[$0]) }.joined(separator: "  ")
      return cells.trimmingCharacters(in: .whitespaces)
    }
    try Output.result(lines.joined(separator: "\n"))
  }
}
