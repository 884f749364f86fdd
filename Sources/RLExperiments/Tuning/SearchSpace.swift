internal import RLAgents
package import RLSupport

/// The hyperparameters of a search with their ranges, and the configuration that they change.
package struct SearchSpace: Equatable {
  /// One hyperparameter, or several that share a value.
  package struct Dimension: Equatable {
    package var name: String
    package var range: SearchRange
    /// Hyperparameters that always have the same value.
    package var others: [String]

    package init(_ name: String, _ range: SearchRange, others: [String] = []) {
      self.name = name
      self.range = range
      self.others = others
    }

    package var keys: [String] { [name] + others }
  }

  package var dimensions: [Dimension]
  /// All hyperparameters of the starting point.
  package var start: [String: JSONValue]

  package init(_ dimensions: [Dimension], start: [String: JSONValue] = [:]) {
    self.dimensions = dimensions
    self.start = start
  }

  /// The hyperparameters that differ from the starting point's, or may do so, at some coordinates.
  ///
  /// Where the starting point has a schedule, that is scaled.
  package func settings(at coordinates: [Double]) -> [String: JSONValue] {
    var settings: [String: JSONValue] = [:]
    for (dimension, coordinate) in zip(dimensions, coordinates) {
      let value = dimension.range.value(at: coordinate)
      for key in dimension.keys { settings[key] = shaped(value, as: start[key]) }
    }
    return settings
  }

  /// The coordinates of hyperparameters, the starting point's where they say nothing; `nil` if a value is
  /// none of its range.
  package func coordinates(of settings: [String: JSONValue]) -> [Double]? {
    var result: [Double] = []
    for dimension in dimensions {
      guard let value = settings[dimension.name] ?? start[dimension.name],
        let coordinate = dimension.range.coordinate(of: value)
      else { return nil }
      result.append(coordinate)
    }
    return result
  }

  private func shaped(_ value: JSONValue, as start: JSONValue?)
    -> JSONValue
  {
    guard case .string(let text) = start, let schedule = Schedule(text), value.isNumber,
      let x = value.number, schedule.ends[0] > 0
    else { return value }
    let end = schedule.ends[1] / schedule.ends[0] * x
    return switch schedule {
    case .constant: value
    case .linear: .string(Schedule.linear(from: x, to: end).description)
    case .cosine: .string(Schedule.cosine(from: x, to: end).description)
    }
  }
}
