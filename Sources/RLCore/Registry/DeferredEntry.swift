internal import RLSupport

/// An environment whose entry is made when it is first asked for.
final class DeferredEntry: Sendable {
  let id: String
  let summary: String
  /// Whether this build has it; `false` for one that can only tell how to get it.
  let isPresent: Bool
  private let lacks: (@Sendable () -> String?)?
  private let make: @Sendable () throws(RegistryError) -> EnvironmentRegistry.Entry
  private let made = Locked<Result<EnvironmentRegistry.Entry, RegistryError>?>(nil)

  init(
    _ id: String, _ summary: String, isPresent: Bool, needs: (@Sendable () -> String?)? = nil,
    _ make: @escaping @Sendable () throws(RegistryError) -> EnvironmentRegistry.Entry
  ) {
    (self.id, self.summary, self.isPresent) = (id, summary, isPresent)
    (lacks, self.make) = (needs, make)
  }

  /// The entry, or why there is none; found out once, by one thread: what makes it must not ask for it.
  var entry: Result<EnvironmentRegistry.Entry, RegistryError> {
    made.withLock { made in
      if let made { return made }
      let result = Result { () throws(RegistryError) in try make() }
      made = result
      return result
    }
  }

  /// What it lacks, as the end of a sentence that begins with "it needs".
  var needs: String? {
    if let lacks, made.withLock({ $0 == nil }) { return lacks() }
    return switch entry {
    case .success: nil
    case .failure(.missing(_, let needs)): needs
    case .failure(let error): error.description
    }
  }
}
