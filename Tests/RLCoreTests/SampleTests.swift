import Foundation
import RLCore
import RLSupport
import Testing

/// Draws that Gymnasium's spaces made (`make_samples.py`), by seed and kind of space.
private func gymnasiumSamples() throws -> [String: [String: [[Double]]]] {
  let url = try #require(Bundle.module.url(forResource: "samples", withExtension: "json"))
  return try JSONDecoder().decode(
    [String: [String: [[Double]]]].self, from: Data(contentsOf: url))
}

@Suite struct SampleTests {
  private func rows<S: Space>(
    _ space: S, _ seed: UInt64, _ row: (S.Element) -> [Double]
  ) -> [[Double]] {
    var rng = SeededGenerator(seed: seed)
    return (0..<12).map { _ in row(space.sample(using: &rng)) }
  }

  @Test(arguments: [0, 42, 1 << 32] as [UInt64])
  func spacesDrawWhatGymnasiumDraws(_ seed: UInt64) throws {
    let expected = try #require(gymnasiumSamples()["\(seed)"])
    let infinity = Float.infinity
    let low: [Float] = [-1, 0, -infinity, -infinity, 2.5]
    let high: [Float] = [1, infinity, 0, infinity, 3.5]
    #expect(
      rows(Box<5>(low: low, high: high), seed) { e in (0..<5).map { Double(e[$0]) } }
        == expected["mixed"])
    #expect(
      rows(DynamicBox(low: low, high: high), seed) { $0.map(Double.init) } == expected["mixed"])
    #expect(
      rows(Box<3>(-2...2), seed) { e in (0..<3).map { Double(e[$0]) } } == expected["bounded"])
    #expect(rows(Discrete(7, start: -2), seed) { [Double($0)] } == expected["discrete"])
    #expect(
      rows(MultiDiscrete([2, 5, 3]), seed) { $0.map(Double.init) } == expected["multiDiscrete"])
    #expect(rows(MultiBinary(6), seed) { $0.map { $0 ? 1 : 0 } } == expected["multiBinary"])

    let space = Discrete(7, start: -2)
    var rng = SeededGenerator(seed: seed)
    let mask = [true, false, false, true, true, false, true]
    #expect(
      (0..<12).map { _ in [Double(space.sample(mask: mask, using: &rng))] } == expected["masked"])
    rng = SeededGenerator(seed: seed)
    let weights = [0.1, 0, 0.2, 0.3, 0.15, 0.05, 0.2]
    #expect(
      (0..<12).map { _ in [Double(space.sample(probabilities: weights, using: &rng))] }
        == expected["weighted"])
  }
}
