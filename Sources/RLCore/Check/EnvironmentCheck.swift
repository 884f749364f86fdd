/// What `checkEnvironment` found.
public struct EnvironmentCheck: Sendable, CustomStringConvertible {
  /// One finding.
  public struct Finding: Sendable, Equatable {
    /// Whether the environment breaks a rule, or merely does something that learners find hard.
    public enum Severity: String, Sendable {
      /// A broken rule.
      case error
      /// Something worth changing.
      case warning
    }
    /// How bad it is.
    public var severity: Severity
    /// The rule's short name.
    public var rule: String
    /// What to change.
    public var message: String
  }

  /// The environment's name.
  public var id: String
  /// The findings in the order of the rules.
  public private(set) var findings: [Finding] = []

  init(id: String) { self.id = id }

  /// Whether no rule is broken.
  public var passed: Bool { !findings.contains { $0.severity == .error } }

  mutating func error(_ rule: String, _ message: String) { add(.error, rule, message) }
  mutating func warn(_ rule: String, _ message: String) { add(.warning, rule, message) }

  private mutating func add(_ severity: Finding.Severity, _ rule: String, _ message: String) {
    // One finding a rule: the first step that breaks it says enough.
    if !findings.contains(where: { $0.rule == rule }) {
      findings.append(Finding(severity: severity, rule: rule, message: message))
    }
  }

  /// A report of one line a finding.
  public var description: String {
    let lines = findings.map { "  \($0.severity.rawValue) [\($0.rule)] \($0.message)" }
    return (["\(id): " + (passed ? "passed" : "failed")] + lines).joined(separator: "\n")
  }
}
