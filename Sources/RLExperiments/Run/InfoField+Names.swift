internal import RLCore

extension InfoField {
  /// What says whether an episode succeeded, as Stable-Baselines3 has it.
  static let success = "is_success"

  /// What logs call the mean over episodes: Stable-Baselines3's `success_rate` for `is_success`.
  var meanName: String { name == Self.success ? "success_rate" : name }
}
