extension Kernels {
  /// Σ x² over a flat block, in a fixed order.
  static func sumOfSquares(_ x: Source, count: Int) -> Float {
    var (a, b, c, d) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var i = 0
    while i + 64 <= count {
      let (p, q) = (load(x, i), load(x, i + 16))
      let (r, s) = (load(x, i + 32), load(x, i + 48))
      a = multiplyAdd(p, p, a)
      b = multiplyAdd(q, q, b)
      c = multiplyAdd(r, r, c)
      d = multiplyAdd(s, s, d)
      i += 64
    }
    while i < count {
      let p = load(x, i)
      a = multiplyAdd(p, p, a)
      i += 16
    }
    return ((a + b) + (c + d)).sum()
  }

  /// Numbers too small to be normal become zero: moments of weights whose gradients are zero would stay there for good,
  /// where the processor divides many times more slowly.
  @inline(__always)
  private static func flushed(_ x: Vector) -> Vector {
    let tiny = Vector(repeating: .leastNormalMagnitude)
    return select((x .< tiny) .& (x .> -tiny), .zero, x)
  }

  /// The numbers of one Adam step that are the same for every weight.
  struct AdamStep {
    var stepSize: Float
    var beta1: Float
    var beta2: Float
    var epsilon: Float
    /// 1 / √(1 - β₂ᵗ)
    var scale: Float
    /// What gradients are multiplied by first.
    var gradientScale: Float
    /// What weights are multiplied by first: 1 - learning rate · weight decay.
    var keep: Float
  }

  /// `m = β₁m + (1-β₁)g, v = β₂v + (1-β₂)g², w -= step · m / (√v · scale + ε)`.
  static func adam(
    _ w: Target, _ g: Source, _ m: Target, _ v: Target, count: Int, _ step: AdamStep
  ) {
    let (b1, b2) = (Vector(repeating: step.beta1), Vector(repeating: step.beta2))
    let (c1, c2) = (Vector(repeating: 1 - step.beta1), Vector(repeating: 1 - step.beta2))
    let (epsilon, scale) = (Vector(repeating: step.epsilon), Vector(repeating: step.scale))
    let (size, keep) = (Vector(repeating: -step.stepSize), Vector(repeating: step.keep))
    let gradientScale = Vector(repeating: step.gradientScale)
    var i = 0
    while i < count {
      let gradient = load(g, i) * gradientScale
      let first = flushed(multiplyAdd(b1, load(m, i), c1 * gradient))
      let second = flushed(multiplyAdd(b2, load(v, i), c2 * gradient * gradient))
      store(m, i, first)
      store(v, i, second)
      let denominator = multiplyAdd(second.squareRoot(), scale, epsilon)
      store(w, i, multiplyAdd(size, first / denominator, load(w, i) * keep))
      i += 16
    }
  }

  /// RMSprop as in PyTorch: `v = αv + (1-α)g², w -= rate · g / (√v + ε)`, optionally with momentum.
  static func rmsprop(
    _ w: Target, _ g: Source, _ v: Target, _ momentumBuffer: Target, count: Int, rate: Float,
    alpha: Float, epsilon: Float, momentum: Float, weightDecay: Float, gradientScale: Float
  ) {
    var i = 0
    while i < count {
      let weight = load(w, i)
      let gradient = multiplyAdd(Vector(repeating: weightDecay), weight, load(g, i) * gradientScale)
      let second = flushed(
        multiplyAdd(Vector(repeating: alpha), load(v, i), (1 - alpha) * gradient * gradient))
      store(v, i, second)
      let direction = gradient / (second.squareRoot() + epsilon)
      let buffer = flushed(
        multiplyAdd(Vector(repeating: momentum), load(momentumBuffer, i), direction))
      store(momentumBuffer, i, buffer)
      store(w, i, multiplyAdd(Vector(repeating: -rate), buffer, weight))
      i += 16
    }
  }

  /// Gradient descent as in PyTorch, with momentum and Nesterov's variant.
  static func sgd(
    _ w: Target, _ g: Source, _ momentumBuffer: Target, count: Int, rate: Float, momentum: Float,
    isNesterov: Bool, weightDecay: Float, gradientScale: Float
  ) {
    let mu = Vector(repeating: momentum)
    var i = 0
    while i < count {
      let weight = load(w, i)
      let gradient = multiplyAdd(Vector(repeating: weightDecay), weight, load(g, i) * gradientScale)
      let buffer = flushed(multiplyAdd(mu, load(momentumBuffer, i), gradient))
      store(momentumBuffer, i, buffer)
      let direction = isNesterov ? multiplyAdd(mu, buffer, gradient) : buffer
      store(w, i, multiplyAdd(Vector(repeating: -rate), direction, weight))
      i += 16
    }
  }

  /// `target = (1-τ) target + τ source`.
  static func polyak(_ target: Target, _ source: Source, tau: Float, count: Int) {
    let (t, keep) = (Vector(repeating: tau), Vector(repeating: 1 - tau))
    var i = 0
    while i < count {
      store(target, i, multiplyAdd(t, load(source, i), keep * load(target, i)))
      i += 16
    }
  }
}
