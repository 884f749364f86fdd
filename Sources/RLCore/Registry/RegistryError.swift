public import RLSupport

/// What can go wrong with the names of environments.
public enum RegistryError: Error, Equatable, CustomStringConvertible {
  /// No such environment.
  case unknown(String, suggestion: String?)
  /// An environment that this build or machine lacks something for.
  case missing(String, needs: String)
  /// No such version.
  case unknownVersion(String, known: [String])
  /// The name is taken.
  case duplicate(String)
  /// The name has characters that do not belong there.
  case malformedName(String)
  /// A time limit below one step.
  case badLimit(String, Int)
  /// A space whose values rows of numbers cannot carry.
  case badSpace(String, String, String)
  /// A wrapper that goes on learning from episode to episode.
  case learning(String, wrapper: String)
  /// An argument that the environment does not take, or not like that.
  case argument(String, SettingsError)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let suggestion):
      "Unknown environment '\(name)'."
        + (suggestion.map { " Did you mean '\($0)'?" } ?? " `rlgym envs` lists them all.")
    case .missing(let name, let needs): "'\(name)' cannot be made here: it needs \(needs)."
    case .unknownVersion(let name, let known):
      "Unknown environment '\(name)'. Known versions: \(known.joined(separator: ", "))."
    case .duplicate(let name):
      "There is already an environment '\(name)'; give this one another name or version."
    case .malformedName(let name):
      "'\(name)' is no name for an environment: use letters, digits, '-', '_', '.' and '/'."
    case .badLimit(let name, let limit):
      "\(name): a time limit of \(limit) steps leaves no room for a step."
    case .badSpace(let name, let word, let problem): "\(name): the \(word) space \(problem)."
    case .learning(let name, let wrapper):
      "\(name): \(learningProblem(wrapper)), and a model would be judged behind other numbers than it learned behind. \(learningRemedy)"
    case .argument(let name, .unknown(let argument, let known)):
      "\(name) takes no argument '\(argument)'."
        + (nearest(to: argument, among: known).map { " Did you mean '\($0)'?" }
          ?? (known.isEmpty ? " It takes none." : " It takes: \(known.joined(separator: ", "))."))
    case .argument(let name, let error): "\(name): \(error)"
    }
  }
}

/// What is wrong with an environment behind a wrapper that goes on learning.
func learningProblem(_ wrapper: String) -> String {
  "its wrapper \(wrapper) goes on learning from episode to episode, each copy of the environment by itself"
}

/// What to do about it.
let learningRemedy =
  "Leave it out and train with `--set normalizeObservations=true` (ppo has normalizeRewards, too), whose statistics are part of the model; or freeze it (isFrozen) with statistics that are known."
