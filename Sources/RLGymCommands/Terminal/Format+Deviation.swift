internal import RLGym

extension Format {
  /// `± 3.2`, or `± –` where a single number has no deviation.
  static func deviation(_ value: Double?) -> String { "± \(value.map(Format.value) ?? "–")" }
}
