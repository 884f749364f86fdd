import RLAgents
import RLCore
import RLSupport
import Testing

/// Fills a replay buffer with random episodes and remembers everything that ever went in.
final class ReplayFeed {
  /// One transition as it was given.
  struct Transition: Equatable {
    var observation: [Float]
    var action: [Float]
    var reward: Float
    var next: [Float]
    var nextMask: [UInt8]
    var terminated: Bool
    var ended: Bool
  }

  let buffer: ReplayBuffer
  /// All transitions, oldest first, `[rows][environments]`.
  private(set) var history: [[Transition]] = []
  private let batch: StepBatch
  private var generator: SeededGenerator
  private var number: Float = 0
  private var present: [Float]

  init(
    rows: Int, environments: Int, width: Int = 2, actionWidth: Int = 1, maskWidth: Int = 0,
    isPrioritized: Bool = false, seed: UInt64 = 1
  ) {
    buffer = ReplayBuffer(
      capacity: rows * environments, environments: environments, observationWidth: width,
      actionWidth: actionWidth, maskWidth: maskWidth, isPrioritized: isPrioritized)
    batch = StepBatch(count: environments, observationWidth: width, maskWidth: maskWidth)
    generator = SeededGenerator(seed: seed)
    present = []
    present = numbers(environments * width)
  }

  /// Numbers of which none comes twice.
  private func numbers(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      number += 1
      return number
    }
  }

  /// Adds rows of transitions; episodes end at random, one way, the other or both.
  func add(_ rows: Int, endings: Double = 0.3) {
    let (count, width, maskWidth) = (batch.count, batch.observationWidth, batch.maskWidth)
    for _ in 0..<rows {
      let (before, actions) = (present, numbers(count * buffer.actionWidth))
      present = numbers(count * width)
      let finals = numbers(count * width)
      for i in 0..<count * width {
        (batch.observations[i], batch.finalObservations[i]) = (present[i], finals[i])
      }
      for i in 0..<count * maskWidth {
        batch.actionMasks[i] = generator.integer(below: 2) == 0
        batch.finalActionMasks[i] = generator.integer(below: 2) == 0
      }
      var row: [Transition] = []
      for i in 0..<count {
        let ends = generator.uniform() < endings
        let kind = generator.integer(below: 3)
        batch.terminated[i] = ends && kind != 1
        batch.truncated[i] = ends && kind != 0
        batch.rewards[i] = Double(generator.integer(below: 9) - 4)
        row.append(
          Transition(
            observation: Array(before[i * width..<(i + 1) * width]),
            action: Array(actions[i * buffer.actionWidth..<(i + 1) * buffer.actionWidth]),
            reward: Float(batch.rewards[i]),
            next: Array((ends ? finals : present)[i * width..<(i + 1) * width]),
            nextMask: (0..<maskWidth).map {
              (ends ? batch.finalActionMasks : batch.actionMasks)[i * maskWidth + $0] ? 1 : 0
            },
            terminated: batch.terminated[i], ended: ends))
      }
      buffer.append(observations: before.span, actions: actions.span, batch)
      history.append(row)
    }
  }

  /// Cuts the buffer, and notes it.
  func cut() {
    buffer.cut()
    guard let last = history.indices.last else { return }
    for i in history[last].indices { history[last][i].ended = true }
  }

  /// Where in the history the transition of a slot is.
  func place(of slot: Int) -> (row: Int, environment: Int) {
    let row = slot / buffer.environments
    let last = history.count - 1
    return (last - (last - row) % buffer.rows, slot % buffer.environments)
  }

  /// The transition of a slot as it was given.
  func expected(in slot: Int) -> Transition {
    let (row, environment) = place(of: slot)
    return history[row][environment]
  }

  /// What the buffer holds in a slot; it does not show whether the episode ended.
  func content(of slot: Int) -> Transition {
    let found = buffer.transition(in: slot)
    #expect(found.terminated == (buffer.outcome(of: slot, steps: 1, discount: 1).weight == 0))
    return Transition(
      observation: found.observation, action: found.action, reward: found.reward,
      next: found.nextObservation, nextMask: found.nextMask.map { $0 ? 1 : 0 },
      terminated: found.terminated, ended: expected(in: slot).ended)
  }

  /// The sum of rewards from the history itself: the plain definition of a return of several steps.
  func outcome(of slot: Int, steps: Int, discount: Float) -> (
    reward: Float, next: [Float], weight: Float
  ) {
    let (start, environment) = place(of: slot)
    var chain: [Transition] = []
    for row in start..<min(history.count, start + steps) {
      chain.append(history[row][environment])
      if history[row][environment].ended { break }
    }
    var (reward, factor): (Float, Float) = (0, 1)
    for transition in chain {
      reward += factor * transition.reward
      factor *= discount
    }
    let last = chain[chain.count - 1]
    return (reward, last.next, last.terminated ? 0 : factor)
  }
}
