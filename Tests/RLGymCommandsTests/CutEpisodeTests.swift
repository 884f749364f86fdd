import Foundation
import Testing

/// Policies that never come to an end, in an environment without a time limit.
@Suite struct CutEpisodeTests {
  @Test func studiesTellOfEpisodesThatWereCut() throws {
    try withFolder { folder in
      let yaml = """
        agents: [ppo]
        environments: [CliffWalking]
        steps: 256
        seeds: 1
        points: 1
        """
      try Data(yaml.utf8).write(to: folder.appendingPathComponent("study.yaml"))
      let study = try Program.run(
        ["benchmark", "--config", "study.yaml", "--output", "s"], in: folder)
      #expect(study.code == 0, "\(study.errors)")
      let words = "of 100 episodes with the final models and"
      #expect(study.output.contains(words) && study.output.contains("of 20 of the evaluations"))
      let page = try String(
        contentsOf: folder.appendingPathComponent("s/report.html"), encoding: .utf8)
      #expect(page.contains(words))
      let rows = try String(
        contentsOf: folder.appendingPathComponent("s/results.csv"), encoding: .utf8
      ).split(separator: "\n")
      #expect(rows[0].hasSuffix(",cut_episodes"))
      let cut = try #require(rows[1].split(separator: ",").last.flatMap { Int($0) })
      #expect((1...20).contains(cut))
      // Two runs side by side say so, too.
      let run = "s/runs/ppo/CliffWalking-v1/seed-0"
      let compared = try Program.run(["benchmark", "compare", run, run], in: folder)
      #expect(compared.errors.contains("episodes of the final evaluations"), "\(compared.errors)")
    }
  }
}
