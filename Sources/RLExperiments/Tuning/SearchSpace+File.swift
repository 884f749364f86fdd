package import RLAgents
package import RLSupport
internal import Yams

extension SearchSpace {
  /// What a file or the command line says of a search space.
  struct Wishes: Equatable {
    /// Hyperparameters that are the same in all trials.
    var fixed: [String: JSONValue] = [:]
    /// Those with ranges of their own.
    var dimensions: [Dimension] = []
  }

  /// Reads a file of wishes.
  static func wishes(reading path: String) throws -> Wishes {
    let text = String(
      decoding: try FileStore.read(path, limit: ConfigurationFile.sizeLimit), as: UTF8.self)
    guard let node = try ConfigurationFile.compose(text, name: path) else { return Wishes() }
    guard let mapping = node.mapping else {
      throw ExperimentError.invalid("'\(path)' must consist of lines 'key: value'.")
    }
    return try wishes(mapping, name: path)
  }

  private static let keys = ["low", "high", "scale", "ordered", "choices", "also"]

  /// Reads lines `key: value` for what is fixed, and for ranges
  /// `key: {low: 1e-5, high: 1e-2, scale: log}`, `key: {choices: [tanh, relu]}` or
  /// `key: {ordered: [32, 64, 128]}`, with `also: [other]` for others that have the same value.
  static func wishes(_ mapping: Node.Mapping, name: String) throws -> Wishes {
    var wishes = Wishes()
    var seen: Set<String> = []
    for (node, value) in mapping {
      guard let key = node.string else {
        throw ExperimentError.invalid("'\(name)' has a key that is no word.")
      }
      guard seen.insert(key).inserted else {
        throw ExperimentError.invalid("'\(name)' sets '\(key)' twice.")
      }
      if let range = value.mapping {
        wishes.dimensions.append(try dimension(key, range, name: name))
      } else {
        let one = Node.Mapping([(node, value)])
        wishes.fixed.merge(try ConfigurationFile.values(one, name: name)) { $1 }
      }
    }
    return wishes
  }

  private static func dimension(_ key: String, _ mapping: Node.Mapping, name: String) throws
    -> Dimension
  {
    func fail(_ problem: String) -> ExperimentError {
      ExperimentError.invalid("'\(key)' in '\(name)' \(problem).")
    }
    let values = try ConfigurationFile.values(mapping, name: name)
    for word in values.keys.sorted() where !keys.contains(word) {
      throw ExperimentError.invalid(
        "'\(key)' in '\(name)' \(ConfigurationFile.unknown(word, among: keys))")
    }
    func list(_ word: String) throws -> [JSONValue]? {
      guard let value = values[word] else { return nil }
      guard case .array(let items) = value else { throw fail("must give a list as '\(word)'") }
      return items
    }
    let others = try list("also")?.map(\.word) ?? []
    let range: SearchRange
    if let items = try list("ordered") {
      range = .ordered(items)
    } else if let items = try list("choices") {
      range = .choices(items)
    } else {
      guard let low = values["low"], let high = values["high"] else {
        throw fail("needs 'low' and 'high', 'choices' or 'ordered'")
      }
      var scale = SearchRange.Scale.linear
      if let word = values["scale"]?.word {
        guard let known = SearchRange.Scale(rawValue: word) else {
          throw fail(
            "has the unknown scale '\(word)'; there is: \(SearchRange.Scale.allCases.map(\.rawValue).joined(separator: ", "))"
          )
        }
        scale = known
      }
      if case (.int(let low), .int(let high)) = (low, high) {
        range = .whole(low: low, high: high, scale)
      } else if let low = low.number, let high = high.number {
        range = .real(low: low, high: high, scale)
      } else {
        throw fail("must have numbers as 'low' and 'high'")
      }
    }
    if case .whole = range {
      // What is wrong with these depends on whether the number may have a fraction.
    } else if let problem = range.problem {
      throw fail(problem)
    }
    return Dimension(key, range, others: others)
  }

