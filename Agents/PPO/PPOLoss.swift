internal import RLCore
internal import RLSupport
internal import RLTensor

/// The loss of PPO (Schulman et al. 2017, equation 9): the clipped surrogate, the squared error of the value function
/// and the entropy bonus.
final class PPOLoss {
  private let inputs: RolloutInputs
  private let program: BatchProgram
  private let normalizesAdvantages: Bool
  // What is the same for all rows.
  private let lowRatio: Variable
  private let highRatio: Variable
  private let valueClip: Variable
  // Results of each row.
  private let surrogate: Variable
  private let entropy: Variable
  private let ratio: Variable
  private let divergence: Variable
  private let valueError: Variable

  /// - Parameter rows: The most transitions of a minibatch.
  init(
    _ c: PPOSettings, _ networks: PPONetworks, _ parameters: Parameters, rows: Int,
    of spec: EnvironmentSpec, on team: ThreadTeam
  ) throws(ShapeError) {
    normalizesAdvantages = c.normalizeAdvantage
    let graph = Graph(
      parameters: parameters, rows: rows, sequenceLength: c.stepsOfSequence)
    inputs = RolloutInputs(in: graph, of: spec, memoryWidth: networks.memoryWidth)
    lowRatio = graph.input(.scalar, name: "1 - clip range")
    highRatio = graph.input(.scalar, name: "1 + clip range")
    valueClip = graph.input(.scalar, name: "value clip range")

    let hidden = networks.hidden(inputs.observations)
    let policy = networks.distribution(
      networks.policy(after: hidden, inputs.policyMemory), mask: inputs.masks)
    let logRatio = policy.logProbability(of: inputs.actions) - inputs.logProbabilities
    ratio = logRatio.exp()
    let clippedRatio = Variable.minimum(Variable.maximum(ratio, lowRatio), highRatio)
    surrogate = Variable.minimum(ratio * inputs.advantages, clippedRatio * inputs.advantages)
    entropy = policy.entropy
    // Schulman, "Approximating KL Divergence" (2020).
    divergence = ratio - 1 - logRatio

    // With a clip range, the clipped value is what is learned: no maximum of both errors.
    var value = networks.value(after: hidden, inputs.valueMemory).values
    if c.valueClipRange != nil {
      let change = value - inputs.values
      value = inputs.values + Variable.minimum(Variable.maximum(change, -valueClip), valueClip)
    }
    valueError = (inputs.returns - value).squared()

    var policyLoss = -surrogate
    if c.entropyCoefficient != 0 {
      policyLoss = policyLoss - entropy * Float(c.entropyCoefficient)
    }
    program = try BatchProgram(
      meanOf: policyLoss, valueError * Float(c.valueCoefficient),
      outputs: [surrogate, entropy, ratio, divergence, valueError], on: team)
  }

  /// Computes the loss of a minibatch and its gradients.
  ///
  /// - Parameters:
  ///   - order: An order of the rollout's transitions.
  ///   - minibatch: The places in it that are learned from.
  func run(
    _ rollout: RolloutBuffer, _ order: [Int], _ minibatch: Range<Int>, clipRange: Float,
    valueClipRange: Float
  ) {
    program[lowRatio].value = 1 - clipRange
    program[highRatio].value = 1 + clipRange
    if program.uses(valueClip) { program[valueClip].value = valueClipRange }
    let isNormalized = normalizesAdvantages && minibatch.count > 1
    let (mean, deviation) =
      isNormalized ? Self.moments(rollout.advantages, order, minibatch) : (0, 1)
    program.run(minibatch.count) { slice in
      inputs.fill(slice, from: rollout, order, first: minibatch.lowerBound)
      if isNormalized { slice[inputs.advantages].standardize(mean, deviation + 1e-8) }
    }
  }

  /// The mean and the sample deviation, as PyTorch's `std()`, of numbers of some transitions.
  ///
  /// - Parameters:
  ///   - numbers: One number a transition.
  ///   - order: An order of the transitions.
  ///   - places: Which of them count, two at least.
  private static func moments(
    _ numbers: UnsafePointer<Float>, _ order: [Int], _ places: Range<Int>
  ) -> (mean: Float, deviation: Float) {
    var (sum, squares) = (0.0, 0.0)
    for i in places { sum += Double(numbers[order[i]]) }
    let mean = sum / Double(places.count)
    for i in places {
      let distance = Double(numbers[order[i]]) - mean
      squares += distance * distance
    }
    return (Float(mean), Float((squares / Double(places.count - 1)).squareRoot()))
  }

  /// The squared norm of the gradients.
  var squaredGradientNorm: Float { program.squaredGradientNorm }

  /// The share of ratios that are clipped.
  private func clippedShare(_ clipRange: Float) -> Double {
    let ratio = program[ratio].pointer
    var count = 0
    for i in 0..<program.count where abs(ratio[i] - 1) > clipRange { count += 1 }
    return Double(count) / Double(program.count)
  }

  /// Sums of what the log shows, over minibatches.
  struct Totals {
    var policyLoss = 0.0
    var entropy = 0.0
    var divergence = 0.0
    var clipped = 0.0
    var valueLoss = 0.0
    var count = 0
  }

  /// Adds what the log shows of the minibatch.
  ///
  /// - Returns: An estimate of the divergence from the old policy.
  func add(to totals: inout Totals, clipRange: Float) -> Double {
    let divergence = program.mean(divergence)
    totals.policyLoss -= program.mean(surrogate)
    totals.entropy += program.mean(entropy)
    totals.divergence += divergence
    totals.clipped += clippedShare(clipRange)
    totals.valueLoss += program.mean(valueError)
    totals.count += 1
    return divergence
  }
}
