public import RLCore

extension EnvironmentRegistry.Entry {
  /// Makes vectors of one environment that can be drawn.
  ///
  /// - Throws: `ExperimentError` if it has no pictures.
  public func requireDrawable() throws -> (Int) -> any VectorEnvironment {
    guard let makeSingle, framesPerSecond != nil else { throw ExperimentError.undrawable(id) }
    return { _ in makeSingle() }
  }

  /// How many frames a second there are.
  ///
  /// - Parameter wanted: 1 to 1000; the environment's own number if `nil`.
  /// - Throws: `ExperimentError` if there are no pictures, or for another number.
  public func framesPerSecond(wanted: Int?) throws -> Int {
    guard let natural = framesPerSecond else { throw ExperimentError.undrawable(id) }
    if let wanted, !(1...1000).contains(wanted) {
      throw ExperimentError.invalid("--fps must be 1 to 1000, not \(wanted).")
    }
    return wanted ?? natural
  }
}

extension ExperimentError {
  /// What is wrong with an environment that has no pictures.
  public static func undrawable(_ id: String) -> ExperimentError {
    .invalid(
      "\(id) cannot be drawn. Let its type conform to Drawable, which takes one function, drawing()."
    )
  }
}
