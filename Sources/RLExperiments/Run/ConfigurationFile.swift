internal import Foundation
public import RLSupport
internal import Yams

/// Hyperparameters and run settings from YAML and from the command line.
public enum ConfigurationFile {
  /// More than any configuration needs, and little enough to be harmless.
  public static let sizeLimit = 256_000

  /// Reads a file of `key: value` lines.
  ///
  /// - Throws: `FileError` if it cannot be read, `ExperimentError` for anything but plain values and lists.
  public static func read(_ path: String) throws -> [String: JSONValue] {
    try parse(text(path), name: path)
  }

  /// The text of a file.
  private static func text(_ path: String) throws(FileError) -> String {
    String(decoding: try FileStore.read(path, limit: sizeLimit), as: UTF8.self)
  }

  /// The file, and the line that begins with a key, if there is one.
  static func place(of key: String, in path: String) -> String {
    "'\(path)'" + (line(of: key, in: path).map { " line \($0)" } ?? "")
  }

  private static func line(of key: String, in path: String) -> Int? {
    let lines = (try? text(path))?.split(separator: "\n", omittingEmptySubsequences: false)
    let index = lines?.firstIndex { line in
      guard let colon = line.firstIndex(of: ":") else { return false }
      let word = line[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: " \t\"'"))
      return word == key
    }
    return index.map { $0 + 1 }
  }

  /// The comment in the first line of a file, if there is one.
  static func comment(in path: String) -> String? {
    let line = (try? FileStore.read(path, limit: sizeLimit))?.split(separator: 10, maxSplits: 1)
      .first
    guard let text = line.map({ String(decoding: $0, as: UTF8.self) }), text.hasPrefix("# ") else {
      return nil
    }
    return String(text.dropFirst(2))
  }

  /// Parses YAML: one level of keys with plain values and lists.
  ///
  /// - Parameters:
  ///   - text: The YAML, up to 256 kB.
  ///   - name: What it is called in errors.
  public static func parse(_ text: String, name: String) throws -> [String: JSONValue] {
    guard let node = try compose(text, name: name) else { return [:] }
    guard let mapping = node.mapping else {
      throw ExperimentError.invalid("'\(name)' must consist of lines 'key: value'.")
    }
    return try values(mapping, name: name)
  }

  /// Parses YAML of any depth. Anchors, aliases and tags are refused.
  static func compose(_ text: String, name: String) throws -> Node? {
    guard text.utf8.count <= sizeLimit else {
      throw FileError.tooLarge(name, size: text.utf8.count, limit: sizeLimit)
    }
    // Aliases must be found before Yams composes anything: a few of them can stand for gigabytes.
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if line.first(where: { $0 != " " && $0 != "\t" }) == "#" { continue }
      var previous: Character = " "
      // Quotes make no difference: no setting needs these characters, and where a quotation ends is not
      // to be decided twice.
      for character in line {
        if "&*!".contains(character), " \t[{,:-?".contains(previous) {
          throw ExperimentError.invalid(
            "'\(name)' line \(number + 1) uses a YAML anchor, alias or tag ('\(character)'); write the value out."
          )
        }
        previous = character
      }
    }
    do {
      return try Yams.compose(yaml: text)
    } catch {
      throw ExperimentError.invalid("'\(name)' is no valid YAML: \(error)")
    }
  }

  /// Plain values and lists by their keys.
  static func values(_ mapping: Node.Mapping, name: String) throws -> [String: JSONValue] {
    var result: [String: JSONValue] = [:]
    for (key, value) in mapping {
      guard let key = key.string else {
        throw ExperimentError.invalid("'\(name)' has a key that is no word.")
      }
      guard result[key] == nil else {
        throw ExperimentError.invalid("'\(name)' sets '\(key)' twice.")
      }
      result[key] = try self.value(value, key: key, name: name)
    }
    return result
  }

  private static func value(_ node: Node, key: String, name: String) throws -> JSONValue {
    switch node {
    case .sequence(let items):
      return .array(try items.map { try value($0, key: key, name: name) })
    case .mapping, .alias:
      throw ExperimentError.invalid("'\(key)' in '\(name)' must be a plain value or a list.")
    case .scalar(let scalar):
      return scalar.style == .plain ? JSONValue(word: scalar.string) : .string(scalar.string)
    }
  }

  /// What is wrong with a key that is none of those there are.
  static func unknown(_ key: String, among known: [String]) -> String {
    "has an unknown key '\(key)'."
      + (nearest(to: key, among: known).map { " Did you mean '\($0)'?" }
        ?? " There is: \(known.joined(separator: ", ")).")
  }

  /// Parses what an option was given: `key=value`, of which the last one of a key counts.
  ///
  /// - Parameters:
  ///   - texts: The words.
  ///   - option: The option, for errors.
  public static func assignments(_ texts: [String], of option: String = "--set") throws
    -> [String: JSONValue]
  {
    var values: [String: JSONValue] = [:]
    for text in texts {
      guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
        throw ExperimentError.invalid(
          "'\(option) \(text)' must have the form key=value, such as \(option == "--set" ? "learningRate=1e-3" : "is_slippery=false")."
        )
      }
      values[String(text[..<sign])] = JSONValue(word: String(text[text.index(after: sign)...]))
    }
    return values
  }
}
