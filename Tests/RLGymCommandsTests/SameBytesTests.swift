import Foundation
import Testing

@Suite struct SameBytesTests {
  /// Every file of a run, with what tells times and the run's own path left out.
  private func contents(of run: URL) throws -> [String: Data] {
    let manager = FileManager.default
    var files: [String: Data] = [:]
    for path in try manager.subpathsOfDirectory(atPath: run.path) {
      var isFolder: ObjCBool = false
      let file = run.path + "/" + path
      _ = manager.fileExists(atPath: file, isDirectory: &isFolder)
      if isFolder.boolValue { continue }
      let data = try Data(contentsOf: URL(fileURLWithPath: file))
      files[path] = path.hasSuffix(".csv") ? Data(try withoutTimes(data).utf8) : data
    }
    return files
  }

  /// A table without its columns of times.
  private func withoutTimes(_ data: Data) throws -> String {
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
    guard let header = lines.first else { return "" }
    let kept = header.split(separator: ",", omittingEmptySubsequences: false).enumerated()
      .filter { !$0.element.contains("time") && $0.element != "t" }.map(\.offset)
    return lines.map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      return kept.map { $0 < cells.count ? String(cells[$0]) : "" }.joined(separator: ",")
    }.joined(separator: "\n")
  }

  /// Two processes with one seed leave the same files, byte for byte, but for times; another seed leaves others.
  @Test(arguments: [
    ["ppo", "CartPole", "--steps", "4096"], ["dqn", "CartPole", "--steps", "2000"],
    ["sac", "Pendulum", "--steps", "600"], ["td3", "Pendulum", "--steps", "600"],
  ])
  func twoRunsOfASeedLeaveTheSameFiles(_ arguments: [String]) throws {
    try withFolder { folder in
      func files(_ name: String, seed: Int, threads: Int) throws -> [String: Data] {
        let run = try Program.run(
          ["train"] + arguments + [
            "--seed", "\(seed)", "--threads", "\(threads)", "--log-rollouts", "--record-every",
            "400", "--no-progress", "--output", name,
          ], in: folder)
        #expect(run.code == 0, "\(run.errors)")
        // Episodes go into a new file of the log after some seconds: one file has them all.
        let packing = try Program.run(["log", "pack", name + "/rollouts"], in: folder)
        #expect(packing.code == 0, "\(packing.errors)")
        return try contents(of: folder.appendingPathComponent(name))
      }
      let one = try files("one", seed: 3, threads: 1)
      let two = try files("two", seed: 3, threads: 2)
      // These say when the run took place, and how long it took.
      let timed = [
        "config.yaml", "metadata.json", "progress.json", "summary.json", "evaluations.npz", "lock",
        "training.safetensors",
      ]
      let isAbout: (String) -> Bool = { path in
        timed.contains { path.hasSuffix($0) }
          || (path.hasPrefix("checkpoints") && path.hasSuffix("manifest.json"))
      }
      #expect(one.keys.sorted() == two.keys.sorted())
      #expect(one.keys.contains { $0.hasSuffix(".hdf5") })
      #expect(one.keys.contains("final/policy.safetensors"))
      for (name, data) in one where !isAbout(name) { #expect(data == two[name], "\(name)") }
      let other = try files("other", seed: 4, threads: 1)
      #expect(one["final/policy.safetensors"] != other["final/policy.safetensors"])
    }
  }
}
