import Foundation
import RLSupport
import Testing

/// Full and closed standard streams, signals in long updates, and outputs without a name.
@Suite struct FaultTests {
  /// Runs a script with the program as `$R`.
  private func shell(_ script: String, in folder: URL) throws -> Program {
    try Program.run(
      ["-c", script], in: folder, environment: ["R": Program.path], program: "/bin/bash")
  }

  private static let training =
    "train ppo CartPole --steps 512 --seed 1 --threads 1 --set rolloutSteps=64 --output"

  @Test(arguments: [
    "2>/dev/full", "2>&-", "<&- >&- 2>&-", ">&- 2>&-", "2>&1 >/dev/null | head -1 >/dev/null",
    "--log-rollouts <&- >&- 2>&-",
  ])
  func aStreamThatTakesNothingStopsNoTraining(_ streams: String) throws {
    try withFolder { folder in
      let whole = try shell("$R \(Self.training) whole", in: folder)
      #expect(whole.code == 0, "\(whole.errors)")
      let result = try shell(
        "$R \(Self.training) run \(streams); exit ${PIPESTATUS[0]}", in: folder)
      #expect(result.code == 0, "\(result.errors)")
      for file in ["final/policy.safetensors", "best/policy.safetensors"] {
        #expect(
          try FileStore.read("\(folder.path)/run/\(file)")
            == FileStore.read("\(folder.path)/whole/\(file)"))
      }
      // Words for people went into no file of the run.
      #expect(FileStore.byteCount(of: folder.path + "/run/lock") == 0)
      for name in ["monitor.csv", "progress.csv", "progress.json"] {
        let text = String(
          decoding: try FileStore.read("\(folder.path)/run/\(name)"), as: UTF8.self)
        #expect(!text.contains("Train") && !text.contains("Return"))
      }
    }
  }

  @Test func linesThatWereLostAreCounted() throws {
    try withFolder { folder in
      // A pipe that is full and does not block takes nothing until somebody reads.
      let result = try shell(
        """
        mkfifo pipe; exec 3<>pipe
        python3 -c 'import os; os.set_blocking(3, False)
        while True: os.write(3, b"x" * 4096)' 2>/dev/null
        $R \(Self.training) run 2>&3 >/dev/null & sleep 3
        head -c 65536 <&3 >/dev/null; wait $!; echo "code $?"; exec 4<&3; cat <&4 2>/dev/null; true
        """, in: folder)
      #expect(result.output.contains("code 0"), "\(result.output)")
      #expect(result.output.contains("could not be written here"), "\(result.output)")
    }
  }

  @Test(arguments: [
    "envs", "envs CartPole", "agents", "agents ppo", "check CartPole", "--help", "train --help",
    "--version", "runs .", "runs . --json", "evaluate run --episodes 2",
    "evaluate run --episodes 2 --json", "train --resume run", "train --resume run --json",
    "watch run --text --episodes 1", "benchmark compare run run --json",
  ])
  func aResultThatCannotBeWrittenIsAnError(_ command: String) throws {
    try withFolder { folder in
      if command.contains("run ") || command.hasSuffix("run") || command.hasPrefix("runs") {
        #expect(try shell("$R \(Self.training) run", in: folder).code == 0)
      }
      let full = try shell("$R \(command) >/dev/full", in: folder)
      #expect(full.code == 1, "\(command): \(full.errors)")
      #expect(
        full.errors.contains("error: Cannot write 'standard output': No space left on device."),
        "\(command): \(full.errors)")
      #expect(try shell("$R \(command)", in: folder).code == 0)
      // A reader that has seen enough is none.
      let head = try shell("$R \(command) 2>errors | true", in: folder)
      #expect(head.code == 0)
      let words = String(
        decoding: try FileStore.read(folder.path + "/errors"), as: UTF8.self)
      #expect(!words.contains("error:"), "\(command): \(words)")
    }
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func aLongUpdateIsLeftAndTheRunGoesOn(_ number: Int32) throws {
    try withFolder { folder in
      let started = try Program.start(
        [
          "train", "ppo", "CartPole", "--seed", "1", "--no-progress", "--set",
          "epochs=9223372036854775807", "--output", "a run",
        ], in: folder)
      waitForCheckpoint(of: folder.appendingPathComponent("a run"))
      Thread.sleep(forTimeInterval: 0.5)
      let begin = ContinuousClock.now
      kill(started.0.processIdentifier, number)
      let result = Program.end(started)
      #expect(begin.duration(to: .now) < .seconds(20))
      #expect(result.code == 128 + number, "\(result.errors)")
      let lines = result.errors.split(separator: "\n")
      #expect(lines.contains { $0.hasPrefix("Stopping after this update") }, "\(lines)")
      #expect(lines.contains { $0.hasSuffix("train --resume 'a run'") }, "\(lines)")
      // A second signal ends at once.
      let resumed = try Program.start(
        ["train", "--resume", "a run", "--no-progress"], in: folder)
      Thread.sleep(forTimeInterval: 1)
      for _ in 0..<2 {
        kill(resumed.0.processIdentifier, number)
        Thread.sleep(forTimeInterval: 0.3)
      }
      #expect(Program.end(resumed).code == 128 + number)
    }
  }

  @Test func aRunUnderNohupOutlivesItsTerminal() throws {
    try withFolder { folder in
      let result = try shell(
        "trap '' HUP; $R \(Self.training) run & sleep 0.2; kill -HUP $!; wait $!", in: folder)
      #expect(result.code == 0, "\(result.errors)")
    }
  }

  @Test(arguments: [
    "train ppo CartPole", "collect --random CartPole", "log merge a b", "plot a",
    "record --random CartPole", "benchmark ppo CartPole", "benchmark merge a b",
    "tune ppo CartPole",
  ])
  func anOutputWithoutANameIsRefused(_ command: String) throws {
    try withFolder { folder in
      let result = try shell("$R \(command) --output \"$UNSET\"", in: folder)
      #expect(result.code == 2, "\(command): \(result.errors)")
      #expect(result.errors.contains("has no name"), "\(command): \(result.errors)")
    }
  }

  @Test func aFullDiskSaysHowToGoOn() throws {
    try withFolder { folder in
      let result = try shell(
        "ulimit -f 150; exec $R train ppo CartPole --seed 1 --steps 300000 --checkpoint-every 2048 --no-progress --output 'a run'",
        in: folder)
      #expect(result.code == 1)
      let lines = result.errors.split(separator: "\n")
      let place = lines.firstIndex { $0.hasPrefix("error: Cannot write") }
      #expect(place != nil && lines.last?.hasSuffix("train --resume 'a run'") ?? false, "\(lines)")
      let early = try shell("ulimit -f 20; $R \(Self.training) early", in: folder)
      #expect(early.code == 1 && early.errors.contains("Nothing is saved yet"), "\(early.errors)")
      let again = try shell("$R \(Self.training) early", in: folder)
      #expect(again.code == 0, "\(again.errors)")
    }
  }

  @Test func placesThatCannotBeWrittenAreToldWithTheReason() throws {
    try withFolder { folder in
      for (place, reason) in [
        ("/proc/x", "No such file or directory"), ("file/x", "Not a directory"),
      ] {
        let result = try shell(": >file; $R \(Self.training) \(place)", in: folder)
        #expect(result.code == 1)
        #expect(result.errors.contains("\(reason); choose another --output"), "\(result.errors)")
      }
      let circle = try shell("ln -s run run; $R evaluate run; $R train --resume run", in: folder)
      #expect(circle.errors.contains("Too many levels of symbolic links"), "\(circle.errors)")
      #expect(!circle.errors.contains("no run directory"), "\(circle.errors)")
    }
  }

  @Test func aLongRecordingIsCutAndTold() throws {
    try withFolder { folder in
      let result = try shell(
        "$R record --random MountainCarContinuous --seed 1 --max-steps 20 --scale 0.2 --output x.apng",
        in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.errors.contains("1 of 1 episodes went on after 20 steps"), "\(result.errors)")
      #expect(result.output.contains("21 frames"), "\(result.output)")
    }
  }

  @Test func theMemoryOfTheReplayBufferIsTold() throws {
    try withFolder { folder in
      let result = try shell(
        "$R train dqn CartPole --no-preset --steps 10 --set bufferSize=100000 --no-progress --output run",
        in: folder)
      // Two observations of four numbers, an action, a reward and a flag for each transition.
      #expect(result.errors.contains("grows to 4.1 MB of memory"), "\(result.errors)")
    }
  }

  @Test func theDoctorFindsNothingWrong() throws {
    struct Answer: Decodable {
      struct Check: Decodable {
        var name: String
        var holds: Bool
      }
      var rlgym: String
      var cores: Int
      var cpuFeatures: [String]
      var checks: [Check]
    }
    try withFolder { folder in
      let result = try Program.run(["doctor", "--json"], in: folder)
      #expect(result.code == 0, "\(result.output)")
      let answer: Answer = try JSONText.decode(Array(result.output.utf8))
      #expect(answer.cores > 0 && !answer.cpuFeatures.isEmpty)
      #expect(answer.checks.count { $0.name.hasPrefix("determinism") && $0.holds } == 2)
      #expect(answer.checks.contains { $0.name == "numerics" && $0.holds })
      let text = try Program.run(["doctor"], in: folder)
      #expect(text.code == 0 && text.output.contains("All is well."), "\(text.output)")
      #expect(text.output.contains("A report of a bug has:"))
    }
  }

  /// With the least that the loader takes, and more.
  @Test func tooFewAddressesAreTold() throws {
    try withFolder { folder in
      func run(_ kilobytes: Int, _ arguments: [String]) throws -> Program {
        let shell = ["-c", "ulimit -v \(kilobytes); exec \"$0\" \"$@\"", Program.path]
        return try Program.run(shell + arguments, in: folder, program: "/bin/bash")
      }
      let train = [
        "train", "ppo", "CartPole", "--steps", "512", "--threads", "1", "--no-progress", "--output",
      ]
      var refused = 0
      for kilobytes in stride(from: 60_000, through: 200_000, by: 10_000) {
        let result = try run(kilobytes, train + ["r\(kilobytes)"])
        switch result.code {
        case 0: break
        case 127: #expect(result.errors.contains("error while loading shared libraries"))
        default:
          refused += 1
          #expect(result.code == 1, "\(kilobytes): \(result.errors)")
          #expect(result.errors.contains("of addresses (ulimit -v)"), "\(result.errors)")
        }
      }
      #expect(refused > 0)
      // How many addresses are left would decide over the bits of products.
      let roomy = try run(64_000_000, ["doctor"])
      #expect(roomy.output.contains("ulimit -v unlimited"), "\(roomy.output)")
      // OpenBLAS ends a process, or hangs, where it cannot have its threads.
      let doctor = try run(200_000, ["doctor"])
      #expect([0, 1].contains(doctor.code), "\(doctor.code) \(doctor.errors)")
      #expect(doctor.output.contains("ulimit -v"), "\(doctor.output)")
    }
  }
}
