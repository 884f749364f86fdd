import Foundation
import RLAgents
import RLCore
import Synchronization
import Testing

/// Expects values within 0.05 of what they are known to be.
func expectNear(
  _ found: [Float], _ expected: [Double], location: SourceLocation = #_sourceLocation
) {
  let isNear =
    found.count == expected.count
    && zip(found, expected).allSatisfy { abs(Double($0) - $1) < 0.05 }
  #expect(isNear, "\(found) instead of \(expected)", sourceLocation: location)
}

/// Expects a policy that has learned where ``Aim`` has its targets.
func expectHits(_ policy: any Policy, location: SourceLocation = #_sourceLocation) {
  let actions = policy.actions(for: [-1, 1])
  #expect(
    abs(actions[0]) < 0.2 && abs(actions[1] - 2) < 0.2, "\(actions)", sourceLocation: location)
}

/// Expects a policy that answers with what it sees.
func expectIdentity(_ policy: any Policy, location: SourceLocation = #_sourceLocation) {
  let evaluation = Evaluation(
    of: policy, in: { makeVector($0) { IdentityBox() } }, episodes: 100, seed: 1)
  #expect(evaluation.mean >= 0.9, "\(evaluation.mean)", sourceLocation: location)
}

private final class BusyThreads: Sendable {
  let isOver = Atomic(false)
}

/// Runs the closure while other threads keep every core busy, so that the system takes cores away from it all the time.
func besideBusyThreads<Result>(_ body: () throws -> Result) rethrows -> Result {
  let flag = BusyThreads()
  defer { flag.isOver.store(true, ordering: .relaxed) }
  for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
    Thread { while !flag.isOver.load(ordering: .relaxed) {} }.start()
  }
  return try body()
}
