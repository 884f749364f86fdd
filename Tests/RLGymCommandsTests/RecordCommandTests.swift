import Foundation
import RLGym
import Testing

@Suite struct RecordCommandTests {
  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private func train(_ arguments: [String], in folder: URL) throws -> Program {
    try Program.run(
      ["train", "ppo", "CartPole", "--seed", "5", "--no-progress", "--threads", "1"] + arguments,
      in: folder)
  }

  @Test func runsAndRandomActionsAreRecorded() throws {
    try withFolder { folder in
      #expect(try train(["--steps", "2048", "--output", "run"], in: folder).code == 0)
      for output in ["a.apng", "a.gif", "frames"] {
        let result = try Program.run(
          ["record", "run", "--output", output, "--episodes", "2", "--seed", "3"], in: folder)
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.contains("2 episodes of CartPole-v1, mean return"))
        #expect(result.output.contains("frames of 600x400"))
      }
      let frames = try names(folder.appendingPathComponent("frames"))
      let first = try FileStore.read("\(folder.path)/frames/frame-000001.png")
      // The size in a PNG's header.
      #expect(first[16..<24].elementsEqual([0, 0, 2, 88, 0, 0, 1, 144]))
      // As many frames as steps, and each episode's first state.
      let evaluation = try Program.run(
        ["evaluate", "run", "--episodes", "2", "--seed", "3", "--json"], in: folder)
      let figures = try JSONDecoder().decode(
        [String: Double].self, from: Data(evaluation.output.utf8))
      #expect(frames.count == Int((2 * (figures["meanLength"] ?? 0) + 2).rounded()))

      let random = [
        "record", "--random", "Taxi", "--seed", "1", "--fps", "5", "--scale", "0.5", "--output",
      ]
      let result = try Program.run(random + ["b.png"], in: folder)
      #expect(result.code == 0 && result.output.contains("at 5 frames/s"), "\(result.errors)")
      #expect(try Program.run(random + ["c.png"], in: folder).code == 0)
      #expect(
        try FileStore.read(folder.path + "/b.png") == FileStore.read(folder.path + "/c.png"))
      #expect(
        try names(folder) == ["a.apng", "a.gif", "b.png", "c.png", "frames", "run"])
    }
  }

  struct Mistake: Sendable {
    var arguments: [String]
    var code: Int32
    var word: String
  }

  @Test(arguments: [
    Mistake(arguments: ["--random", "CartPole"], code: 2, word: "--output"),
    Mistake(arguments: ["--output", "x.gif"], code: 2, word: "--random CartPole"),
    Mistake(arguments: ["--random", "CartPole", "--output", "x.avi"], code: 2, word: ".apng"),
    Mistake(
      arguments: ["--random", "CartPole", "--output", "x.gif", "--fps", "0"], code: 2,
      word: "--fps"),
    Mistake(
      arguments: ["--random", "CartPole", "--output", "x.gif", "--scale", "9"], code: 2,
      word: "--scale"),
    Mistake(
      arguments: ["--random", "CartPole", "--output", "x.gif", "--episodes", "0"], code: 2,
      word: "--episodes"),
    Mistake(
      arguments: ["--random", "CartPole", "--output", "no/x.gif"], code: 1, word: "no/x.gif"),
    Mistake(arguments: ["nowhere", "--output", "x.gif"], code: 2, word: "nowhere"),
  ])
  func mistakesAreTold(_ mistake: Mistake) throws {
    try withFolder { folder in
      let result = try Program.run(["record"] + mistake.arguments, in: folder)
      #expect(result.code == mistake.code && result.errors.contains(mistake.word))
      #expect(result.errors.split(separator: "\n").count <= 2, "\(result.errors)")
      #expect(try names(folder).isEmpty)
    }
  }

  private func shell(_ script: String, in folder: URL) throws -> Program {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = ["-c", script]
    shell.currentDirectoryURL = folder
    let errors = Pipe()
    shell.standardError = errors
    shell.standardOutput = FileHandle.nullDevice
    try shell.run()
    let text = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    return Program(code: shell.terminationStatus, output: "", errors: text)
  }

  @Test(arguments: ["x.apng", "x.gif", "frames", "x.mp4"])
  func aFullDiskIsToldAndLeavesNothing(_ output: String) throws {
    try withFolder { folder in
      // A file-size limit stands in for the full disk; SIGXFSZ is ignored, so that writes fail.
      let result = try shell(
        "trap '' XFSZ; ulimit -f 1; exec \(Program.path) record --random CartPole --episodes 40 --seed 1 --scale 2 --output \(output)",
        in: folder)
      #expect(result.code == 1)
      #expect(result.errors.contains(output), "\(result.errors)")
      #expect(
        result.errors.contains("too large") || result.errors.contains("ffmpeg"),
        "\(result.errors)")
      #expect(try names(folder).isEmpty)
    }
  }

  @Test func withoutTheEncoderItSaysWhatToInstall() throws {
    try withFolder { folder in
      let result = try shell(
        "PATH=/nowhere exec \(Program.path) record --random CartPole --output x.mp4", in: folder)
      #expect(result.code == 1 && result.errors.contains("apt-get install ffmpeg"))
      #expect(try names(folder).isEmpty)
    }
  }

  @Test(arguments: ["x.apng", "x.mp4", "frames"])
  func anInterruptedRecordingLeavesNothing(_ output: String) throws {
    try withFolder { folder in
      let (process, _, errors) = try Program.start(
        ["record", "--random", "CartPole", "--episodes", "1000000", "--output", output],
        in: folder)
      for _ in 0..<500 where try names(folder).isEmpty { Thread.sleep(forTimeInterval: 0.01) }
      Thread.sleep(forTimeInterval: 0.3)
      process.interrupt()
      let text = String(
        decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 130 || text.contains("ffmpeg"), "\(text)")
      #expect(try names(folder).isEmpty)
    }
  }

  /// The policies and the episodes of a run, without the times.
  private func outcome(_ run: String, in folder: URL) throws -> [[UInt8]] {
    let monitor = try String(
      contentsOf: folder.appendingPathComponent("\(run)/monitor.csv"), encoding: .utf8)
    let rows = monitor.split(separator: "\n").dropFirst(2).map {
      $0[..<($0.lastIndex(of: ",") ?? $0.endIndex)]
    }
    return try ["final", "best"].map {
      try FileStore.read("\(folder.path)/\(run)/\($0)/policy.safetensors")
    } + rows.map { Array($0.utf8) }
  }

  @Test func recordingChangesNothingOfTheTraining() throws {
    try withFolder { folder in
      #expect(try train(["--steps", "6000", "--output", "plain"], in: folder).code == 0)
      let recorded = try train(
        ["--steps", "6000", "--record-every", "2000", "--output", "recorded"], in: folder)
      #expect(recorded.code == 0, "\(recorded.errors)")
      #expect(try outcome("plain", in: folder) == outcome("recorded", in: folder))
      let videos = try names(folder.appendingPathComponent("recorded/videos"))
      #expect(videos.count == 2 || videos.count == 3, "\(videos)")
      #expect(videos.allSatisfy { $0.hasPrefix("rl-video-step-") && $0.hasSuffix(".apng") })
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/plain/videos"))
    }
  }

  @Test func recordingGoesOnAfterAResume() throws {
    try withFolder { folder in
      let plan = ["--steps", "60000", "--record-every", "15000", "--checkpoint-every", "5000"]
      #expect(try train(plan + ["--output", "whole"], in: folder).code == 0)
      let (process, _, _) = try Program.start(
        ["train", "ppo", "CartPole", "--seed", "5", "--no-progress", "--output", "part"] + plan,
        in: folder)
      waitForCheckpoint(of: folder.appendingPathComponent("part"))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let resumed = try Program.run(["train", "--resume", "part", "--no-progress"], in: folder)
      #expect(resumed.code == 0, "\(resumed.errors)")
      let (whole, part) = (
        folder.appendingPathComponent("whole/videos"),
        folder.appendingPathComponent("part/videos")
      )
      #expect(try names(whole) == names(part).filter { !$0.hasSuffix(".tmp") })
      for name in try names(whole) {
        #expect(
          try FileStore.read("\(whole.path)/\(name)") == FileStore.read("\(part.path)/\(name)"))
      }
    }
  }

  @Test func aFailedRecordingNeverStopsTheRun() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("run"), withIntermediateDirectories: false)
      // Where the videos would go there is a file.
      try Data().write(to: folder.appendingPathComponent("run/videos"))
      let run = try train(
        ["--steps", "6000", "--record-every", "2000", "--output", "run"], in: folder)
      #expect(run.code == 0)
      #expect(run.errors.components(separatedBy: "A recording failed").count == 2)
      #expect(FileManager.default.fileExists(atPath: folder.path + "/run/final"))
    }
  }
}
