import RLCore
import RLSupport
import Synchronization
import Testing

/// An environment that breaks one rule at a time.
private struct Broken: Environment {
  enum Fault: String, CaseIterable, Sendable {
    case none
    case observationOutside = "observation-in-space"
    case observationNotANumber = "observation-finite"
    case rewardNotFinite = "reward-finite"
    case truncatedAtOnce = "truncation"
    case secretRandomness = "step-determinism"
    case secretReset = "reset-determinism"
    case incompleteReset = "reset-complete"
    case sharedState = "snapshot"
    case emptyMask = "action-mask"
    case changingSpace = "fixed-spaces"
    case infiniteActions = "action-bounds"
  }

  final class Shared: Sendable { let total = Atomic<Int>(0) }

  static let secret = Atomic<Int>(0)
  var fault: Fault
  var shared = Shared()
  var age = 0
  var total = 0
  static var masksActions: Bool { true }

  init(_ fault: Fault) { self.fault = fault }

  var observationSpace: DynamicBox {
    DynamicBox(0...(fault == .changingSpace && age > 3 ? 5000 : 1000), shape: [1])
  }
  var actionSpace: DynamicBox {
    DynamicBox(fault == .infiniteActions ? 0...(.infinity) : -1...1, shape: [2])
  }

  mutating func reset(using rng: inout SeededGenerator) -> [Float] {
    age = 0
    if fault == .secretReset {
      return [Float(Self.secret.wrappingAdd(1, ordering: .relaxed).newValue % 900)]
    }
    return [Float(rng.integer(below: 3))]
  }

  mutating func step(_ action: [Float], using rng: inout SeededGenerator) -> Step<[Float], NoInfo> {
    age += 1
    total += 1
    var observation = Float(age)
    var reward = 0.0
    switch fault {
    case .observationOutside: observation = -1
    case .observationNotANumber: observation = .nan
    case .rewardNotFinite: reward = .infinity
    case .truncatedAtOnce: return .truncation([observation], reward: 0)
    case .secretRandomness: reward = Double(Self.secret.wrappingAdd(1, ordering: .relaxed).newValue)
    case .incompleteReset: observation = Float(total % 1000)
    case .sharedState:
      observation = Float(shared.total.wrappingAdd(1, ordering: .relaxed).newValue % 1000)
    default: break
    }
    return age == 20
      ? .terminal([observation], reward: reward) : .next([observation], reward: reward)
  }

  func writeActionMask(into mask: inout MutableSpan<Bool>) {
    mask.update(repeating: fault != .emptyMask)
  }
}

@Suite struct CheckerTests {
  @Test func aSoundEnvironmentPasses() {
    let check = checkEnvironment(Broken(.none))
    #expect(check.passed && check.findings.isEmpty, "\(check)")
  }

  @Test func everyBrokenRuleIsNamed() {
    for fault in Broken.Fault.allCases where fault != .none {
      let check = checkEnvironment(Broken(fault), id: "Broken")
      #expect(!check.passed, "\(fault)")
      // A shared counter also makes runs differ, which is the rule it breaks first.
      let rules =
        fault == .sharedState
        ? ["snapshot", "step-determinism", "reset-complete"] : [fault.rawValue]
      #expect(check.findings.contains { rules.contains($0.rule) }, "\(fault): \(check)")
      #expect(check.description.hasPrefix("Broken: failed"))
    }
  }

  @Test func hardActionSpacesAreAWarning() {
    struct Lopsided: DeterministicEnvironment {
      var observationSpace: Box<1> { Box(0...1) }
      var actionSpace: Box<1> { Box(0...100) }
      mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> { [0] }
      mutating func step(_ action: InlineArray<1, Float>) -> Step<InlineArray<1, Float>, NoInfo> {
        .next([0], reward: 0)
      }
    }
    let check = checkEnvironment(Lopsided())
    #expect(check.passed && check.findings.map(\.rule) == ["action-bounds"])
    #expect(check.description.contains("RescaleAction"))
  }
}
