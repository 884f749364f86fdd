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
    case breakdown = "step-failure"
  }

  final class Shared: Sendable { let total = Atomic<Int>(0) }

  static let secret = Atomic<Int>(0)
  var fault: Fault
  var shared = Shared()
  var age = 0
  var total = 0
  static var masksActions: Bool { true }

  init(_ fault: Fault) { self.fault = fault }

  var failure: String? { fault == .breakdown && age == 7 ? "it broke" : nil }

  var observationSpace: DynamicBox {
    DynamicBox(0...(fault == .changingSpace && age > 3 ? 5000 : 1000), shape: [1])
  }
  /// A choice, which has masks, and two numbers.
  struct Move: Sendable {
    var kind = 0
    var force: [Float] = [0, 0]
  }

  var actionSpace: Record<Move> {
    let bounds: ClosedRange<Float> = fault == .infiniteActions ? 0...(.infinity) : -1...1
    return Record(
      Move(),
      [
        .part("kind", \.kind, Discrete(2)),
        .part("force", \.force, DynamicBox(bounds, shape: [2])),
      ])
  }

  mutating func reset(using rng: inout SeededGenerator) -> [Float] {
    age = 0
    if fault == .secretReset {
      return [Float(Self.secret.wrappingAdd(1, ordering: .relaxed).newValue % 900)]
    }
    return [Float(rng.integer(below: 3))]
  }

  mutating func step(_ action: Move, using rng: inout SeededGenerator) -> Step<[Float], NoInfo> {
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
  /// Two choices a step, some of them forbidden, which it does not take.
  private struct Cards: DeterministicEnvironment, Codable {
    var starvedStep: Int?
    private var age = 0
    init(starvedStep: Int? = nil) { self.starvedStep = starvedStep }
    static var masksActions: Bool { true }
    var actionSpace: MultiDiscrete { MultiDiscrete([2, 3]) }
    var observationSpace: Box<1> { Box(0...10) }
    private var flags: [Bool] {
      [age % 2 == 0, true] + (0..<3).map { $0 == age % 3 && age != starvedStep }
    }
    func writeActionMask(into mask: inout MutableSpan<Bool>) {
      for (i, flag) in flags.enumerated() { mask[i] = flag }
    }
    mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
      age = 0
      return [0]
    }
    mutating func step(_ action: [Int]) -> Step<InlineArray<1, Float>, NoInfo> {
      precondition(flags[action[0]] && flags[2 + action[1]], "\(action) is forbidden")
      age += 1
      return age == 10 ? .terminal([10], reward: 1) : .next([Float(age)], reward: 0)
    }
  }

  @Test func onlyAllowedChoicesArePlayed() {
    #expect(checkEnvironment(Cards()).passed)
  }

  @Test func aComponentWithoutAChoiceIsNamed() {
    let check = checkEnvironment(Cards(starvedStep: 3))
    #expect(check.findings.map(\.rule) == ["action-mask"])
    #expect(check.description.contains("No choice is valid in component 1 of the action at step 3"))
  }

  @Test(arguments: [0, 2, 4]) func observationsOfAWrongLengthAreNamed(_ count: Int) {
    struct Lengths: DeterministicEnvironment {
      var count: Int
      var actionSpace: Discrete { Discrete(2) }
      var observationSpace: DynamicBox { DynamicBox(-1...1, shape: [3]) }
      mutating func reset(using rng: inout SeededGenerator) -> [Float] { [0, 0, 0] }
      mutating func step(_ action: Int) -> Step<[Float], NoInfo> {
        .next(Array(repeating: 0, count: count), reward: 0)
      }
    }
    let check = checkEnvironment(Lengths(count: count))
    #expect(check.findings.map(\.rule) == ["observation-count"], "\(check)")
    #expect(check.description.contains("After step 1, the observation has \(count) numbers"))
  }

  /// A NaN is one finding, and not that the environment plays differently each time.
  @Test func notANumberIsNoRandomness() {
    let check = checkEnvironment(Broken(.observationNotANumber))
    #expect(check.findings.map(\.rule) == ["observation-finite"], "\(check)")
  }
}