  /// The space with what was wished for, checked against the agent.
  ///
  /// - Parameter single: Fixed hyperparameters of the command line, which come first.
  func following(
    _ wishes: Wishes, single: [String: JSONValue], kind: AgentRegistry.Entry
  ) throws -> SearchSpace {
    var space = self
    // Names of other programs stand for those of the agent.
    func own(_ name: String) -> String {
      (try? kind.defaults.translated([name: .null]))?.values.keys.first ?? name
    }
    let single = try kind.defaults.translated(single).values
    let fixed = try kind.defaults.translated(wishes.fixed).values.merging(single) { $1 }
    space.start.merge(fixed) { $1 }
    let wished = wishes.dimensions.map {
      Dimension(own($0.name), $0.range, others: $0.others.map(own))
    }.filter { single[$0.name] == nil }
    // A hyperparameter that shares the value of a wish has no range of its own, and one that is wished for
    // shares no other's.
    let shared = Set(wished.flatMap(\.others))
    space.dimensions.removeAll { shared.contains($0.name) }
    for i in space.dimensions.indices {
      space.dimensions[i].others.removeAll { key in wished.contains { $0.keys.contains(key) } }
    }
    for wish in wished {
      var wish = wish
      // Whole ends do not make a number whole.
      if case .whole(let low, let high, let scale) = wish.range,
        Self.takesFractions(wish.name, from: low, kind)
      {
        wish.range = .real(low: Double(low), high: Double(high), scale)
      }
      if let place = space.dimensions.firstIndex(where: { $0.name == wish.name }) {
        space.dimensions[place].range = wish.range
        space.dimensions[place].others += wish.others
      } else {
        space.dimensions.append(wish)
      }
    }
    for key in fixed.keys {
      // What shares a value with a fixed one keeps its own range.
      space.dimensions.removeAll { $0.name == key }
      for i in space.dimensions.indices { space.dimensions[i].others.removeAll { $0 == key } }
    }
    try space.check(kind)
    return space
  }

  private static func takesFractions(_ key: String, from low: Int, _ kind: AgentRegistry.Entry)
    -> Bool
  {
    do {
      // Larger numbers have no fraction.
      let low = Double(max(-(1 << 50), min(low, 1 << 50)))
      _ = try kind.settings([[key: .double(low + 0.5)]])
      return true
    } catch SettingsError.invalid {
      return true
    } catch {
      return false
    }
  }

  /// Throws if the agent cannot have a value of the space, or the starting point.
  package func check(_ kind: AgentRegistry.Entry) throws {
    guard !dimensions.isEmpty else {
      throw ExperimentError.invalid("Every hyperparameter is fixed; there is nothing to search.")
    }
    var seen: Set<String> = []
    for key in dimensions.flatMap(\.keys) where !seen.insert(key).inserted {
      throw ExperimentError.invalid("The search space has '\(key)' twice.")
    }
    _ = try kind.settings([start])
    for dimension in dimensions {
      if let problem = dimension.range.problem {
        throw ExperimentError.invalid("'\(dimension.name)' in the search space \(problem).")
      }
      let values: [JSONValue]
      switch dimension.range {
      case .real, .whole:
        let (low, high) = dimension.range.bounds
        values = [dimension.range.value(at: low), dimension.range.value(at: high)]
      case .ordered(let items), .choices(let items): values = items
      }
      // Each by itself: what goes together only with some others is found when it is drawn.
      for value in values {
        for key in dimension.keys { _ = try kind.settings([[key: value]]) }
      }
    }
  }

  /// The ranges as a file that can be read back.
  package var yaml: YAMLMapping {
    var file = YAMLMapping()
    for dimension in dimensions {
      var range = YAMLMapping()
      switch dimension.range {
      case .real(let low, let high, let scale):
        range.add("low", .double(low))
        range.add("high", .double(high))
        range.add("scale", .string(scale.rawValue))
      case .whole(let low, let high, let scale):
        range.add("low", .int(low))
        range.add("high", .int(high))
        range.add("scale", .string(scale.rawValue))
      case .ordered(let items): range.add("ordered", .array(items))
      case .choices(let items): range.add("choices", .array(items))
      }
      if !dimension.others.isEmpty {
        range.add("also", .array(dimension.others.map { .string($0) }))
      }
      file.add(lines: ["\(dimension.name): \(range.flow)"])
    }
    return file
  }
}
