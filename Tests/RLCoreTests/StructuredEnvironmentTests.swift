import RLCore
import RLSupport
import Testing

private struct Seen: Sendable, Equatable {
  var stock: [Float] = [0, 0, 0]
  var season = 0
  var isOpen = [true, false]
}

private struct Order: Sendable, Equatable {
  var kind = 0
  var amounts: InlineArray<2, Float> = [0, 0]
  var cards = [0, 0]

  static func == (a: Order, b: Order) -> Bool {
    a.kind == b.kind && a.cards == b.cards && a.amounts[0] == b.amounts[0]
      && a.amounts[1] == b.amounts[1]
  }
}

/// Several parts are seen and done; from the third step on it shows and allows whatever it is told.
private struct Shop: DeterministicEnvironment {
  static let seen = Record(
    Seen(),
    [
      .part("stock", \.stock, DynamicBox(0...100, shape: [3])),
      .part("season", \.season, Discrete(4)), .part("doors", \.isOpen, MultiBinary(2)),
    ])
  static let order = Record(
    Order(),
    [
      .part("kind", \.kind, Discrete(2)), .part("amounts", \.amounts, Box<2>(-1...1)),
      .part("cards", \.cards, MultiDiscrete([2, 3])),
    ])
  var shown = Seen()
  var mask = Array(repeating: true, count: 7)
  private(set) var last = Order()
  private var age = 0
  init(_ change: (inout Shop) -> Void = { _ in }) { change(&self) }
  static var masksActions: Bool { true }
  var observationSpace: Record<Seen> { Self.seen }
  var actionSpace: Record<Order> { Self.order }
  mutating func reset(using rng: inout SeededGenerator) -> Seen {
    (age, last) = (0, Order())
    return Seen()
  }
  mutating func step(_ action: Order) -> Step<Seen, NoInfo> {
    (age, last) = (age + 1, action)
    return age == 8 ? .terminal(Seen(), reward: 1) : .next(age < 3 ? Seen() : shown, reward: 0)
  }
  func writeActionMask(into flags: inout MutableSpan<Bool>) {
    for i in 0..<7 { flags[i] = age < 3 || mask[i] }
  }
}

/// Shows bytes.
private struct Camera: DeterministicEnvironment {
  struct Pixels: Space {
    var spec: SpaceSpec { .bytes(shape: [2, 2, 1], low: 0, high: 255) }
    func contains(_ element: Int) -> Bool { true }
    func sample(using rng: inout SeededGenerator) -> Int { 0 }
    func encode(_ element: Int, into row: inout MutableSpan<Float>) {}
    func decode(_ row: Span<Float>) -> Int { 0 }
  }
  var observationSpace: Pixels { Pixels() }
  var actionSpace: Discrete { Discrete(2) }
  mutating func reset(using rng: inout SeededGenerator) -> Int { 0 }
  mutating func step(_ action: Int) -> Step<Int, NoInfo> { .next(0, reward: 0) }
}

