internal import RLSupport

/// Saves an environment of a type that happens to be `Codable`, or that wraps one.
@usableFromInline struct EnvironmentCoder<Base>: Sendable {
  /// The environment with its state as bytes; empty if encoding failed.
  let encode: @Sendable (Base) -> [UInt8]
  /// Whether the type wraps an environment: states of such ones were not saved by version 0.1.0.
  let isWrapper: Bool
  /// Puts what `encode` returned into an environment; returns why it cannot be done, `nil` if it was.
  let restore: @Sendable (inout Base, [UInt8]) -> String?

  /// `nil` for types that cannot be saved.
  @usableFromInline init?(_: Base.Type) {
    if let type = Base.self as? any SavedInPlace.Type {
      guard type.savesExactly else { return nil }
      self.init(inPlace: type)
    } else if let type = Base.self as? any (Codable & SendableMetatype).Type {
      self.init(type)
    } else {
      return nil
    }
  }

  private init(inPlace: any SavedInPlace.Type) {
    isWrapper = true
    encode = { ($0 as? any SavedInPlace)?.savedState() ?? [] }
    restore = { environment, bytes in
      guard var copy = environment as? any SavedInPlace else { return Self.unlike }
      if let problem = copy.restore(from: bytes) { return problem }
      guard let restored = copy as? Base else { return Self.unlike }
      environment = restored
      return nil
    }
  }

  private init<Coded: Codable & SendableMetatype>(_: Coded.Type) {
    isWrapper = false
    encode = { environment in
      guard let coded = environment as? Coded else { return [] }
      return (try? JSONText.encode([coded])).map { Array($0.utf8) } ?? []
    }
    restore = { environment, bytes in
      do {
        guard let coded = try JSONText.decode(bytes, as: [Coded].self).first as? Base else {
          return Self.unlike
        }
        environment = coded
        return nil
      } catch let DecodingError.dataCorrupted(context) where context.underlyingError == nil {
        // In the words of the environment.
        return context.debugDescription
      } catch { return Self.unlike }
    }
  }

  private static var unlike: String { "it is not an encoded \(plainName(of: Base.self))" }

  /// Shows an environment as it was made, and refuses a saved state of environments that were made with
  /// other parameters.
  ///
  /// - Parameters:
  ///   - made: The environment before its first episode.
  ///   - again: Makes another one. Where that one differs, too, as a random maze does, environments tell nothing
  ///     by how they are made, and any state is taken.
  func visit(
    made: Base, again: (() -> Base)? = nil, _ state: inout StateVisitor
  ) throws(StateError) {
    let name = "environments"
    if state.isRestoring && !state.has(name + ".made") { return }
    let present = encode(made)
    var saved = present
    try state.array(name + ".made", &saved, hasAnyCount: true)
    var difference = Self.difference(saved: saved, present: present)
    if difference != nil, let again,
      Self.difference(saved: encode(again()), present: present) != nil
    {
      difference = nil
    }
    try state.require(
      difference == nil, name,
      "they are of other environments: \(difference ?? ""); make these as they were, or begin a new training"
    )
  }

  /// Compares environments as they were made, before their first episode.
  ///
  /// - Parameters:
  ///   - saved: What `encode` returned in the process that saved.
  ///   - present: The same in this one.
  /// - Returns: The first members that differ, as `gravity was 9.8 and is 5`; `nil` if none does.
  private static func difference(saved: [UInt8], present: [UInt8]) -> String? {
    if saved == present { return nil }
    guard let saved = JSONValue(text: saved), let present = JSONValue(text: present) else {
      return "they were made differently"
    }
    var found: [String] = []
    compare(saved, present, "", &found)
    return found.isEmpty ? nil : found.prefix(3).joined(separator: ", ")
  }

  private static func compare(
    _ saved: JSONValue, _ present: JSONValue, _ path: String, _ found: inout [String]
  ) {
    switch (saved, present) {
    case (.object(let a), .object(let b)):
      for key in Set(a.keys).union(b.keys).sorted() {
        let name = path.isEmpty ? key : path + "." + key
        compare(a[key] ?? .null, b[key] ?? .null, name, &found)
      }
    case (.array(let a), .array(let b)) where a.count == 1 && b.count == 1 && path.isEmpty:
      compare(a[0], b[0], path, &found)
    case (.array(let a), .array(let b)):
      // Sets are encoded in an order that differs from process to process.
      if a.map({ $0.text() }).sorted() != b.map({ $0.text() }).sorted() {
        found.append("\(path) was \(saved.text()) and is \(present.text())")
      }
    case (.string(let a), .string(let b)) where a != b && "[{".contains(a.first ?? " "):
      // What a wrapper wraps is encoded within.
      guard let a = JSONValue(text: Array(a.utf8)), let b = JSONValue(text: Array(b.utf8)) else {
        fallthrough
      }
      compare(a, b, "", &found)
    default:
      if saved != present { found.append("\(path) was \(saved.text()) and is \(present.text())") }
    }
  }
}

/// An environment that takes over a saved state without being made anew.
protocol SavedInPlace {
  /// Whether what it consists of can be saved.
  static var savesExactly: Bool { get }
  /// Everything that changes, as JSON.
  func savedState() -> [UInt8]
  /// Takes over what `savedState` returned; returns why it cannot be done, `nil` if it was.
  mutating func restore(from bytes: [UInt8]) -> String?
}
