internal import RLCore
internal import RLTensor

/// The losses of PPO for one size of minibatch, ready to run: one program for the policy and one for the
/// value function, which different threads may run, or a single one if they share layers.
final class PPOLoss {
  let rows: Int
  let isShared: Bool
  private let policyProgram: Program
  private let valueProgram: Program
  // Inputs.
  private let observations: TensorView
  private let valueObservations: TensorView
  private let actions: TensorView
  private let mask: TensorView?
  private let advantages: TensorView
  private let oldLogProbabilities: TensorView
  private let lowRatio: TensorView
  private let highRatio: TensorView
  private let returns: TensorView
  private let oldValues: TensorView?
  private let valueClip: TensorView?
  // Results.
  private let policyLoss: TensorView
  private let entropy: TensorView
  private let logRatio: TensorView
  private let ratio: TensorView
  private let valueLoss: TensorView

  init(
    _ c: PPOSettings, _ networks: PPONetworks, _ parameters: Parameters, rows: Int,
    maskWidth: Int
  ) throws(ShapeError) {
    self.rows = rows
    isShared = networks.isShared

    let graph = Graph(parameters: parameters)
    let x = graph.input(.matrix(rows, networks.observationDimension), name: "observations")
    let width = networks.actions.width
    let isIndex = if case .discrete = networks.actions { true } else { false }
    let a = graph.input(isIndex ? .vector(rows) : .matrix(rows, width), name: "actions")
    let m = maskWidth > 0 ? graph.input(.matrix(rows, maskWidth), name: "masks") : nil
    let advantage = graph.input(.vector(rows), name: "advantages")
    let old = graph.input(.vector(rows), name: "old log-probabilities")
    let low = graph.input(.scalar, name: "1 - clip range")
    let high = graph.input(.scalar, name: "1 + clip range")

    var weight = advantage
    if c.normalizeAdvantage && rows > 1 {
      // The sample deviation, as PyTorch's std().
      let centred = advantage - advantage.mean()
      let deviation = (centred.squared().sum() * (1 / Float(rows - 1))).squareRoot()
      weight = centred / (deviation + 1e-8)
    }
    let distribution = networks.distribution(networks.policy(x), mask: m)
    let change = distribution.logProbability(of: a) - old
    let r = change.exp()
    let bounded = Variable.minimum(Variable.maximum(r, low), high)
    let surrogate = Variable.minimum(r * weight, bounded * weight)
    let actorLoss = -surrogate.mean()
    let bonus = distribution.meanEntropy
    let policyObjective =
      c.entropyCoefficient == 0 ? actorLoss : actorLoss - bonus * Float(c.entropyCoefficient)

    let valueGraph = isShared ? graph : Graph(parameters: parameters)
    let vx =
      isShared
      ? x : valueGraph.input(.matrix(rows, networks.observationDimension), name: "observations")
    let target = valueGraph.input(.vector(rows), name: "returns")
    var prediction = networks.value(vx)
    var before: Variable?
    var clip: Variable?
    if c.valueClipRange != nil {
      let oldValue = valueGraph.input(.vector(rows), name: "old values")
      let range = valueGraph.input(.scalar, name: "value clip range")
      prediction =
        oldValue + Variable.minimum(Variable.maximum(prediction - oldValue, -range), range)
      (before, clip) = (oldValue, range)
    }
    let criticLoss = prediction.meanSquaredError(to: target)
    let valueObjective = criticLoss * Float(c.valueCoefficient)

    if isShared {
      policyProgram = try Program(
        loss: policyObjective + valueObjective, outputs: [actorLoss, bonus, change, r, criticLoss])
      valueProgram = policyProgram
    } else {
      policyProgram = try Program(
        loss: policyObjective, outputs: [actorLoss, bonus, change, r],
        differentiating: parameters, range: networks.policyRange)
      valueProgram = try Program(
        loss: valueObjective, outputs: [criticLoss], differentiating: parameters,
        range: networks.valueRange)
    }
    let (policyPart, valuePart) = (policyProgram, valueProgram)
    observations = policyPart[x]
    valueObservations = valueProgram[vx]
    actions = policyProgram[a]
    mask = m.map { policyPart[$0] }
    advantages = policyProgram[advantage]
    oldLogProbabilities = policyProgram[old]
    lowRatio = policyProgram[low]
    highRatio = policyProgram[high]
    returns = valueProgram[target]
    oldValues = before.map { valuePart[$0] }
    valueClip = clip.map { valuePart[$0] }
    policyLoss = policyProgram[actorLoss]
    entropy = policyProgram[bonus]
    logRatio = policyProgram[change]
    ratio = policyProgram[r]
    valueLoss = valueProgram[criticLoss]
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

  @inline(__always)
  private static func copyRows(
    _ target: TensorView, _ source: UnsafePointer<Float>, stride: Int, width: Int,
    _ indices: UnsafePointer<Int32>, _ rows: Int
  ) {
    for i in 0..<rows {
      (target.pointer + i * target.stride).update(
        from: source + Int(indices[i]) * stride, count: width)
    }
  }

  @inline(__always)
  private static func copyNumbers(
    _ target: TensorView, _ source: UnsafePointer<Float>, _ indices: UnsafePointer<Int32>,
    _ rows: Int
  ) {
    for i in 0..<rows { target.pointer[i] = source[Int(indices[i])] }
  }

  /// Computes the policy's loss and gradients (with the value function's if layers are shared).
  func runPolicy(
    _ buffer: RolloutBuffer, _ indices: UnsafePointer<Int32>, clipRange: Float
  ) {
    let stride = buffer.observationStride
    Self.copyRows(
      observations, buffer.observations, stride: stride, width: stride, indices, rows)
    if actions.shape.rank == 1 {
      Self.copyNumbers(actions, buffer.actions, indices, rows)
    } else {
      let width = buffer.actionWidth
      Self.copyRows(actions, buffer.actions, stride: width, width: width, indices, rows)
    }
    if let mask {
      let width = buffer.maskWidth
      Self.copyRows(mask, buffer.masks, stride: width, width: width, indices, rows)
    }
    Self.copyNumbers(advantages, buffer.advantages, indices, rows)
    Self.copyNumbers(oldLogProbabilities, buffer.logProbabilities, indices, rows)
    lowRatio.value = 1 - clipRange
    highRatio.value = 1 + clipRange
    policyProgram.run()
  }

  /// Fills in what the value function learns from.
  func prepareValue(
    _ buffer: RolloutBuffer, _ indices: UnsafePointer<Int32>, valueClipRange: Float
  ) {
    if !isShared {
      let stride = buffer.observationStride
      Self.copyRows(
        valueObservations, buffer.observations, stride: stride, width: stride, indices, rows)
    }
    Self.copyNumbers(returns, buffer.returns, indices, rows)
    if let oldValues { Self.copyNumbers(oldValues, buffer.values, indices, rows) }
    valueClip?.value = valueClipRange
  }

  /// Computes the value function's loss and gradients.
  func runValue() { valueProgram.run() }

  /// An estimate of the divergence from the old policy (Schulman, "Approximating KL Divergence", 2020),
  /// and the share of ratios that were clipped.
  func divergence(clipRange: Float) -> (divergence: Double, clipped: Double) {
    var sum: Float = 0
    var clipped = 0
    for i in 0..<rows {
      let r = ratio.pointer[i]
      sum += (r - 1) - logRatio.pointer[i]
      if abs(r - 1) > clipRange { clipped += 1 }
    }
    return (Double(sum) / Double(rows), Double(clipped) / Double(rows))
  }

  func addPolicy(to totals: inout Totals, divergence: Double, clipped: Double) {
    totals.policyLoss += Double(policyLoss.value)
    totals.entropy += Double(entropy.value)
    totals.divergence += divergence
    totals.clipped += clipped
    totals.count += 1
  }

  func addValue(to totals: inout Totals) {
    totals.valueLoss += Double(valueLoss.value)
    totals.count += 1
  }
}
