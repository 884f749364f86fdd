internal import RLAgents
internal import RLCore
internal import RLSupport

/// Whose mistake an error is: a file's, which is named with its line, or a command line's.
extension RunPlan {
  /// What a file and a command line make together.
  ///
  /// - Parameters:
  ///   - name: The file; `nil` for none.
  ///   - file: What it gives: hyperparameters by name.
  ///   - settings: Hyperparameters by name that the command line gives.
  ///   - kind: Whose they are.
  ///   - make: Makes it of both, or of the file alone.
  /// - Throws: What `make` throws, with the file and the line if the file alone makes the error, too.
  static func placing<Result>(
    in name: String?, _ file: [String: JSONValue], under settings: [String: JSONValue],
    _ kind: AgentRegistry.Entry, _ make: (_ isWhole: Bool) throws -> Result
  ) throws -> Result {
    func key(of setting: String, in values: [String: JSONValue]) -> String? {
      values.keys.sorted().first { key in
        let own = try? kind.defaults.translated([key: values[key] ?? .null]).values
        return key == setting || own?[setting] != nil
      }
    }
    return try placing(
      in: name, file, isGiven: { key(of: $0, in: settings) != nil },
      key: { key(of: $0, in: file) }, make)
  }

  /// What a file and a command line make together.
  ///
  /// - Parameters:
  ///   - name: The file; `nil` for none.
  ///   - file: What it gives by its keys.
  ///   - isGiven: Whether the command line gives a setting.
  ///   - key: The file's key for a setting, if it gives it; its only key by default.
  ///   - make: Makes it of both, or of the file alone.
  /// - Throws: What `make` throws, with the file and the line if the file alone makes the error, too.
  static func placing<Result>(
    in name: String?, _ file: [String: JSONValue], isGiven: (String) -> Bool,
    key: ((String) -> String?)? = nil, _ make: (_ isWhole: Bool) throws -> Result
  ) throws -> Result {
    do { return try make(true) } catch {
      guard let name, let names = settings(of: error), !names.contains(where: isGiven),
        !isSound({ _ = try make(false) }, names)
      else { throw error }
      // Values that do not go together: the one that the error is about may be a default.
      let words = names + "\(error)".split { !$0.isLetter && !$0.isNumber }.map(String.init)
      let found = key.map { words.lazy.compactMap($0).first } ?? file.keys.first
      let place = found.map { ConfigurationFile.place(of: $0, in: name) } ?? "'\(name)'"
      throw ExperimentError.invalid("\(place): \(error)")
    }
  }

  /// Whether no error of some settings is thrown.
  private static func isSound(_ make: () throws -> Void, _ names: [String]) -> Bool {
    do { try make() } catch { return settings(of: error) != names }
    return true
  }

  /// The settings, or arguments of an environment, that an error is about.
  private static func settings(of error: any Error) -> [String]? {
    switch error {
    case let error as SettingsError: error.names
    case RegistryError.argument(_, let error): error.names
    default: nil
    }
  }
}
