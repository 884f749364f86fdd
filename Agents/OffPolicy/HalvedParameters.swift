internal import RLSupport
internal import RLTensor

/// Weights that two threads train together: each differentiates half of the batch and then updates half
/// of the weights.
final class HalvedParameters {
  /// The name in files, such as `critic`.
  let name: String
  /// The weights, with gradients of the first half and later of the whole batch.
  let whole: Parameters
  /// The same weights, with the gradients of each half of the batch.
  let parts: [Parameters]
  let optimizer: Optimizer
  private let halves: InlineArray<2, Range<Int>>
  /// The sums of the squared gradients of each half of the weights.
  private let norms: UnsafeMutablePointer<Float>

  init(
    _ layout: ParameterLayout, name: String, adamEpsilon: Double,
    using generator: inout SeededGenerator
  ) {
    self.name = name
    whole = Parameters(layout, using: &generator)
    parts = [whole, Parameters(sharing: whole)]
    optimizer = Optimizer(.adam(epsilon: Float(adamEpsilon)), for: whole)
    halves = whole.halves
    norms = .allocate(capacity: 2)
    norms.initialize(repeating: 0, count: 2)
  }

  deinit { norms.deallocate() }

  /// Begins a step of the optimizer, before the threads share it.
  func advance() { optimizer.advance() }

  /// Sums the gradients of both halves of the batch over one half of the weights.
  func addGradients(half: Int) { norms[half] = whole.addGradients(of: parts[1], halves[half]) }

  /// The squared norm of the whole gradient, once it is summed.
  var squaredGradientNorm: Float { norms[0] + norms[1] }

  /// Takes the optimizer's step for one half of the weights.
  func step(half: Int, learningRate: Float, gradientScale: Float = 1) {
    optimizer.step(halves[half], learningRate: learningRate, gradientScale: gradientScale)
  }

  /// Moves one half of a target network's weights towards these.
  func moveTarget(_ target: Parameters, half: Int, tau: Float) {
    target.average(towards: whole, tau: tau, halves[half])
  }
}
