import Foundation
import RLExperiments
import Testing

@Suite struct TensorBoardEventsTests {
  @Test func checksumsHaveTheirKnownValues() {
    let digits = Array("123456789".utf8)
    #expect(TensorBoardEvents.crc32c(digits) == 0xe306_9283)
    #expect(TensorBoardEvents.masked(digits) == 0xc78a_b0e5)
  }

  /// A record that TensorBoard 2.21 read as step 100, `rollout/ep_rew_mean` = 21.5.
  @Test func aRecordHasTheBytesThatTensorBoardReads() {
    let record = TensorBoardEvents.scalars(
      [("rollout/ep_rew_mean", 21.5)], step: 100, time: 2)
    let text = record.map { String(format: "%02x", $0) }.joined()
    #expect(
      text
        == "290000000000000037ff5f0009000000000000004010642a1c0a1a0a13726f6c6c6f75742f65705f7265775f6d65616e150000ac4101cfbfad"
    )
  }
}
