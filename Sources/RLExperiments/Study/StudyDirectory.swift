internal import Foundation
internal import RLSupport

/// The files of a study: `study.yaml`, the runs, and what was made of them.
package enum StudyDirectory {
  /// Whether a directory holds a study, or what was made of one.
  package static func isStudy(_ directory: String) -> Bool {
    ["study.yaml", "results.json"].contains {
      FileManager.default.fileExists(atPath: directory + "/" + $0)
    }
  }

  /// Reads what a directory's study is.
  package static func read(_ directory: String, catalog: Catalog) throws -> Study {
    let path = directory + "/study.yaml"
    guard FileManager.default.fileExists(atPath: path) else {
      throw ExperimentError.invalid("'\(directory)' holds no study: it has no study.yaml.")
    }
    return try Study(
      yaml: String(decoding: FileStore.read(path), as: UTF8.self), name: path, catalog: catalog)
  }

  /// Begins a study in a directory, or goes on with the one that is there.
  ///
  /// - Parameter study: The study that was asked for; `nil` for the one in the directory.
  package static func open(_ directory: String, study: Study?, catalog: Catalog) throws -> Study {
    if FileManager.default.fileExists(atPath: directory + "/study.yaml") {
      let known = try read(directory, catalog: catalog)
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
        "Say what to compare, as in: \(Invocation.program) benchmark ppo,dqn CartPole --output \(directory)"
      )
    }
    try FileManager.default.makeOutput(directory)
    try write(study, to: directory)
    return study
  }

  private static func write(_ study: Study, to directory: String) throws {
    let command = command(of: directory) ?? Invocation.command
    try write("# \(command)\n" + study.yaml, to: directory + "/study.yaml")
  }

  /// Writes a file that other processes, with other parts of the study, may write at the same time.
  package static func write(_ text: String, to path: String) throws {
    try FileStore.write(Array(text.utf8), to: path, isShared: true)
  }

  /// The command that began a study.
  package static func command(of directory: String) -> String? {
    ConfigurationFile.comment(in: directory + "/study.yaml")
  }

  /// Works out the results of the runs that are there, and writes `results.json` and `results.csv`.
  package static func results(of study: Study, in directory: String, catalog: Catalog) throws
    -> StudyResults
  {
    let results = try StudyAnalysis(study, in: directory, catalog: catalog).results()
    guard results.runCount > 0 else {
      throw ExperimentError.failed(
        "No run in '\(directory)' is over yet; train with: \(Invocation.program) benchmark --output \(directory)"
      )
    }
    try write(JSONText.encode(results) + "\n", to: directory + "/results.json")
    try write(results.csv, to: directory + "/results.csv")
    return results
  }

  /// Copies the runs of a study's parts into one directory.
  package static func merge(_ parts: [String], into directory: String, catalog: Catalog) throws
    -> Study
  {
    var whole: Study?
    for part in parts {
      let study = try read(part, catalog: catalog)
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
      if RunLauncher.isFinished(target) { continue }
      // A run that failed in one part may have been trained again in another.
      let finished = parts.filter { RunLauncher.isFinished($0 + "/" + job.path) }
      for part in finished + parts {
        let source = part + "/" + job.path
        let isFinished = RunLauncher.isFinished(source)
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
