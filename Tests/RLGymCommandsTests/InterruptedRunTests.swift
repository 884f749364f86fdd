import Foundation
import RLCore
import RLSupport
import Testing

/// Trainings that were stopped, killed or out of disk, and how they go on.
@Suite struct InterruptedRunTests {
  @Test(arguments: [SIGINT, SIGTERM])
  func aStoppedRunGoesOnToTheSameBytes(_ signal: Int32) throws {
    try withFolder { folder in
      let steps = "400000"
      let whole = try train(["--steps", steps, "--output", "whole"], in: folder)
      #expect(whole.code == 0)
      let started = try Program.start(
        [
          "train", "ppo", "CartPole", "--seed", "5", "--no-progress", "--threads", "1", "--steps",
          steps, "--output", "part",
        ],
        in: folder)
      Thread.sleep(forTimeInterval: 0.5)
      kill(started.0.processIdentifier, signal)
      let part = Program.end(started)
      #expect(part.code == 128 + signal)
      #expect(part.errors.contains("rlgym train --resume part"))
      let resumed = try Program.run(["train", "--resume", "part", "--no-progress"], in: folder)
      #expect(resumed.code == 0, "\(resumed.errors)")
      for file in ["final/policy.safetensors", "best/policy.safetensors"] {
        #expect(
          try FileStore.read(folder.path + "/whole/" + file)
            == FileStore.read(folder.path + "/part/" + file))
      }
      #expect(try evaluations("whole", in: folder) == evaluations("part", in: folder))
      /// Rows without their last column, the time.
      func rows(_ run: String) throws -> [Substring] {
        let url = folder.appendingPathComponent("\(run)/monitor.csv")
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst(2).map
        {
          $0[..<($0.lastIndex(of: ",") ?? $0.endIndex)]
        }
      }
      #expect(try rows("whole") == rows("part"))
    }
  }

  @Test func aKilledRunGoesOnToTheSameBytes() throws {
    try withFolder { folder in
      let plan = ["--steps", "200000", "--checkpoint-every", "5000"]
      #expect(try train(plan + ["--output", "whole"], in: folder).code == 0)
      // Killed twice, at moments that no one chose.
      var (process, _, _) = try Program.start(
        ["train", "ppo", "CartPole", "--seed", "5", "--no-progress", "--output", "part"] + plan,
        in: folder)
      for _ in 0..<2 {
        waitForCheckpoint(of: folder.appendingPathComponent("part"))
        Thread.sleep(forTimeInterval: 0.15)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
        (process, _, _) = try Program.start(
          ["train", "--resume", "part", "--checkpoint-every", "5000", "--no-progress"], in: folder)
      }
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      for file in ["final/policy.safetensors", "best/policy.safetensors"] {
        #expect(
          try FileStore.read(folder.path + "/whole/" + file)
            == FileStore.read(folder.path + "/part/" + file))
      }
      #expect(try evaluations("whole", in: folder) == evaluations("part", in: folder))
      let (first, second) = (try reports("whole", in: folder), try reports("part", in: folder))
      #expect(first == second && first.count > 300)
      #expect(first.contains { $0["eval/mean_reward"] != nil })
    }
  }

  /// The lines of a run's `progress.json` without times.
  private func reports(_ run: String, in folder: URL) throws -> [[String: Double]] {
    let text = String(
      decoding: try FileStore.read(folder.path + "/\(run)/progress.json"), as: UTF8.self)
    return try text.split(separator: "\n").map { line in
      try JSONDecoder().decode([String: Double].self, from: Data(line.utf8)).filter {
        $0.key != "time/time_elapsed" && $0.key != "time/fps"
      }
    }
  }

  @Test func aLogThatIsGoneIsTold() throws {
    try withFolder { folder in
      #expect(try train(["--steps", "2048", "--output", "run"], in: folder).code == 0)
      try FileManager.default.removeItem(atPath: folder.path + "/run/monitor.csv")
      let result = try Program.run(
        ["train", "--resume", "run", "--steps", "4096", "--no-progress"], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(
        result.errors.contains("warning: 'run/monitor.csv' is missing; it begins anew."),
        "\(result.errors)")
    }
  }

  /// Whatever a user made of it.
  @Test func theLogsOfAFinishedRunStayAsTheyAre() throws {
    try withFolder { folder in
      #expect(try train(["--steps", "2048", "--output", "run"], in: folder).code == 0)
      let path = folder.path + "/run/monitor.csv"
      for text in ["no header", "#{}\nr,l,t\n" + String(repeating: "1,1,1\n", count: 9999), ""] {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let result = try Program.run(["train", "--resume", "run", "--no-progress"], in: folder)
        #expect(result.code == 0, "\(result.errors)")
        #expect(try FileStore.read(path) == Array(text.utf8))
      }
    }
  }

  @Test func aFullDiskIsToldAndLosesNothing() throws {
    try withFolder { folder in
      let run = try train(["--steps", "4096", "--output", "run"], in: folder)
      #expect(run.code == 0)
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/bash")
      // A file-size limit stands in for the full disk; SIGXFSZ is ignored, so that writes fail.
      shell.arguments = [
        "-c",
        "trap '' XFSZ; ulimit -f 40; exec \(Program.path) train ppo CartPole --seed 1 --steps 300000 --no-progress --output small",
      ]
      shell.currentDirectoryURL = folder
      let errors = Pipe()
      shell.standardError = errors
      shell.standardOutput = FileHandle.nullDevice
      try shell.run()
      let text = String(
        decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      shell.waitUntilExit()
      #expect(shell.terminationStatus == 1, "\(text)")
      #expect(text.contains("Cannot write") && text.contains("small"), "\(text)")
    }
  }
}
