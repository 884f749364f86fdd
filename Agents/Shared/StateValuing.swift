/// A policy that also knows what a state is worth to it.
public protocol StateValuing: Policy {
  /// The discounted return that the policy expects from a state on; `nil` if it was not learned.
  ///
  /// - Parameters:
  ///   - observation: A row as vector environments write it.
  ///   - mask: Which choices are valid; empty without masks.
  func value(of observation: [Float], mask: [Bool]) -> Double?
}
