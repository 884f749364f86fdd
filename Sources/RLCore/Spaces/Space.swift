public import RLSupport

/// The set of values that an observation or an action may take.
///
/// A value is also written as a row of `Float`s of fixed width, the form in which batches carry it:
/// a `Box` its numbers, a `Discrete` its value (not its one-hot code), `MultiDiscrete` and
/// `MultiBinary` one number a component.
public protocol Space<Element>: Sendable {
  /// The values of the space.
  associatedtype Element: Sendable

  /// The space as plain data.
  var spec: SpaceSpec { get }
  /// Whether the value lies in the space.
  func contains(_ element: Element) -> Bool
  /// Draws a value, as Gymnasium's space of the same kind does.
  func sample(using rng: inout SeededGenerator) -> Element
  /// Writes the value as a row of `spec.rowWidth` numbers; a row of another width is the caller's mistake, which
  /// only a debug build must find.
  func encode(_ element: Element, into row: inout MutableSpan<Float>)
  /// Reads a value back from a row that `encode` or an agent wrote.
  func decode(_ row: Span<Float>) -> Element
}

extension Space {
  /// The value as a row of `spec.rowWidth` numbers.
  public func encoded(_ element: Element) -> [Float] {
    var numbers = [Float](repeating: .nan, count: spec.rowWidth)
    var row = numbers.mutableSpan
    encode(element, into: &row)
    return numbers
  }

  /// The value of a row that `encode` or an agent wrote.
  ///
  /// - Parameter row: `spec.rowWidth` numbers; another count is a precondition failure.
  public func decoded(_ row: [Float]) -> Element {
    precondition(
      row.count == spec.rowWidth, "\(spec): \(row.count) numbers are no row of \(spec.rowWidth)")
    return decode(row.span)
  }
}
