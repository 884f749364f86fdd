internal import RLCore
internal import RLSupport
internal import RLTensor

/// The traced losses of one part of a batch.
final class SACLosses {
  let views: ReplayViews
  let criticProgram: Program
  let nextNoise: TensorView
  let criticAlpha: TensorView
  let criticLoss: TensorView
  let meanValue: TensorView

  let actorProgram: Program
  let actorObservations: TensorView
  let actorNoise: TensorView
  let actorAlpha: TensorView
  let actorLoss: TensorView
  /// The mean log-density of the policy's actions, over the whole batch.
  let logProbability: TensorView

  /// - Parameters:
  ///   - actor: The policy's weights, with gradients of this part.
  ///   - critics: The critics' weights, with gradients of this part.
  ///   - target: The target critics' weights.
  ///   - batchSize: The transitions of all parts, over which losses are means.
  init(
    _ c: SACSettings, _ networks: SACNetworks, actor: Parameters, critics: Parameters,
    target: Parameters, rows: Range<Int>, collector: ReplayCollector, batchSize: Int
  ) throws(ShapeError) {
    let noiseShape =
      c.stateDependentExploration
      ? Shape.matrix(networks.features, networks.size) : .matrix(rows.count, networks.size)

    // Critics (Haarnoja et al. 2018, equations 5 and 6): the squared distance to the reward and the
    // discounted soft value of the next observation.
    let graph = Graph(parameters: critics)
    let inputs = ReplayInputs(graph, rows: rows, collector: collector, indexActions: false)
    let noise = graph.input(noiseShape, name: "next noise")
    let alpha = graph.input(.scalar, name: "entropy coefficient")
    let next = graph.using(actor) { networks.sample(inputs.nextObservations, noise: noise) }
    let later = graph.using(target) {
      networks.critics.lowest(inputs.nextObservations, next.actions)
    }
    let goal = inputs.rewards + inputs.nextWeights * (later - next.logProbability * alpha)
    let critic = networks.critics.loss(
      inputs.observations, inputs.actions, goal: goal, over: batchSize)
    let criticObjective = critic.loss * 0.5
    criticProgram = try Program(
      loss: criticObjective, outputs: [critic.meanValue], differentiating: critics)
    views = inputs.views(in: criticProgram)
    nextNoise = criticProgram[noise]
    criticAlpha = criticProgram[alpha]
    criticLoss = criticProgram[criticObjective]
    meanValue = criticProgram[critic.meanValue]

    // The policy (equation 9): the entropy-weighted log-density minus the value of its own actions.
    let actorGraph = Graph(parameters: actor)
    let x = actorGraph.input(.matrix(rows.count, networks.inputs), name: "observations")
    let own = actorGraph.input(noiseShape, name: "noise")
    let weight = actorGraph.input(.scalar, name: "entropy coefficient")
    let drawn = networks.sample(x, noise: own)
    let value = actorGraph.using(critics) { networks.critics.lowest(x, drawn.actions) }
    let share = 1 / Float(batchSize)
    let density = drawn.logProbability.sum() * share
    let objective = (drawn.logProbability * weight - value).sum() * share
    actorProgram = try Program(
      loss: objective, outputs: [density], differentiating: actor)
    actorObservations = actorProgram[x]
    actorNoise = actorProgram[own]
    actorAlpha = actorProgram[weight]
    actorLoss = actorProgram[objective]
    logProbability = actorProgram[density]
  }

  /// Gives the policy's loss the observations that the critics' loss has.
  func shareObservations() {
    actorObservations.pointer.update(
      from: views.observations.pointer, count: actorObservations.shape.storage)
  }
}

/// Adam for a single number, in double precision.
struct ScalarAdam {
  var value: Double
  private var first = 0.0
  private var second = 0.0
  private var steps = 0

  init(_ value: Double) { self.value = value }

  mutating func step(gradient: Double, learningRate: Double, epsilon: Double) {
    steps += 1
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient * gradient
    let (a, b) = (1 - pow(0.9, steps), 1 - pow(0.999, steps))
    value -= learningRate / a * first / ((second / b).squareRoot() + epsilon)
  }

  private func pow(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, left) = (1.0, base, exponent)
    while left > 0 {
      if left & 1 == 1 { result *= factor }
      factor *= factor
      left >>= 1
    }
    return result
  }

  func save(to archive: inout StateArchive, _ name: String) {
    archive.set(name, .double([value, first, second, Double(steps)]))
  }

  mutating func restore(from archive: StateArchive, _ name: String) throws(StateError) {
    let numbers = try archive.doubles(name, count: 4)
    guard numbers.allSatisfy(\.isFinite), numbers[3] >= 0, numbers[3] < 1e15 else {
      throw .invalid(name, "it holds a number that is not finite")
    }
    (value, first, second, steps) = (numbers[0], numbers[1], numbers[2], Int(numbers[3]))
  }
}
