/// What recurrent networks need of a rollout beside its transitions.
final class RolloutMemory {
  /// The steps of a sequence.
  let sequenceLength: Int
  /// How many numbers the policy remembers, and as many the value function.
  let width: Int
  /// How many environments there are.
  private let environments: Int
  /// What the policy remembers before each sequence, `[steps / sequenceLength, environments, width]`.
  let policy: UnsafeMutablePointer<Float>
  /// What the value function remembers before each sequence.
  let value: UnsafeMutablePointer<Float>
  /// What the value function remembers after the last step, `[environments, width]`; nothing of episodes that are over.
  let lastValue: UnsafeMutablePointer<Float>
  private let count: Int

  init(steps: Int, environments: Int, sequenceLength: Int, width: Int) {
    (self.sequenceLength, self.width, self.environments) = (sequenceLength, width, environments)
    count = steps / sequenceLength * environments * width
    func zeros(_ count: Int) -> UnsafeMutablePointer<Float> {
      let numbers = UnsafeMutablePointer<Float>.allocate(capacity: count)
      numbers.initialize(repeating: 0, count: count)
      return numbers
    }
    (policy, value) = (zeros(count), zeros(count))
    lastValue = zeros(environments * width)
  }

  deinit { for numbers in [policy, value, lastValue] { numbers.deallocate() } }

  /// The place of a sequence among all, by its first transition.
  @inline(__always)
  func place(ofSequenceFrom transition: Int) -> Int {
    transition / environments / sequenceLength * environments + transition % environments
  }

  /// Adds the transitions of a sequence, by its place, to an order.
  func add(sequence place: Int, to order: inout [Int]) {
    let (chunk, environment) = (place / environments, place % environments)
    for step in 0..<sequenceLength {
      order.append((chunk * sequenceLength + step) * environments + environment)
    }
  }

  /// The rows of what is remembered after the last step.
  var last: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: lastValue, count: environments * width)
  }
}
