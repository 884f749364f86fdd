internal import RLGym

extension Evaluation {
  /// The mean return with its interval, as in `491.2 ± 3.1 (95% interval)`, or why it has none.
  var meanText: String {
    if let halfInterval {
      return "\(Format.value(mean)) ± \(Format.value(halfInterval)) (95% interval)"
    }
    let reason =
      returns.count == 1
      ? "one episode has no interval" : "so few episodes of the same return have no interval"
    return "\(Format.value(mean)) (\(reason))"
  }
}
