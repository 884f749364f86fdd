import RLCore
import RLSupport
import Testing

/// Shows, pays and allows whatever it is told in its third step.
private struct Faulty: DeterministicEnvironment, Codable {
  var shown: [Float] = [0, 0, 0]
  var reward = 1.0
  var mask = [true, true, false, true, false]
  private var age = 0
  init() {}
  static var masksActions: Bool { true }
  var observationSpace: DynamicBox { DynamicBox(-1...1, shape: [3]) }
  var actionSpace: MultiDiscrete { MultiDiscrete([2, 3]) }
  mutating func reset(using rng: inout SeededGenerator) -> [Float] {
    age = 0
    return [0, 0, 0]
  }
  mutating func step(_ action: [Int]) -> Step<[Float], NoInfo> {
    age += 1
    return age == 3 ? .next(shown, reward: reward) : .next([0, 0, 0], reward: 0)
  }
  func writeActionMask(into flags: inout MutableSpan<Bool>) {
    for i in 0..<5 { flags[i] = age != 3 || mask[i] }
  }
}

@Suite struct StepInspectorTests {
  /// What is found in the third step of the second of three environments.
  private func found(_ change: (inout Faulty) -> Void) throws -> (
    fault: EnvironmentFault?, remark: EnvironmentFault?
  ) {
    var faulty = Faulty()
    change(&faulty)
    let (bad, made) = (faulty, SharedCounter())
    let spec = EnvironmentSpec(
      id: "Faulty", observationSpace: bad.observationSpace.spec,
      actionSpace: bad.actionSpace.spec, masksActions: true)
    var vector = BatchedEnvironments(spec, count: 3) { made.next() == 1 ? bad : Faulty() }
    let batch = StepBatch(count: 3, for: vector.spec)
    var inspector = StepInspector(vector.spec)
    vector.reset(seed: 1, into: batch)
    #expect(inspector.inspectReset(batch) == nil)
    for step in 1...3 {
      vector.step([0, 0, 0, 0, 0, 0], into: batch)
      let fault = inspector.inspect(batch)
      if step < 3 { #expect(fault == nil) } else { return (fault, inspector.takeRemark()) }
    }
    return (nil, nil)
  }

  @Test func faultsAreNamed() throws {
    let cases: [(change: (inout Faulty) -> Void, problem: EnvironmentFault.Problem)] = [
      ({ $0.shown = [0, 0] }, .observationCount(2, expected: 3)),
      ({ $0.shown = [] }, .observationCount(0, expected: 3)),
      (
        { $0.shown = Array(repeating: 0, count: 103) }, .observationCount(103, expected: 3)
      ),
      (
        { $0.shown[1] = -.infinity },
        .observation(number: 1, value: -.infinity, allowed: "-1.0 ... 1.0")
      ),
      ({ $0.reward = .infinity }, .reward(.infinity)),
      ({ $0.reward = -1e308 }, .reward(-1e308)),
      ({ $0.mask = [true, true, false, false, false] }, .mask(component: 1, of: 2)),
      ({ $0.mask = [false, false, false, false, true] }, .mask(component: 0, of: 2)),
    ]
    for (change, problem) in cases {
      let fault = try found(change).fault
      #expect(fault?.problem == problem && fault?.index == 1, "\(problem): \(fault as Any)")
      #expect(fault?.description.hasPrefix("Faulty, environment 1: ") == true)
    }
    let nan = try found { $0.shown[2] = .nan }.fault
    #expect(nan?.what == "observation number 2 is nan, not -1.0 ... 1.0")
    #expect(try found { $0.reward = .nan }.fault?.what == "the reward is nan")
    #expect(try found { _ in }.fault == nil)
  }

  /// Real numbers outside of their bounds are odd, and told once.
  @Test func oddNumbersAreRemarks() throws {
    let (fault, remark) = try found { $0.shown[2] = 1e30 }
    #expect(fault == nil && remark?.index == 1)
    #expect(remark?.problem == .observation(number: 2, value: 1e30, allowed: "-1.0 ... 1.0"))
    let huge = try found { $0.reward = 1e30 }
    #expect(huge.fault == nil && huge.remark?.problem == .reward(1e30))
    #expect(try found { $0.reward = 1e12 }.remark == nil)
  }

  /// A value outside of a discrete space is no number of a one-hot row.
  @Test func discreteObservationsOutsideAreFaults() throws {
    struct Outside: DeterministicEnvironment, Codable {
      var value: Int
      var observationSpace: Discrete { Discrete(4) }
      var actionSpace: Discrete { Discrete(2) }
      mutating func reset(using rng: inout SeededGenerator) -> Int { 0 }
      mutating func step(_ action: Int) -> Step<Int, NoInfo> { .next(value, reward: 0) }
    }
    for value in [-1, 4, Int.max, Int.min] {
      var registry = EnvironmentRegistry()
      try registry.register("Outside") { Outside(value: value) }
      var vector = try registry.make("Outside")
      let batch = StepBatch(count: 1, for: vector.spec)
      vector.reset(seed: 1, into: batch)
      vector.step([0], into: batch)
      var inspector = StepInspector(vector.spec)
      #expect(
        inspector.inspect(batch)?.what
          == "observation number 0 is \(Float(value)), not a whole number 0 ... 3")
      #expect(vector.spec.observationSpace.flatten([Float(value)]).allSatisfy { $0.isNaN })
    }
  }
}
