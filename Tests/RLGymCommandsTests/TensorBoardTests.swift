import Foundation
import RLGym
import RLExperiments
import Testing

@Suite struct TensorBoardTests {
  /// Whether Python and TensorBoard are there to read what was written.
  static let hasTensorBoard: Bool = {
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = ["python3", "-c", "import numpy, tensorboard"]
    python.standardError = FileHandle.nullDevice
    guard (try? python.run()) != nil else { return false }
    python.waitUntilExit()
    return python.terminationStatus == 0
  }()

  @Test(.enabled(if: hasTensorBoard, "pip install tensorboard numpy"))
  func theProgramsThatLogsAreForReadThem() throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Interoperability/check_logs.py")
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = ["python3", script.path, Program.path]
    let output = Pipe()
    python.standardOutput = output
    python.standardError = output
    try python.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    python.waitUntilExit()
    #expect(python.terminationStatus == 0, "\(text)")
    #expect(text.contains("TensorBoard: eval/mean_reward"))
  }

  /// The data of a file's records, whose checksums must hold.
  private func records(_ bytes: [UInt8]) throws -> [[UInt8]] {
    func word(_ place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }
    var place = 0
    var result: [[UInt8]] = []
    while place < bytes.count {
      try #require(place + 12 <= bytes.count)
      let length = Int(word(place))
      try #require(place + 16 + length <= bytes.count)
      #expect(word(place + 8) == TensorBoardEvents.masked(Array(bytes[place..<place + 8])))
      let data = Array(bytes[place + 12..<place + 12 + length])
      #expect(word(place + 12 + length) == TensorBoardEvents.masked(data))
      result.append(data)
      place += 16 + length
    }
    return result
  }

  @Test func aRunWritesEventsOnceAlsoWhenItIsResumed() throws {
    try withFolder { folder in
      func events(_ run: String) throws -> [[UInt8]] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + run)
        let files = names.filter { $0.hasPrefix("events.out.tfevents.") }
        try #require(files.count == 1)
        return try records(FileStore.read(folder.path + "/\(run)/\(files[0])"))
      }
      let plan = [
        "train", "ppo", "CartPole", "--seed", "5", "--steps", "400000", "--no-progress",
        "--tensorboard",
      ]
      #expect(try Program.run(plan + ["--output", "whole"], in: folder).code == 0)
      let (process, _, _) = try Program.start(plan + ["--output", "part"], in: folder)
      Thread.sleep(forTimeInterval: 0.5)
      kill(process.processIdentifier, SIGTERM)
      process.waitUntilExit()
      #expect(process.terminationStatus == 128 + SIGTERM)
      let resumed = try Program.run(["train", "--resume", "part", "--no-progress"], in: folder)
      #expect(resumed.code == 0, "\(resumed.errors)")
      let (whole, part) = (try events("whole"), try events("part"))
      // Times differ, and with them the numbers that are made of them.
      #expect(whole.count == part.count && whole.count > 100)
      #expect(String(decoding: whole[0], as: UTF8.self).contains("brain.Event:2"))
      let all = String(decoding: whole.joined(), as: UTF8.self)
      for tag in ["rollout/ep_rew_mean", "train/value_loss", "eval/mean_reward"] {
        #expect(all.contains(tag), "\(tag)")
      }
    }
  }
}
