internal import RLSupport
internal import Foundation

/// Something that happened in a search: a line of `trials.jsonl`.
///
/// A search is the sum of its events: from them it goes on as if it had never been stopped.
package struct TrialEvent: Codable, Equatable {
  package enum Kind: String, Codable {
    /// A trial begins, with `origin`, `settings` and `goal`.
    case begin
    /// A paused trial goes on to a new `goal`.
    case promote
    /// The run with a `seed` has come to the goal, or, if `isPruned`, was cut off.
    case run
    /// A run failed, with its `problem`, and with it the trial, for good.
    case failure
    /// A run that confirms a trial is over; `values` are empty if it failed.
    case confirmation
  }

  package var event: Kind
  package var trial: Int
  package var origin: Trial.Origin?
  /// As they are typed.
  package var settings: [String: String]?
  package var goal: Int?
  /// From 0 on within the trial; within the confirmation for `confirmation`.
  package var seed: Int?
  /// The mean return at each evaluation.
  package var values: [Double]?
  package var isPruned: Bool?
  package var problem: String?

  package init(_ event: Kind, trial: Int) {
    self.event = event
    self.trial = trial
  }

  /// One line of JSON.
  var line: String {
    get throws { try JSONText.encode(self) + "\n" }
  }

  /// Reads a line; `nil` if it is none.
  init?(line: Substring) {
    guard let event: Self = try? JSONText.decode(line.utf8) else { return nil }
    self = event
  }
}