@Suite struct StructuredEnvironmentTests {
  @Test func recordsAreRowsOfTheirParts() {
    let space = Shop.order
    #expect(
      space.spec.description
        == "Dict('kind': Discrete(2), 'amounts': Box(-1.0, 1.0, (2,)), 'cards': MultiDiscrete([2, 3]))"
    )
    let order = Order(kind: 1, amounts: [0.5, -1], cards: [0, 2])
    #expect(
      space.encoded(order) == [1, 0.5, -1, 0, 2] && space.decoded([1, 0.5, -1, 0, 2]) == order)
    #expect(space.contains(order))
    #expect(!space.contains(Order(kind: 1, amounts: [0.5, -2], cards: [0, 2])))
    var (rng, same) = (SeededGenerator(seed: 3), SeededGenerator(seed: 3))
    for _ in 0..<20 {
      let drawn = space.sample(using: &rng)
      #expect(space.contains(drawn))
      #expect(space.encoded(drawn) == space.spec.sample(using: &same).numbers)
    }
    let outer = Record(
      (seen: Seen(), order: order),
      [.part(\.order, Shop.order), .part(\.seen, Shop.seen), .part(\.seen.season, Discrete(4))])
    #expect(
      outer.spec.layout.leaves.map(\.name).prefix(4) == [
        "0.kind", "0.amounts", "0.cards", "1.stock",
      ])
    let row: [Float] = [1, 0.5, -1, 0, 2, 7, 8, 9, 2, 1, 1, 3]
    #expect(outer.decoded(row).seen == Seen(stock: [7, 8, 9], season: 3, isOpen: [true, true]))
    #expect(outer.decoded(row).order == order)
  }

  @Test func recordsThatCannotBeAreRefused() async {
    await #expect(processExitsWith: .failure) { _ = Record(0, []) }
    await #expect(processExitsWith: .failure) {
      _ = Record(0, [.part("a", \.self, Discrete(2)), .part(\.self, Discrete(2))])
    }
    await #expect(processExitsWith: .failure) {
      _ = Record(0, [.part("a", \.self, Discrete(2)), .part("a", \.self, Discrete(2))])
    }
  }

  @Test func soundOnesPassTheChecker() {
    let check = checkEnvironment(Shop())
    #expect(check.passed && check.findings.isEmpty, "\(check)")
  }

  /// What is found after the third step of the second of three shops.
  private func found(_ change: @escaping @Sendable (inout Shop) -> Void) throws -> (
    fault: EnvironmentFault?, remark: EnvironmentFault?
  ) {
    let spec = EnvironmentSpec(
      id: "Shop", observationSpace: Shop.seen.spec, actionSpace: Shop.order.spec,
      masksActions: true)
    let made = SharedCounter()
    var vector = BatchedEnvironments(spec, count: 3) {
      made.next() == 1 ? Shop(change) : Shop()
    }
    let batch = StepBatch(count: 3, for: vector.spec)
    #expect(batch.observationWidth == 6 && batch.maskWidth == 7)
    var inspector = StepInspector(vector.spec)
    vector.reset(seed: 1, into: batch)
    #expect(inspector.inspectReset(batch) == nil)
    for step in 1...3 {
      vector.step(Array(repeating: 0, count: 15), into: batch)
      let fault = inspector.inspect(batch)
      if step < 3 { #expect(fault == nil) } else { return (fault, inspector.takeRemark()) }
    }
    return (nil, nil)
  }

  @Test func faultsNameTheirPart() throws {
    let cases: [(@Sendable (inout Shop) -> Void, String)] = [
      ({ $0.shown.season = 7 }, "observation 'season' number 0 is 7.0, not a whole number 0 ... 3"),
      ({ $0.shown.stock[1] = .nan }, "observation 'stock' number 1 is nan, not 0.0 ... 100.0"),
      ({ $0.shown.stock = [1, 2] }, "the observation 'stock' has 2 numbers, and its space has 3"),
      ({ $0.shown.isOpen = [] }, "the observation 'doors' has 0 numbers, and its space has 2"),
      (
        { $0.mask = [false, false, true, true, true, true, true] },
        "no choice is allowed in part 'kind' of the action"
      ),
      (
        { $0.mask = [true, false, true, true, false, false, false] },
        "no choice is allowed in component 1 of part 'cards' of the action"
      ),
    ]
    for (change, words) in cases {
      let fault = try found(change).fault
      #expect(fault?.what == words && fault?.index == 1)
    }
    let odd = try found { $0.shown.stock[2] = 1e30 }
    #expect(
      odd.fault == nil
        && odd.remark?.what == "observation 'stock' number 2 is 1e+30, not 0.0 ... 100.0")
    #expect(try found { _ in }.fault == nil)
  }

  @Test func brokenRulesNameTheirPart() {
    func words(_ change: (inout Shop) -> Void) -> String {
      checkEnvironment(Shop(change)).description
    }
    #expect(
      words { $0.shown.season = 7 }.contains(
        "After step 3, the observation 'season' [7.0] is outside of Discrete(4);"))
    #expect(
      words { $0.shown.stock[1] = .nan }.contains(
        "number 1 of the observation 'stock' is not a number"))
    #expect(
      words { $0.shown.stock = [1, 2] }.contains(
        "the observation 'stock' has 2 numbers, and Box(0.0, 100.0, (3,)) has 3"))
    #expect(
      words { $0.mask[0...1] = [false, false] }.contains(
        "No choice is valid in part 'kind' of the action at step 3"))
    #expect(
      words { $0.mask[4...6] = [false, false, false] }.contains(
        "No choice is valid in component 1 of part 'cards' of the action at step 3"))
  }

  /// Numbers that are no choice, or not finite, are told; real numbers may pass their bounds.
  @Test func impossibleActionsNameTheirPart() throws {
    let spec = EnvironmentSpec(
      id: "Shop", observationSpace: Shop.seen.spec, actionSpace: Shop.order.spec,
      masksActions: true)
    var vector = BatchedEnvironments(spec, count: 2) { Shop() }
    let batch = StepBatch(count: 2, for: vector.spec)
    vector.reset(seed: 1, into: batch)
    let cases: [([Float], String)] = [
      ([0.5, 0, 0, 0, 0], "action 'kind' number 0 is 0.5, not a whole number 0 ... 1"),
      ([0, 0, .nan, 0, 0], "action 'amounts' number 1 is nan, not a finite number"),
      ([0, 0, 0, 0, 3], "action 'cards' number 1 is 3.0, not a whole number 0 ... 2"),
    ]
    for (row, words) in cases {
      vector.step([0, 0, 0, 0, 0] + row, into: batch)
      #expect(batch.fault?.what == words && batch.fault?.index == 1)
    }
    vector.step([1, -7, 9, 1, 2] + [0, 0, 0, 0, 0], into: batch)
    #expect(batch.fault == nil && batch.rewards[0] == 0)
    #expect(vector[0].last == Order(kind: 1, amounts: [-7, 9], cards: [1, 2]))
  }

  @Test func wrappersKnowParts() {
    let spec = EnvironmentSpec(
      id: "Shop", observationSpace: Shop.seen.spec, actionSpace: Shop.order.spec)
    #expect(
      FlattenObservation().wrap(spec).observationSpace
        == .box(
          shape: [9], low: Array(repeating: 0, count: 9),
          high: [100, 100, 100, 1, 1, 1, 1, 1, 1]))
    var flat = Shop { $0.shown = Seen(stock: [1, 2, 3], season: 2, isOpen: [false, true]) }
      .wrapped(by: FlattenObservation())
    var rng = SeededGenerator(seed: 1)
    #expect(flat.reset(using: &rng) == [0, 0, 0, 1, 0, 0, 0, 1, 0])
    for _ in 0..<2 { _ = flat.step([0, 0, 0, 0, 0], using: &rng) }
    #expect(flat.step([1, 1, 1, 1, 1], using: &rng).observation == [1, 2, 3, 0, 0, 1, 0, 0, 1])
    #expect(KeyMap.standard(for: Shop.order.spec) == nil)
  }

  /// Restored rows have choices that there are and finite numbers.
  @Test func restoredRowsAreChecked() {
    let range = StateRange<Float>.rows(of: Shop.order.spec)
    #expect(throws: Never.self) { try range.check([1, 9, -9, 1, 2, 0, 0, 0, 0, 0], "rows") }
    #expect(throws: StateError.self) { try range.check([1, 0, 0, 1, 2, 2, 0, 0, 0, 0], "rows") }
    #expect(throws: StateError.self) { try range.check([1, 0, .infinity, 1, 2], "rows") }
  }

  @Test func bytesAreRefusedBySentence() async throws {
    var registry = EnvironmentRegistry()
    let error = #expect(throws: RegistryError.self) { try registry.register("Camera") { Camera() } }
    #expect(
      error?.description
        == "Camera: the observation space Box(0, 255, (2, 2, 1), uint8) has bytes, which rows of numbers do not carry; make it a Box of real numbers."
    )
    #expect(checkEnvironment(Camera()).description.contains("has bytes, which rows"))
    await #expect(processExitsWith: .failure) {
      let spec = EnvironmentSpec(
        id: "Camera", observationSpace: Camera().observationSpace.spec,
        actionSpace: Discrete(2).spec)
      _ = BatchedEnvironments(spec, count: 1) { Camera() }
    }
  }

  @Test func masksNeedChoices() throws {
    struct Forced: DeterministicEnvironment {
      static var masksActions: Bool { true }
      var observationSpace: Box<1> { Box(0...1) }
      var actionSpace: MultiBinary { MultiBinary(2) }
      mutating func reset(using rng: inout SeededGenerator) -> Observation { [0] }
      mutating func step(_ action: [Bool]) -> Step<Observation, NoInfo> { .next([0], reward: 0) }
    }
    #expect(checkEnvironment(Forced()).findings.map(\.rule) == ["action-mask"])
    var registry = EnvironmentRegistry()
    #expect(throws: RegistryError.self) { try registry.register("Forced") { Forced() } }
  }
}
