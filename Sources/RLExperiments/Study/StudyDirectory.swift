internal import Foundation
internal import RLSupport

/// The files of a study: `study.yaml`, the runs, and what was made of them.
public enum StudyDirectory {
  /// Whether a directory holds a study, or what was made of one.
  public static func isStudy(_ directory: String) -> Bool {
    ["study.yaml", "results.json"].contains {
      FileManager.default.fileExists(atPath: directory + "/" + $0)
    }
  }

  /// Begins a study in a directory, or goes on with the one that is there.
  ///
  /// - Parameters:
  ///   - directory: The study's directory, which is made if it is missing.
  ///   - study: The study that was asked for, which may have more seeds than the one that is there; `nil` for the one
  ///     that is there.
  ///   - catalog: The agents and environments there are.
  /// - Returns: The study in the directory.
  /// - Throws: `ExperimentError` if the directory holds another study.
  public static func open(_ directory: String, study: Study?, catalog: Catalog) throws -> Study {
    if FileManager.default.fileExists(atPath: directory + "/study.yaml") {
      let known = try Study(reading: directory, catalog: catalog)
      guard let study, study != known else { return known }
      // More seeds of the same are the same study.
      var same = study
      same.seeds = known.seeds
      guard same == known, study.seeds >= known.seeds else {
        throw ExperimentError.invalid(
          "'\(directory)' holds another study; choose another --output, or leave out the agents to go on with it."
        )
      }
      try write(study, to: directory)
      return study
    }
    guard let study else {
      throw ExperimentError.invalid(
        "Say what to compare, as in: \(Invocation.program) benchmark ppo,dqn CartPole --output \(Invocation.quoted(directory))"
      )
    }
    try FileManager.default.makeOutput(directory)
    try write(study, to: directory)
    return study
  }

  private static func write(_ study: Study, to directory: String) throws {
    let command = command(of: directory) ?? Invocation.command
    try FileStore.write(
      Array(("# \(command)\n" + study.yaml).utf8), to: directory + "/study.yaml", isShared: true)
  }

  /// The command that began a study.
  static func command(of directory: String) -> String? {
    ConfigurationFile.comment(in: directory + "/study.yaml")
  }

  /// Copies the runs of a study's parts into one directory.
  ///
  /// - Parameters:
  ///   - parts: The directories of the parts, such as several machines trained.
  ///   - directory: The directory of the whole.
  ///   - catalog: The agents and environments there are.
  /// - Returns: The whole study.
  /// - Throws: `ExperimentError` if they are parts of different studies.
  public static func merge(_ parts: [String], into directory: String, catalog: Catalog) throws
    -> Study
  {
    var whole: Study?
    for part in parts {
      let study = try Study(reading: part, catalog: catalog)
      guard var known = whole else {
        whole = study
        continue
      }
      var same = study
      same.seeds = known.seeds
      guard same == known else {
        throw ExperimentError.invalid("'\(part)' is part of another study than '\(parts[0])'.")
      }
      known.seeds = max(known.seeds, study.seeds)
      whole = known
    }
    guard let whole else { throw ExperimentError.invalid("Name the directories of the parts.") }
    let study = try open(directory, study: whole, catalog: catalog)
    let manager = FileManager.default
    for job in study.jobs {
      let target = directory + "/" + job.path
      if RunDirectory.isOver(target) { continue }
      // A run that failed in one part may have been trained again in another.
      let finished = parts.filter { RunDirectory.isOver($0 + "/" + job.path) }
      for part in finished + parts {
        let source = part + "/" + job.path
        let isFinished = RunDirectory.isOver(source)
        guard isFinished || RunLauncher.problem(of: source) != nil else { continue }
        let parent = String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)])
        do {
          try manager.createDirectory(atPath: parent, withIntermediateDirectories: true)
          if isFinished {
            try? manager.removeItem(atPath: target + ".part")
            try manager.copyItem(atPath: source, toPath: target + ".part")
            try? manager.removeItem(atPath: target)
            try manager.moveItem(atPath: target + ".part", toPath: target)
            try? manager.removeItem(atPath: target + ".failed")
          } else {
            try? manager.removeItem(atPath: target + ".failed")
            try manager.copyItem(atPath: source + ".failed", toPath: target + ".failed")
          }
        } catch {
          throw ExperimentError.failed("Cannot copy the run '\(source)' to '\(target)': \(error).")
        }
        break
      }
    }
    return study
  }
}
