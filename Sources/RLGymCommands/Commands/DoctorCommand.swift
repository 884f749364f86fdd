internal import ArgumentParser
internal import Foundation
internal import RLGym

/// `rlgym doctor`
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at this machine and build, and test that they compute what they should.",
    discussion: """
      Takes some seconds. Ends with exit code 1 if something is wrong; libraries that are missing are told, but \
      most work needs none of them. A report of a bug has what `rlgym doctor --json` prints.
      """)

  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let diagnosis = Diagnosis()
    try Output.result(
      json ? JSONText.encode(diagnosis, isPretty: true) : Self.text(diagnosis))
    if !diagnosis.problems.isEmpty { throw ExitCode(1) }
  }

  private static func text(_ diagnosis: Diagnosis) -> String {
    func size(_ bytes: Int?) -> String { bytes.map { Format.bytes($0) } ?? "not known" }
    let traits = diagnosis.traits.isEmpty ? "no traits" : diagnosis.traits.joined(separator: ", ")
    var rows: [(String, String)] = [
      ("rlgym", "\(diagnosis.rlgym), \(diagnosis.build) build, \(traits)"),
      ("Swift", diagnosis.swift), ("system", diagnosis.system),
      ("processor", "\(diagnosis.cpu), \(diagnosis.cores) cores"),
      ("instructions", diagnosis.cpuFeatures.joined(separator: " ")),
      ("memory", "\(size(diagnosis.memory)), \(size(diagnosis.freeMemory)) free"),
      ("disk here", "\(size(diagnosis.freeDisk)) free"),
    ]
    rows += diagnosis.parts.map { part in
      (part.name, part.isFound ? "found" : "missing, for \(part.use): \(part.remedy ?? "")")
    }
    rows += diagnosis.checks.map { ($0.name, ($0.holds ? "holds: " : "WRONG: ") + $0.detail) }
    let width = rows.map(\.0.count).max() ?? 0
    var lines = rows.map { "\(Format.padded($0.0, width))  \($0.1)" }
    lines += ["", diagnosis.problems.isEmpty ? "All is well." : "Something is wrong.", ""]
    lines.append("A report of a bug has:")
    lines += Diagnosis.reportContents.map { "- \($0)" }
    return lines.joined(separator: "\n")
  }
}
