import Foundation
import RLAgents
import RLCore
import RLExperiments
import RLSupport
import TestSupport
import Testing

/// Lists of runs, and what they say of each.
@Suite struct RunRecordTests {
  /// Numbers in files that no run writes, and links in circles.
  @Test func damagedRunsAreListed() throws {
    try withFolder { folder in
      try shortRun(folder + "/a", steps: 256).train()
      for word in ["nan", "inf", "1e300"] {
        try FileStore.write(
          Array("time/iterations,time/total_timesteps\n1,\(word)\n".utf8),
          to: folder + "/a/progress.csv")
        #expect(RunRecord(reading: folder + "/a") != nil)
      }
      #expect(Format.count(.min) == "-9,223,372,036,854,775,808")
      #expect(Format.duration(.infinity).hasSuffix("min"))
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/loop", withDestinationPath: folder)
      #expect(RunRecord.all(in: folder).count == 1)
    }
  }

  @Test func runsAreListed() throws {
    try withFolder { folder in
      var options = TrainingRun.Options()
      options.name = "first"
      options.tags = ["paper", "short"]
      try shortRun(folder + "/x/a", steps: 256, options: options).train()
      try shortRun(folder + "/x/b", seed: 4, steps: 512).train { event in
        if case .update = event { .stop } else { .proceed }
      }
      let runs = RunRecord.all(in: folder)
      #expect(
        runs.map(\.path) == [folder + "/x/a", folder + "/x/b"])
      #expect(runs.map(\.state) == [.finished, .stopped])
      #expect(runs[0].name == "first" && runs[0].tags == ["paper", "short"] && runs[1].name == nil)
      #expect(runs.map(\.stepsDone) == [256, 256] && runs.map(\.steps) == [256, 512])
      let mean = try RunSummary(reading: folder + "/x/a").evaluation.mean
      #expect(runs[0].meanReturn == mean && runs.map(\.seed) == [3, 4])
      #expect(RunRecord.differences(among: runs).values.allSatisfy { $0.isEmpty })
      let held = try shortRun(folder + "/x/c", steps: 256)
      #expect(RunRecord(reading: held.path)?.state == .running)
    }
  }

  @Test func theCommitOfAWorkingTreeIsRead() throws {
    try withFolder { folder in
      let commit = String(repeating: "0123abcd", count: 5)
      let write = { (name: String, text: String) in
        try FileManager.default.createDirectory(
          atPath: folder + "/" + name.split(separator: "/").dropLast().joined(separator: "/"),
          withIntermediateDirectories: true)
        try FileStore.write(Array((text + "\n").utf8), to: folder + "/" + name)
      }
      try write(".git/HEAD", "ref: refs/heads/main")
      #expect(GitCommit.commit(of: folder) == nil)
      try write(".git/packed-refs", "# pack-refs\n\(commit) refs/heads/main")
      #expect(GitCommit.commit(of: folder) == commit)
      let other = String(commit.reversed())
      try write(".git/refs/heads/main", other)
      try write("deep/er/file", "")
      #expect(GitCommit.commit(of: folder + "/deep/er") == other)
      try write("tree/.git", "gitdir: ../.git/worktrees/tree")
      try write(".git/worktrees/tree/HEAD", "ref: refs/heads/main")
      try write(".git/worktrees/tree/commondir", "../..")
      #expect(GitCommit.commit(of: folder + "/tree") == other)
    }
  }
}
