/// Names and values on their way to a YAML file, in the order in which they were added.
package struct YAMLMapping {
  /// The lines of the file.
  package private(set) var lines: [String] = []

  /// A mapping of nothing.
  package init() {}

  /// Values in the order of their names.
  package init(_ values: [String: JSONValue]) {
    for (name, value) in values.sorted(by: { $0.key < $1.key }) { add(name, value) }
  }

  /// The file's text.
  package var text: String { lines.map { $0 + "\n" }.joined() }

  /// The mapping on one line: `{low: 1, high: 2}`.
  package var flow: String { "{\(lines.joined(separator: ", "))}" }

  /// Adds a value.
  package mutating func add(_ name: String, _ value: JSONValue) {
    lines.append("\(name): \(value.yaml)")
  }

  /// Adds a number from 0 on; one that readers take for a fraction goes between quotes.
  package mutating func add(_ name: String, _ number: UInt64) {
    add(name, Int(exactly: number).map { .int($0) } ?? .string("\(number)"))
  }

  /// Adds lines that are names and values already.
  package mutating func add(lines: [String]) { self.lines += lines }

  /// Adds a mapping below a name.
  package mutating func add(_ name: String, _ members: YAMLMapping) {
    lines.append("\(name):")
    lines += members.lines.map { "  " + $0 }
  }

  /// Adds a list of mappings below a name.
  package mutating func add(_ name: String, list: [YAMLMapping]) {
    lines.append("\(name):")
    for item in list {
      for (i, line) in item.lines.enumerated() { lines.append((i == 0 ? "  - " : "    ") + line) }
    }
  }
}
