/// One line of a ``SettingsTable``: everything there is to know of a setting but its default, which its
/// owner's initializer has.
///
/// ```swift
/// Setting(
///   \.gaeLambda, "gaeLambda", peers: ["gae_lambda"], symbol: "λ",
///   "bias against variance of advantages", in: .from(0, to: 1),
///   search: .numbers(0.8...0.999, .complement))
/// ```
public struct Setting<Root>: Sendable {
  /// What a setting needs to have an effect.
  public struct Requirement: Sendable {
    let path: any PartialKeyPath<Root> & Sendable
    let words: String
    let holds: @Sendable (Root) -> Bool

    /// Another setting with a value of some kind.
    ///
    /// - Parameters:
    ///   - path: The other setting.
    ///   - words: What to set it to, as in `--set name=words`.
    ///   - holds: Whether its value is of that kind.
    public static func value<Value>(
      of path: any KeyPath<Root, Value> & Sendable, _ words: String,
      _ holds: @escaping @Sendable (Value) -> Bool
    ) -> Requirement {
      Requirement(path: path, words: words) { holds($0[keyPath: path]) }
    }

    /// A flag that is set.
    public static func flag(_ path: any KeyPath<Root, Bool> & Sendable) -> Requirement {
      .value(of: path, "true") { $0 }
    }
  }

  /// The name in files and on command lines.
  public let name: String
  /// Other programs' names for it, which are taken, too.
  public let peers: [String]
  /// The symbol in the literature.
  public let symbol: String?
  /// What it does, with its unit.
  public let meaning: String
  /// What a value must be, as the end of a sentence; `nil` if any value of its type will do.
  public let limits: String?
  /// The forms of values that a sheet names; `nil` where the default shows them.
  public let forms: String?
  /// The type of values, as the end of a sentence that begins with "must be".
  public let expected: String
  /// How a search varies it; `nil` if searches leave it alone.
  public let search: SettingSearch<Root>?
  /// What it needs to have an effect.
  public let requirement: Requirement?
  /// Whether it can be changed while its owner is at work.
  public let isVariable: Bool
  /// The property.
  public let path: any PartialKeyPath<Root> & Sendable
  let read: @Sendable (Root) -> JSONValue
  let write: @Sendable (inout Root, JSONValue) -> Bool
  let isWithinLimits: @Sendable (Root) -> Bool

  /// A line of a table.
  ///
  /// - Parameters:
  ///   - path: The property.
  ///   - name: The name in files and on command lines: the property's.
  ///   - peers: Other programs' names for it, which are taken, too.
  ///   - symbol: The symbol in the literature.
  ///   - meaning: What it does, with its unit. Limits and forms are added where a sheet shows it.
  ///   - limits: The values that it may have.
  ///   - search: How a search varies it.
  ///   - requirement: What it needs to have an effect.
  ///   - isVariable: Whether it can be changed while its owner is at work.
  public init<Value: SettingValue>(
    _ path: any WritableKeyPath<Root, Value> & Sendable, _ name: String, peers: [String] = [],
    symbol: String? = nil, _ meaning: String, in limits: Limits<Value>? = nil,
    search: SettingSearch<Root>? = nil, onlyWith requirement: Requirement? = nil,
    isVariable: Bool = false
  ) {
    self.name = name
    self.peers = peers
    self.symbol = symbol
    self.meaning = meaning
    self.limits = limits?.words
    self.search = search
    self.requirement = requirement
    self.isVariable = isVariable
    self.path = path
    forms = Value.forms
    expected = Value.expected
    read = { $0[keyPath: path].setting }
    write = { root, value in
      guard let value = Value(setting: value) else { return false }
      root[keyPath: path] = value
      return true
    }
    isWithinLimits = { limits?.contain($0[keyPath: path]) ?? true }
  }
}
