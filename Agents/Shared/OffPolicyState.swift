internal import RLCore
internal import RLSupport

/// How far an off-policy agent has come, and its random streams.
struct OffPolicyState {
  /// Environment steps taken so far, over all sub-environments.
  var stepsDone = 0
  /// The budget in environment steps.
  let stepsTotal: Int
  /// Reports so far.
  var iterations = 0
  /// Updates so far.
  var updates = 0
  /// Draws actions.
  var actionGenerator: SeededGenerator
  /// Draws batches and what updates need.
  var replayGenerator: SeededGenerator

  /// The start of a training.
  ///
  /// - Parameter sequence: The agent's own; its first child draws the weights.
  init(_ sequence: SeedSequence, stepsTotal: Int) {
    self.stepsTotal = stepsTotal
    actionGenerator = SeededGenerator(sequence.child(1))
    replayGenerator = SeededGenerator(sequence.child(2))
  }

  /// The share of the budget that is used up.
  var progress: Double { min(1, Double(stepsDone) / Double(max(1, stepsTotal))) }

  /// Where the next report is due: after a hundred steps, and the round that these end in.
  var reportDue: Int { min(stepsDone + 100, stepsTotal) }

  func save(to archive: inout StateArchive) {
    archive.set("counters", .int([stepsDone, iterations, updates].map(Int64.init)))
    archive.set("generators", .uint(actionGenerator.words + replayGenerator.words))
  }

  mutating func restore(from archive: StateArchive) throws(StateError) {
    let counters = try archive.ints("counters", count: 3)
    guard counters.allSatisfy({ $0 >= 0 }) else { throw .invalid("counters", "one is negative") }
    let generators = try archive.generators("generators", offset: 0, count: 2)
    (actionGenerator, replayGenerator) = (generators[0], generators[1])
    (stepsDone, iterations, updates) = (Int(counters[0]), Int(counters[1]), Int(counters[2]))
  }
}
