internal import Glibc
public import RLSupport

/// How weights follow their gradients.
public enum OptimizerMethod: Sendable, Equatable {
  /// Adam (Kingma and Ba 2015, algorithm 1), with AdamW's decoupled weight decay if it is not zero
  /// (Loshchilov and Hutter 2019).
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
  /// RMSprop with PyTorch's meaning of the numbers.
  case rmsprop(
    alpha: Float = 0.99, epsilon: Float = 1e-8, momentum: Float = 0, weightDecay: Float = 0)
  /// Stochastic gradient descent, optionally with momentum.
  case sgd(momentum: Float = 0, isNesterov: Bool = false, weightDecay: Float = 0)
}

/// An optimizer and its moments for one block of weights.
///
/// A step is one pass over the block, or over a part of it: call `advance` once, then `step` for each part, or
/// `step(on:learningRate:gradientScale:)` with the threads that share the block.
public final class Optimizer: Stateful {
  /// The method and its numbers.
  public let method: OptimizerMethod
  /// The steps taken so far.
  public private(set) var steps = 0
  private let parameters: Parameters
  private let first: UnsafeMutablePointer<Float>
  private let second: UnsafeMutablePointer<Float>

  /// An optimizer whose moments are zero.
  public init(_ method: OptimizerMethod, for parameters: Parameters) {
    self.method = method
    self.parameters = parameters
    let size = max(16, parameters.size)
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: 2 * size * MemoryLayout<Float>.stride, alignment: 64)
    first = memory.bindMemory(to: Float.self, capacity: 2 * size)
    first.initialize(repeating: 0, count: 2 * size)
    second = first + size
  }

  deinit { first.deallocate() }

  /// Counts a step, whose parts may be taken in any order.
  public func advance() { steps += 1 }

  /// Takes the current step for a part of the weights.
  ///
  /// - Parameters:
  ///   - range: The part, in places of the block (`ParameterLayout.end`); all of it if `nil`.
  ///   - learningRate: The size of the step.
  ///   - gradientScale: What gradients are multiplied by first, such as the factor that clips their norm.
  public func step(
    _ range: Range<Int>? = nil, learningRate: Float, gradientScale: Float = 1
  ) {
    precondition(steps > 0, "Optimizer: call advance() before step()")
    let range = range ?? 0..<parameters.size
    for trained in parameters.trained {
      let part = trained.clamped(to: range)
      if !part.isEmpty { move(part, learningRate, gradientScale) }
    }
  }

  private func move(_ part: Range<Int>, _ learningRate: Float, _ gradientScale: Float) {
    let (from, count) = (part.lowerBound, part.count)
    let (w, g) = (parameters.values + from, parameters.gradients + from)
    switch method {
    case .adam(let beta1, let beta2, let epsilon, let weightDecay):
      let correction1 = 1 - pow(Double(beta1), Double(steps))
      let correction2 = 1 - pow(Double(beta2), Double(steps))
      Kernels.adam(
        w, g, first + from, second + from, count: count,
        Kernels.AdamStep(
          stepSize: Float(Double(learningRate) / correction1), beta1: beta1, beta2: beta2,
          epsilon: epsilon, scale: Float(1 / correction2.squareRoot()),
          gradientScale: gradientScale, keep: 1 - learningRate * weightDecay))
    case .rmsprop(let alpha, let epsilon, let momentum, let weightDecay):
      Kernels.rmsprop(
        w, g, first + from, second + from, count: count, rate: learningRate, alpha: alpha,
        epsilon: epsilon, momentum: momentum, weightDecay: weightDecay,
        gradientScale: gradientScale)
    case .sgd(let momentum, let isNesterov, let weightDecay):
      Kernels.sgd(
        w, g, first + from, count: count, rate: learningRate, momentum: momentum,
        isNesterov: isNesterov, weightDecay: weightDecay, gradientScale: gradientScale)
    }
  }

  /// Counts a step and takes it for all weights, of which each thread of a team has its share.
  ///
  /// - Parameters:
  ///   - team: The threads.
  ///   - learningRate: The size of the step.
  ///   - gradientScale: What gradients are multiplied by first, such as the factor that clips their norm.
  public func step(on team: ThreadTeam, learningRate: Float, gradientScale: Float = 1) {
    advance()
    let shares = parameters.shares(team.active)
    team.run {
      step(shares[$0].range, learningRate: learningRate, gradientScale: gradientScale)
    }
  }

  /// The moments and the count of steps.
  public func visit(_ state: inout StateVisitor) throws(StateError) {
    try state.number("steps", &steps, within: .counts)
    func moments(_ start: UnsafeMutablePointer<Float>) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(start: start, count: parameters.size)
    }
    try state.array("first", in: moments(first))
    // The square of a large gradient may be infinite, which makes for a small step.
    try state.array("second", in: moments(second), within: .within(0...(.infinity)))
  }
}

extension Parameters {
  /// The sum of the squared gradients of all weights.
  public func squaredGradientNorm() -> Float { Kernels.sumOfSquares(gradients, count: size) }

  /// The factor that brings gradients of the given squared norm down to a largest norm, as PyTorch's
  /// `clip_grad_norm_` computes it.
  public static func clippingFactor(squaredNorm: Float, limit: Float) -> Float {
    min(1, limit / (squaredNorm.squareRoot() + 1e-6))
  }

  /// Moves all weights a share `tau` of the way to those of a block of the same layout
  /// (Polyak averaging; Lillicrap et al. 2016, algorithm 1).
  ///
  /// - Parameters:
  ///   - other: The block to move towards.
  ///   - tau: The share, from 0 to 1.
  ///   - range: The part of the weights; all of them if `nil`.
  public func average(towards other: Parameters, tau: Float, _ range: Range<Int>? = nil) {
    precondition(size == other.size, "Parameters: cannot average with a block of another layout")
    let range = range ?? 0..<size
    Kernels.polyak(
      values + range.lowerBound, other.values + range.lowerBound, tau: tau, count: range.count)
  }
}
