internal import RLCore
public import RLSupport

/// What can go wrong with rollout logs.
public enum RolloutLogError: Error, Equatable, CustomStringConvertible {
  /// The library is not there, or lacks a function.
  case noLibrary(missing: String)
  /// There is a log already.
  case exists(String)
  /// The directory holds no log.
  case noLog(String)
  /// The name of a dataset is not one that Minari takes.
  case badName(String)
  /// A file cannot be read or written.
  case file(FileError)
  /// HDF5 could not do something.
  case library(String, operation: String)
  /// A file has something that is refused, or that makes no sense.
  case refused(String, reason: String)
  /// The process that read a file died.
  case readerDied(String, how: String)
  /// There is no such episode.
  case noEpisode(Int, count: Int)
  /// Logs, or a log and an environment, do not go together.
  case mismatch(String, reason: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .noLibrary(let missing):
      "Rollout logs need the HDF5 library, of which '\(missing)' is missing. Install it (Debian, Ubuntu: apt-get install hdf5-tools, which brings it)."
    case .exists(let path):
      "'\(path)' already holds a rollout log; choose another directory."
    case .noLog(let path):
      "'\(path)' holds no rollout log: there is no data/metadata.json in it."
    case .badName(let name):
      "'\(name)' is no name for a dataset; it must be like cartpole-v0 or mylab/cartpole-v0: letters, digits, '-' and '_', parts of two characters or more, and a version at the end."
    case .file(let error): error.description
    case .library(let path, let operation): "HDF5 failed to \(operation) '\(path)'."
    case .refused(let path, let reason): "'\(path)' is refused: \(reason)."
    case .readerDied(let path, let how):
      "The process that read '\(path)' \(how): the file is damaged, hostile or too large."
    case .noEpisode(let number, let count):
      "There is no episode \(number); the log has \(count), from 0 on."
    case .mismatch(let path, let reason): "'\(path)' does not fit: \(reason)."
    }
  }
}
