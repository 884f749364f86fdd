import RLSupport
import Testing

/// The choice between one thread and two, in rounds whose times are made up.
@Suite struct ThreadChooserTests {
  /// Plays rounds and says in which of them two threads were used.
  private func play(
    _ pace: inout ThreadChooser, _ rounds: Range<Int>, together: (Int) -> Double, alone: Double = 1
  ) -> [Bool] {
    rounds.map { round in
      let usesTwo = pace.choosesTwo()
      pace.note(usedTwo: usesTwo, seconds: usesTwo ? together(round) : alone)
      return usesTwo
    }
  }

  @Test func theFasterWayIsUsed() {
    var pace = ThreadChooser()
    let fast = play(&pace, 0..<1000) { _ in 0.6 }
    #expect(fast.count { $0 } >= 980)
    let slow = play(&pace, 0..<1000) { _ in 1.5 }
    #expect(slow.count { $0 } < 30)
    let recovered = play(&pace, 0..<1000) { _ in 0.6 }
    #expect(recovered.count { $0 } > 900)
  }

  @Test(arguments: [0, 1, 50, 51, 63, 64, 65])
  func oneBadRoundCostsLittle(_ bad: Int) {
    var pace = ThreadChooser()
    let chosen = play(&pace, 0..<256) { $0 == bad ? 30 : 0.6 }
    #expect(chosen.count { !$0 } <= 8)
  }

  /// Where two threads always collapse they are tried ever less often.
  @Test func aCollapseIsTriedSeldom() {
    var pace = ThreadChooser()
    let chosen = play(&pace, 0..<6400) { _ in 10 }
    #expect((50...120).contains(chosen.count { $0 }))
    #expect(chosen.suffix(640).count { $0 } <= 11)
  }
}
