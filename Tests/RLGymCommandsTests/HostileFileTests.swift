import Foundation
import RLSupport
import Testing

/// Files that were made to harm: they are refused with a word, within seconds, and take no more memory than they justify.
@Suite struct HostileFileTests {
  private func path(_ folder: URL, _ name: String) -> String { folder.path + "/" + name }

  /// - Returns: How it ended, and how many seconds that took.
  private func time(_ arguments: [String], in folder: URL) throws -> (Program, Double) {
    let start = ContinuousClock.now
    // Four gigabytes of addresses: a bomb would end the program instead of the machine.
    let shell = ["-c", "ulimit -v 4000000; exec \"$0\" \"$@\"", Program.path]
    let result = try Program.run(shell + arguments, in: folder, program: "/bin/bash")
    return (result, start.duration(to: .now).seconds)
  }

  private func refused(_ commands: [[String]], in folder: URL, _ words: String) throws {
    for command in commands {
      let (result, seconds) = try time(command, in: folder)
      #expect(result.code == 1 && result.errors.contains("error: "), "\(command) \(result.errors)")
      #expect(result.errors.contains(words), "\(command) \(result.errors)")
      #expect(seconds < 60, "\(command)")
    }
  }

  private static let reading = [
    ["log", "info", "log"], ["log", "verify", "log"], ["watch", "log", "--episode", "0", "--text"],
    ["log", "pack", "log"], ["log", "merge", "log", "log", "--output", "merged"],
    ["train", "sac", "Pendulum", "--from-log", "log", "--output", "run", "--steps", "100"],
  ]

  /// 20 kB of HDF5 that claim 40 million steps.
  @Test func aBombIsRefused() throws {
    let fixtures = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures")
    try withFolder { folder in
      try FileManager.default.copyItem(
        atPath: fixtures.path + "/bomb", toPath: path(folder, "log"))
      try refused(Self.reading, in: folder, "larger than its file can hold")
    }
  }

  /// One changed byte lets an enumeration of two words claim 59,394.
  @Test func aFileThatTakesForeverIsGivenUp() throws {
    try withFolder { folder in
      let log = try Program.run(
        ["collect", "--random", "Pendulum", "--episodes", "3", "--output", "log"], in: folder)
      #expect(log.code == 0, "\(log.errors)")
      let file = path(folder, "log/data/shard_0.hdf5")
      var bytes = try FileStore.read(file)
      let message: [UInt8] = [0x18, 2, 0, 0, 1, 0, 0, 0, 0x10, 8]
      let place = try #require(bytes.firstRange(of: message)?.lowerBound)
      bytes[place + 2] = 0xe8
      try FileStore.write(bytes, to: file)
      let (result, seconds) = try time(["log", "info", "log"], in: folder)
      #expect(result.code == 1 && seconds < 60, "\(result.errors)")
      #expect(result.errors.contains("'log/data'"), "\(result.errors)")
    }
  }

  /// Sizes are known before anything is read.
  @Test func hugeFilesAreRefusedUnread() throws {
    try withFolder { folder in
      let run = try Program.run(
        [
          "train", "ppo", "CartPole", "--steps", "512", "--set", "rolloutSteps=64", "--seed", "1",
          "--no-progress", "--output", "run",
        ], in: folder)
      #expect(run.code == 0, "\(run.errors)")
      for (name, command) in [
        ("config.yaml", ["evaluate", "run"]), ("final/manifest.json", ["evaluate", "run"]),
        ("final/policy.safetensors", ["evaluate", "run"]),
        ("evaluations.npz", ["plot", "run", "--output", "x.svg"]),
      ] {
        let file = path(folder, "run/" + name)
        let before = try FileStore.read(file)
        #expect(truncate(file, 3 << 30) == 0)
        let (result, seconds) = try time(command, in: folder)
        #expect(result.code == 1 && result.errors.contains("run/" + name), "\(result.errors)")
        #expect(seconds < 10, "\(name)")
        try FileStore.write(before, to: file)
      }
      // Another file does not take the place of a damaged one.
      let file = path(folder, "run/evaluations.npz")
      for size in [0, 100] {
        #expect(truncate(file, size) == 0)
        let plot = try Program.run(["plot", "run", "--output", "x.svg"], in: folder)
        #expect(plot.code == 1 && plot.errors.contains("evaluations.npz' is damaged"))
      }
    }
  }

  /// Words of a file neither set the terminal's title nor pretend to be an error.
  @Test func foreignWordsDoNotReachTheTerminal() throws {
    try withFolder { folder in
      let log = try Program.run(
        ["collect", "--random", "CartPole", "--episodes", "2", "--output", "log"], in: folder)
      #expect(log.code == 0, "\(log.errors)")
      let file = path(folder, "log/data/metadata.json")
      guard case .object(var metadata)? = JSONValue.parse(try FileStore.read(file)) else {
        Issue.record("no metadata")
        return
      }
      metadata["dataset_id"] = "\u{1B}]0;title\u{7}\u{1B}[2J"
      metadata["description"] = "\u{1B}[31mred\r\nerror: fake"
      try FileStore.write(Array(try JSONText.encode(metadata).utf8), to: file)
      let info = try Program.run(["log", "info", "log"], in: folder)
      let text = info.output + info.errors
      #expect(!text.contains("\u{1B}") && !text.contains("\u{7}"), "\(text)")
      #expect(!text.split(separator: "\n").contains { $0.hasPrefix("error: fake") }, "\(text)")
    }
  }
}

extension JSONValue {
  fileprivate static func parse(_ bytes: [UInt8]) -> JSONValue? {
    try? JSONText.decode(bytes, as: JSONValue.self)
  }
}
