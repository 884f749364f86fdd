internal import RLCore
internal import RLSupport
internal import RLTensor

/// Weights that two threads train together: each differentiates a part of the batch and then updates half
/// of the weights.
final class SplitParameters {
  /// The weights, with gradients of the first part and later of the whole batch.
  let whole: Parameters
  /// The same weights, with the gradients of each part of the batch.
  let parts: [Parameters]
  private let optimizer: Optimizer
  private let halves: InlineArray<2, Range<Int>>

  init(_ layout: ParameterLayout, adamEpsilon: Double, using generator: inout SeededGenerator) {
    whole = Parameters(layout, using: &generator)
    parts = [whole, Parameters(sharing: whole)]
    optimizer = Optimizer(.adam(epsilon: Float(adamEpsilon)), for: whole)
    halves = whole.halves
  }

  /// Begins a step of the optimizer, before the threads share it.
  func advance() { optimizer.advance() }

  /// Sums the parts' gradients over one half of the weights.
  ///
  /// - Returns: The sum of their squares.
  @discardableResult
  func addGradients(half: Int) -> Float { whole.addGradients(of: parts[1], halves[half]) }

  /// Takes the optimizer's step for one half of the weights.
  func step(half: Int, learningRate: Float, gradientScale: Float = 1) {
    optimizer.step(halves[half], learningRate: learningRate, gradientScale: gradientScale)
  }

  /// Moves one half of a target network's weights towards these.
  func moveTarget(_ target: Parameters, half: Int, tau: Float) {
    target.average(towards: whole, tau: tau, halves[half])
  }

  func saveOptimizer(to archive: inout StateArchive, prefix: String) {
    optimizer.save(to: &archive, prefix: prefix)
  }

  func restore(from archive: StateArchive, prefix: String, optimizer optimizerPrefix: String)
    throws(StateError)
  {
    try whole.restore(from: archive, prefix: prefix)
    try optimizer.restore(from: archive, prefix: optimizerPrefix)
  }
}
