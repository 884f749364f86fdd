import RLCore
import Testing

@Suite struct KeyMapTests {
  @Test func heldForcesAddUp() throws {
    let map = try #require(
      KeyMap.standard(for: .box(shape: [2], low: [-2, 0], high: [2, .infinity])))
    #expect(map.action(held: [], last: [9, 9]) == [0, 0.5])
    #expect(map.action(held: [.left], last: nil) == [-2, 0.5])
    #expect(map.action(held: [.left, .right], last: nil) == [0, 0.5])
    #expect(map.action(held: [.right, .up], last: nil) == [2, 1])
  }

  @Test func theNewestKeyCounts() throws {
    let map = try #require(KeyMap.standard(for: .discrete(count: 3, start: 5)))
    #expect(map.action(held: [], last: [5]) == nil)
    #expect(map.action(held: [.left, .right], last: nil) == [7])
    #expect(map.action(held: [.character("1"), .escape], last: nil) == [6])
    #expect(map.help.contains("action 6"))
    let going = KeyMap(map.bindings, idle: .repeatLast)
    #expect(going.action(held: [], last: [6]) == [6])
    #expect(going.action(held: [], last: nil) == [5])
  }

  @Test func someSpacesHaveNoNaturalKeys() {
    #expect(KeyMap.standard(for: .discrete(count: 11, start: 0)) == nil)
    #expect(KeyMap.standard(for: .multiBinary(count: 2)) == nil)
    #expect(
      KeyMap.standard(
        for: .box(
          shape: [5], low: .init(repeating: 0, count: 5), high: .init(repeating: 1, count: 5)))
        == nil)
  }
}
