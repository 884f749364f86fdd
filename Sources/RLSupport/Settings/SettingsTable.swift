/// The settings of a type, one line each, from which follow reading and writing them by name, the checks
/// of their limits, sheets, and ranges for searches.
///
/// ```swift
/// static let table = SettingsTable<Kettle> {
///   Setting(\.power, "power", "heat in W", in: .positive)
///   Setting(\.whistles, "whistles", "a signal at the boil")
/// }
/// ```
public struct SettingsTable<Root>: Sendable {
  /// The settings in the order of the sheet.
  public let settings: [Setting<Root>]

  /// A table.
  ///
  /// - Parameters:
  ///   - shared: Lines that tables of other types have, too.
  ///   - settings: The lines that come after them.
  public init(
    _ shared: [Setting<Root>] = [], @SettingsBuilder<Root> _ settings: () -> [Setting<Root>]
  ) {
    self.settings = shared + settings()
  }

  /// The names in the order of the sheet.
  public var names: [String] { settings.map(\.name) }

  /// The setting of that name.
  public subscript(_ name: String) -> Setting<Root>? { settings.first { $0.name == name } }

  /// The setting of that property.
  public subscript(_ path: PartialKeyPath<Root>) -> Setting<Root>? {
    settings.first { $0.path == path }
  }

  /// Values by the names of this table.
  ///
  /// - Parameter values: Values by name, or by a name that other programs use.
  /// - Returns: The values, and a note for each name of other programs.
  /// - Throws: `SettingsError` for a name that is none, with the nearest that is one.
  public func translated(_ values: [String: JSONValue]) throws(SettingsError)
    -> (values: [String: JSONValue], notes: [String])
  {
    var (result, notes): ([String: JSONValue], [String]) = (values, [])
    for (name, value) in values.sorted(by: { $0.key < $1.key }) where self[name] == nil {
      guard let own = settings.first(where: { $0.peers.contains(name) }) else {
        let peers = settings.flatMap(\.peers)
        // One name of another program's may stand for several settings.
        let parts = peers.filter { $0.hasPrefix(name + "[") }
        if !parts.isEmpty { throw .unknown(name: name, known: parts) }
        let isClear =
          nearest(to: name, among: names) == nil && nearest(to: name, among: peers) != nil
        throw .unknown(name: name, known: isClear ? peers : names)
      }
      guard result[own.name] == nil else { throw .twice(name: own.name, peer: name) }
      result[name] = nil
      result[own.name] = value
      notes.append("\(name) is \(own.name) here.")
    }
    return (result, notes)
  }

  /// An owner of settings with some of them replaced.
  ///
  /// - Parameters:
  ///   - root: The owner.
  ///   - values: Values by name, or by a name that other programs use.
  /// - Throws: `SettingsError` for a name that is none and for a value of the wrong type. Limits are checked
  ///   by `check`.
  public func overlaid(_ root: Root, by values: [String: JSONValue]) throws(SettingsError) -> Root {
    var root = root
    let values = try translated(values).values
    for setting in settings {
      guard let value = values[setting.name] else { continue }
      guard setting.write(&root, value) else {
        throw .wrongType(name: setting.name, expected: setting.expected, found: value.word)
      }
    }
    return root
  }

  /// Every setting's value, in the order of the sheet.
  public func values(of root: Root) -> [(name: String, value: JSONValue)] {
    settings.map { ($0.name, $0.read(root)) }
  }

  /// Throws if a setting is out of its limits.
  public func check(_ root: Root) throws(SettingsError) {
    for setting in settings where !setting.isWithinLimits(root) {
      throw .invalid(
        name: setting.name, "must be \(setting.limits ?? ""), not \(setting.read(root).word)")
    }
  }

  /// Settings that were changed and have no effect, with what they need for one, as in `--set`.
  ///
  /// - Parameters:
  ///   - root: The owner.
  ///   - standard: An owner whose settings have not been changed.
  public func ineffective(in root: Root, standard: Root) -> [(name: String, needs: String)] {
    settings.compactMap { setting in
      guard let need = setting.requirement, !need.holds(root),
        setting.read(root) != setting.read(standard)
      else { return nil }
      return (setting.name, "\(self[need.path]?.name ?? "")=\(need.words)")
    }
  }

  /// The sheet: a line for each setting with its name, its value in some owner, meaning, forms and limits, and
  /// others' names.
  public func sheet(of root: Root) -> [String] {
    let words = values(of: root).map(\.value.word)
    let nameWidth = settings.map(\.name.count).max() ?? 0
    let valueWidth = words.map(\.count).max() ?? 0
    return zip(settings, words).map { setting, word in
      let aliases = setting.peers + [setting.symbol].compactMap(\.self)
      return "\(padded(setting.name, nameWidth))  \(padded(word, valueWidth))  \(setting.meaning)"
        + (setting.forms.map { ": \($0)" } ?? "") + (setting.limits.map { ", \($0)" } ?? "")
        + (aliases.isEmpty ? "" : " (\(aliases.joined(separator: ", ")))")
    }
  }

  /// Every setting as a line `name: value` of YAML.
  public func yaml(of root: Root) -> [String] {
    values(of: root).map { "\($0.name): \($0.value.yaml)" }
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

/// Collects the lines of a table.
@resultBuilder public enum SettingsBuilder<Root> {
  /// One line.
  public static func buildExpression(_ setting: Setting<Root>) -> Setting<Root> { setting }
  /// All lines.
  public static func buildBlock(_ settings: Setting<Root>...) -> [Setting<Root>] { settings }
}
