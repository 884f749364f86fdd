import RLExperiments
import RLGymCommands
import Testing

@Suite struct ProgressViewTests {
  private func state(_ done: Int, curve: [(step: Int, value: Double)] = []) -> RunProgress {
    RunProgress(
      stepsDone: done, stepsTotal: 40_000, stepsPerSecond: 123_456, secondsLeft: 90,
      meanReturn: 21.5, curve: curve)
  }

  @Test(arguments: [(0, 0), (10_000, 25), (20_000, 50), (39_999, 99), (40_000, 100)])
  func theBarIsAsFullAsTheShareDone(_ done: Int, _ share: Int) {
    let bar = ProgressView(width: 160).bar(state(done))
    #expect(bar.contains("/40,000 steps  \(share)%  123,456 steps/s"))
    #expect(bar.hasSuffix("left  return 21.5"))
    let full = bar.count { $0 == "█" }
    #expect(full == 30 * done / 40_000)
  }

  @Test(arguments: [20, 40, 60, 80, 100, 200])
  func linesFitTheTerminal(_ width: Int) {
    let curve = (0...100).map { (step: $0 * 400, value: Double($0)) }
    let view = ProgressView(width: width)
    let lines = view.curve(state(40_000, curve: curve)) + [view.bar(state(40_000))]
    #expect(lines.count == 6)
    for line in lines { #expect(line.count <= max(width, 18), "\(line)") }
  }

  @Test func theCurveRisesFromTheLowerLeftToTheUpperRight() {
    let curve = (0...100).map { (step: $0 * 400, value: Double($0) - 50) }
    let lines = ProgressView(width: 80).curve(state(40_000, curve: curve))
    #expect(lines[0].hasPrefix(" 50") && lines[4].hasPrefix("-50"))
    #expect(lines[0].hasSuffix("█") && lines[4].contains("▕▁"))
    // Each line has at least as much to show as the one above.
    let filled = lines.map { line in line.count { "▁▂▃▄▅▆▇█".contains($0) } }
    #expect(filled == filled.sorted() && filled[0] > 0 && filled[4] > filled[0])
  }

  @Test func aCurveOfOnePointIsNotDrawn() {
    #expect(ProgressView(width: 80).curve(state(400, curve: [(400, 1)])).isEmpty)
  }

  @Test func halfATrainingLeavesTheRightHalfEmpty() {
    let curve = (0...50).map { (step: $0 * 400, value: Double($0)) }
    let lines = ProgressView(width: 80).curve(state(20_000, curve: curve))
    for line in lines { #expect(line.hasSuffix(String(repeating: " ", count: 25))) }
  }

  @Test func plainLinesNameEveryFigure() {
    let line = ProgressView(width: 80).line(state(10_000))
    #expect(line.hasPrefix("steps 10000/40000  steps/s 123456  left "))
    #expect(line.hasSuffix("return 21.5"))
  }
}
