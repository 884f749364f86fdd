import RLCore
import RLSupport
import Testing

@Suite struct SpaceTests {
  private func roundTrip<S: Space>(_ space: S, _ element: S.Element) -> S.Element {
    space.decoded(space.encoded(element))
  }

  @Test func boxesBoundTheirNumbers() {
    let space = Box<4>(
      low: [-1, 0, -.infinity, -.infinity], high: [1, .infinity, 0, .infinity])
    var rng = SeededGenerator(seed: 1)
    for _ in 0..<2_000 {
      let element = space.sample(using: &rng)
      #expect(space.contains(element))
      let back = roundTrip(space, element)
      #expect((0..<4).allSatisfy { back[$0] == element[$0] })
    }
    #expect(!space.contains([2, 0, 0, 0]))
    #expect(!space.contains([0, -1, 0, 0]))
    #expect(!space.contains([0, 0, 1, 0]))
    #expect(!space.contains([.nan, 0, 0, 0]))
    #expect(space.spec.description == "Box([-1.0, 0.0, -inf, -inf], [1.0, inf, 0.0, inf], (4,))")
  }

  @Test func dynamicBoxesCheckTheirLength() {
    let space = DynamicBox(-1...1, shape: [2, 3])
    var rng = SeededGenerator(seed: 1)
    let element = space.sample(using: &rng)
    #expect(space.contains(element) && roundTrip(space, element) == element)
    #expect(!space.contains([0, 0]) && space.spec.rowWidth == 6)
  }

  @Test func discreteValuesHaveAStartAndMasks() {
    let space = Discrete(3, start: -1)
    var rng = SeededGenerator(seed: 2)
    var seen: Set<Int> = []
    for _ in 0..<200 { seen.insert(space.sample(using: &rng)) }
    #expect(seen == [-1, 0, 1])
    #expect(space.contains(-1) && space.contains(1) && !space.contains(2) && !space.contains(-2))
    #expect(roundTrip(space, -1) == -1)
    for _ in 0..<50 { #expect(space.sample(mask: [false, true, false], using: &rng) == 0) }
    #expect(space.sample(mask: [false, false, false], using: &rng) == -1)
    for _ in 0..<50 { #expect(space.sample(probabilities: [0, 0, 1], using: &rng) == 1) }
  }

  @Test func choicesAreTheCasesOfAnEnumeration() {
    enum Move: CaseIterable { case left, stay, right }
    let space = Choice<Move>()
    #expect(space.spec == .discrete(count: 3, start: 0))
    for move in Move.allCases { #expect(roundTrip(space, move) == move) }
  }

  @Test func severalComponents() {
    let discrete = MultiDiscrete([2, 5])
    let binary = MultiBinary(4)
    var rng = SeededGenerator(seed: 3)
    for _ in 0..<200 {
      let element = discrete.sample(using: &rng)
      #expect(discrete.contains(element) && roundTrip(discrete, element) == element)
      let flags = binary.sample(using: &rng)
      #expect(binary.contains(flags) && roundTrip(binary, flags) == flags)
    }
    #expect(!discrete.contains([2, 0]) && !discrete.contains([0]) && !binary.contains([true]))
  }

  @Test func rowsAreFlattenedForNetworks() {
    func flat(_ spec: SpaceSpec, _ row: [Float]) -> [Float] { spec.flatten(row) }
    #expect(flat(.discrete(count: 4, start: 10), [12]) == [0, 0, 1, 0])
    #expect(flat(.multiDiscrete(counts: [2, 3]), [1, 0]) == [0, 1, 1, 0, 0])
    #expect(flat(.multiBinary(count: 2), [1, 0]) == [1, 0])
    #expect(flat(.box(shape: [2], low: [0, 0], high: [1, 1]), [0.5, 1]) == [0.5, 1])
  }

  @Test func descriptionsAreGymnasiums() {
    let box = SpaceSpec.box(
      shape: [2, 2], low: [-1, -.infinity, 0, 4.8], high: [1, .infinity, 1, 5])
    #expect(
      box.json
        == #"{"dtype":"float32","high":[[1,"Infinity"],[1,5]],"low":[[-1,"-Infinity"],[0,4.800000190734863]],"shape":[2,2],"type":"Box"}"#
    )
    let specs: [SpaceSpec] = [
      box, .discrete(count: 3, start: -1), .multiDiscrete(counts: [2, 5]), .multiBinary(count: 4),
    ]
    for spec in specs { #expect(SpaceSpec(json: spec.json) == spec) }
    #expect(
      SpaceSpec(json: #"{"type":"Discrete","dtype":"int64","start":0,"n":2}"#)
        == .discrete(count: 2, start: 0))
    for text in [
      "", "{}", #"{"type":"Graph"}"#, #"{"type":"Discrete","n":0}"#,
      #"{"type":"Box","shape":[2],"low":[0],"high":[1]}"#,
      #"{"type":"Box","shape":[9223372036854775807,9],"low":[0],"high":[1]}"#,
      #"{"type":"Box","shape":[1],"low":[2],"high":[1]}"#, #"{"type":"MultiDiscrete","nvec":[0]}"#,
    ] { #expect(SpaceSpec(json: text) == nil, "\(text)") }
  }
  /// Numbers between choices and beyond them are none, and NaN neither.
  @Test func numbersThatAreNoChoiceAreNotRead() async {
    await #expect(processExitsWith: .failure) { _ = Discrete(3).decoded([-0.5]) }
    await #expect(processExitsWith: .failure) { _ = Discrete(3).decoded([1.5]) }
    await #expect(processExitsWith: .failure) { _ = Discrete(3).decoded([.nan]) }
    await #expect(processExitsWith: .failure) { _ = Choice<Side>().decoded([-0.5]) }
    await #expect(processExitsWith: .failure) { _ = MultiDiscrete([3, 2]).decoded([1, 0.5]) }
    await #expect(processExitsWith: .success) { _ = Discrete(3).decoded([2]) }
  }
}

private enum Side: CaseIterable { case left, right }
