import RLRendering
import Testing

@Suite struct FrameTests {
  @Test func aNewFrameHasOneColour() {
    let frame = Frame(width: 3, height: 2, gray: 7)
    #expect(frame.pixels == Array(repeating: 7, count: 18))
  }
}
