/// What can go wrong with MuJoCo and its models.
public enum MuJoCoError: Error, Equatable, CustomStringConvertible {
  /// MuJoCo is not set up; no such folder or file.
  case missing(file: String)
  /// A file that is no library of the version that rlgym uses, and why.
  case badLibrary(file: String, String)
  /// A model file that is not there.
  case noModel(file: String)
  /// A model file that MuJoCo cannot load, and what it says.
  case badModel(file: String, String)
  /// A model that does not have what a task needs.
  case unfit(file: String, String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .missing, .badLibrary: "It needs \(needs)."
    case .noModel(let file): "There is no model file \(file)"
    case .badModel(let file, let problem): "MuJoCo cannot load the model \(file): \(problem)"
    case .unfit(let file, let problem): "The model \(file) does not fit the task: \(problem)"
    }
  }

  /// What is lacking, as the end of a sentence that begins with "it needs".
  package var needs: String {
    switch self {
    case .missing(let file):
      "MuJoCo \(MuJoCoLibrary.version), and there is no \(file).\n`./Scripts/setup mujoco` fetches it; RLGYM_MUJOCO=DIR names another place"
    case .badLibrary(let file, let problem):
      "MuJoCo \(MuJoCoLibrary.version), and \(file) is not that: \(problem).\nDelete its folder and run `./Scripts/setup mujoco`; RLGYM_MUJOCO=DIR names another place"
    case .noModel, .badModel, .unfit: "a model that fits. \(description)"
    }
  }
}
