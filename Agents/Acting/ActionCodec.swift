internal import Glibc
internal import RLCore
internal import RLSupport
internal import RLTensor

/// How a network's output row becomes an action row.
enum ActionCodec: Equatable {
  case discrete(count: Int, start: Int)
  case multiDiscrete(counts: [Int])
  case binary(count: Int)
  case continuous(low: [Float], high: [Float])

  init(_ space: SpaceSpec) {
    switch space {
    case .discrete(let count, let start): self = .discrete(count: count, start: start)
    case .multiDiscrete(let counts): self = .multiDiscrete(counts: counts)
    case .multiBinary(let count): self = .binary(count: count)
    case .box(_, let low, let high): self = .continuous(low: low, high: high)
    case .bytes, .tuple, .dict:
      preconditionFailure("actions of \(space): agents refuse them in `unsupportedReason(in:)`")
    }
  }

  var isContinuous: Bool {
    if case .continuous = self { true } else { false }
  }

  /// The width of the network's output.
  var outputs: Int {
    switch self {
    case .discrete(let count, _), .binary(let count): count
    case .multiDiscrete(let counts): counts.reduce(0, +)
    case .continuous(let low, _): low.count
    }
  }

  /// The width of an action row, and the random numbers that sampling one takes.
  var width: Int {
    switch self {
    case .discrete: 1
    case .multiDiscrete(let counts): counts.count
    case .binary(let count): count
    case .continuous(let low, _): low.count
    }
  }

  /// The distribution of choices or flags for logits `[rows, outputs]`; `nil` for real numbers.
  func distribution(logits: Variable, mask: Variable?) -> (any Distribution)? {
    switch self {
    case .discrete: Categorical(logits: logits, mask: mask)
    case .multiDiscrete(let counts): MultiCategorical(logits: logits, counts: counts, mask: mask)
    case .binary: Bernoulli(logits: logits)
    case .continuous: nil
    }
  }

  /// Fills in the random numbers for sampling: uniform ones for choices, normal ones for real numbers.
  func fillNoise(_ noise: UnsafeMutablePointer<Float>, count: Int, using rng: inout SeededGenerator)
  {
    if isContinuous {
      var span = UnsafeMutableBufferPointer(start: noise, count: count).mutableSpan
      rng.fillNormals(&span)
    } else {
      for i in 0..<count { noise[i] = Float(rng.next() >> 40) * 0x1p-24 }
    }
  }

  /// Chooses an action.
  ///
  /// - Parameters:
  ///   - output: The network's output row.
  ///   - deviations: The standard deviations of continuous actions.
  ///   - mask: 1 for allowed choices, or `nil`.
  ///   - noise: `width` random numbers, or `nil` for the most likely action.
  ///   - action: Where the action goes, as the networks know it: indices from 0, real numbers unclipped.
  @inline(__always)
  func choose(
    _ output: UnsafePointer<Float>, deviations: UnsafePointer<Float>?, mask: UnsafePointer<Float>?,
    noise: UnsafePointer<Float>?, into action: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .discrete(let count, _):
      action[0] = Float(Self.pick(output, count, mask, noise?[0]))
    case .multiDiscrete(let counts):
      var start = 0
      for (i, count) in counts.enumerated() {
        action[i] = Float(Self.pick(output + start, count, mask.map { $0 + start }, noise?[i]))
        start += count
      }
    case .binary(let count):
      for i in 0..<count {
        action[i] = (noise.map { $0[i] } ?? 0.5) < 1 / (1 + exp(-output[i])) ? 1 : 0
      }
    case .continuous(let low, _):
      for i in 0..<low.count {
        action[i] = output[i] + (noise.map { $0[i] * (deviations?[i] ?? 0) } ?? 0)
      }
    }
  }

  /// The index of the largest logit, or one drawn with softmax probabilities by a uniform number.
  @inline(__always)
  private static func pick(
    _ logits: UnsafePointer<Float>, _ count: Int, _ mask: UnsafePointer<Float>?, _ draw: Float?
  ) -> Int {
    var best = -1
    for i in 0..<count where mask.map({ $0[i] > 0 }) ?? true {
      if best < 0 || logits[i] > logits[best] { best = i }
    }
    guard let draw, best >= 0 else { return max(0, best) }
    let largest = logits[best]
    var total: Float = 0
    for i in 0..<count where mask.map({ $0[i] > 0 }) ?? true { total += exp(logits[i] - largest) }
    var left = draw * total
    var last = best
    for i in 0..<count where mask.map({ $0[i] > 0 }) ?? true {
      left -= exp(logits[i] - largest)
      last = i
      if left < 0 { break }
    }
    return last
  }

  /// Turns an action as networks know it into one for the environment: real numbers clipped to the space,
  /// indices shifted to its start.
  @inline(__always)
  func export(_ action: UnsafePointer<Float>, into row: UnsafeMutablePointer<Float>) {
    switch self {
    case .discrete(_, let start): row[0] = action[0] + Float(start)
    case .multiDiscrete(let counts): row.update(from: action, count: counts.count)
    case .binary(let count): row.update(from: action, count: count)
    case .continuous(let low, let high):
      for i in 0..<low.count { row[i] = min(max(action[i], low[i]), high[i]) }
    }
  }
}

extension ActionCodec {
  /// Turns an action as off-policy networks know it into one for the environment: numbers from -1 to 1 are
  /// spread over the space, indices shifted to its start.
  @inline(__always)
  func exportScaled(_ action: UnsafePointer<Float>, into row: UnsafeMutablePointer<Float>) {
    guard case .continuous(let low, let high) = self else {
      export(action, into: row)
      return
    }
    for i in 0..<low.count {
      let width = high[i] - low[i]
      // Halves where the width is more than the largest number.
      let value =
        width.isFinite
        ? low[i] + 0.5 * (action[i] + 1) * width
        : action[i] * (high[i] / 2 - low[i] / 2) + (high[i] / 2 + low[i] / 2)
      row[i] = min(max(value, low[i]), high[i])
    }
  }

  /// Turns an action of the environment into one as off-policy networks know it: `exportScaled` backwards.
  func importScaled(_ row: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>) {
    switch self {
    case .discrete(_, let start): action[0] = row[0] - Float(start)
    case .multiDiscrete, .binary: action.update(from: row, count: width)
    case .continuous(let low, let high):
      for i in 0..<low.count {
        let width = high[i] - low[i]
        let value =
          width.isFinite
          ? 2 * (row[i] - low[i]) / width - 1
          : (row[i] - (high[i] / 2 + low[i] / 2)) / (high[i] / 2 - low[i] / 2)
        // A component that can only be one number tells nothing.
        action[i] = width > 0 ? min(max(value, -1), 1) : 0
      }
    }
  }

  /// Actions as off-policy networks know them.
  var scaledRange: StateRange<Float> {
    switch self {
    case .discrete(let count, _): .choices([0..<count])
    case .multiDiscrete(let counts): .choices(counts.map { 0..<$0 })
    case .binary: .choices([0..<2])
    case .continuous: .within(-1...1)
    }
  }

  /// Whether choices can be forbidden.
  var allowsMasks: Bool {
    switch self {
    case .discrete, .multiDiscrete: true
    case .binary, .continuous: false
    }
  }
}
