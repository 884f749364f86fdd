import RLSupport
import Testing

private struct Hidden<T> {}

@Suite struct TypeNameTests {
  @Test func privateTypesHaveThePlainName() {
    #expect(plainName("(Late in _89ABCDEF0123)") == "Late")
    #expect(
      plainName("Wrapped<(Late in _89AB), (Slow in _01EF)<(Odd in _2)>>")
        == "Wrapped<Late, Slow<Odd>>")
    #expect(plainName(of: Hidden<Hidden<Int>>.self) == "Hidden<Hidden<Int>>")
  }

  @Test func otherNamesStayAsTheyAre() {
    for name in ["CartPole", "Int in _x", "(a in _b", "Wrapped<A, B>", "(A, B) -> C"] {
      #expect(plainName(name) == name)
    }
  }
}
