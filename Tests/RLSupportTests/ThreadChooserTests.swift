import Foundation
import RLSupport
import Testing

/// The choice of the number of threads, in rounds whose times are made up.
@Suite struct ThreadChooserTests {
  /// Plays rounds and says in which of them two threads were used.
  private func play(
    _ pace: inout ThreadChooser, _ rounds: Range<Int>, together: (Int) -> Double, alone: Double = 1
  ) -> [Bool] {
    rounds.map { round in
      let threads = pace.threads
      pace.note(seconds: threads == 2 ? together(round) : alone)
      return threads == 2
    }
  }

  @Test func theFasterWayIsUsed() {
    var pace = ThreadChooser(most: 2)
    let fast = play(&pace, 0..<1000) { _ in 0.6 }
    #expect(fast.count { $0 } >= 980)
    let slow = play(&pace, 0..<1000) { _ in 1.5 }
    #expect(slow.count { $0 } < 30)
    let recovered = play(&pace, 0..<1000) { _ in 0.6 }
    #expect(recovered.count { $0 } > 900)
  }

  @Test(arguments: [0, 1, 50, 51, 63, 64, 65])
  func oneBadRoundCostsLittle(_ bad: Int) {
    var pace = ThreadChooser(most: 2)
    let chosen = play(&pace, 0..<256) { $0 == bad ? 30 : 0.6 }
    #expect(chosen.count { !$0 } <= 8)
  }

  /// Where two threads always collapse they are tried ever less often.
  @Test func aCollapseIsTriedSeldom() {
    var pace = ThreadChooser(most: 2)
    let chosen = play(&pace, 0..<6400) { _ in 10 }
    #expect((3...12).contains(chosen.count { $0 }))
  }

  /// Of several numbers the fastest one is found, and found again when it changes.
  @Test(arguments: [1, 2, 4, 8, 12])
  func theFastestOfSeveralIsUsed(_ fastest: Int) {
    var pace = ThreadChooser(most: 12)
    #expect(pace.choices == [1, 2, 4, 8, 12])
    func uses(_ rounds: Int, of fastest: Int) -> Int {
      (0..<rounds).count { _ in
        let threads = pace.threads
        pace.note(seconds: 1 + 0.1 * abs(log2(Double(threads) / Double(fastest))))
        return threads == fastest
      }
    }
    #expect(uses(1000, of: fastest) > 900)
    #expect(uses(4000, of: 4) > 3000)
  }
}
