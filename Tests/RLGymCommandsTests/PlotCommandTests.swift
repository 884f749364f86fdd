import Foundation
import RLCore
import RLSupport
import Testing

import class TestSupport.MarkupReader

@Suite struct PlotCommandTests {
  /// What the page's script reads.
  struct Readings: Decodable {
    struct Line: Decodable {
      var name: String
      var texts: [String]
    }
    var labels: [String]
    var lines: [Line]
  }

  private func write(_ text: String, _ path: String, _ folder: URL) throws {
    let file = folder.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// An `evaluations.npz` of two episodes each, with the mean returns given.
  private func writeEvaluations(
    _ path: String, _ folder: URL, _ means: [Double], steps: [Int64], seconds: [Double]? = nil
  ) throws {
    var archive = StateArchive()
    archive.set("timesteps", .int(steps))
    archive.set(
      "results", .double(means.flatMap { [$0 - 1, $0 + 1] }), shape: [means.count, 2])
    if let seconds { archive.set("seconds", .double(seconds)) }
    let file = folder.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(NumPyArchive.encode(archive)).write(to: file)
  }

  private func plot(_ arguments: [String], in folder: URL) throws -> MarkupReader {
    let result = try Program.run(["plot"] + arguments, in: folder)
    try #require(result.code == 0, "\(result.errors)")
    let output = try #require(arguments.last)
    return try MarkupReader(
      String(contentsOf: folder.appendingPathComponent(output), encoding: .utf8))
  }

  private func readings(_ page: MarkupReader) throws -> [Readings] {
    try page.elements.compactMap { $0.attributes["data-readings"] }.map {
      try JSONDecoder().decode(Readings.self, from: Data($0.utf8))
    }
  }

  /// Other programs write numbers of other types.
  @Test func numbersOfAnyTypeAreRead() throws {
    try withFolder { folder in
      var archive = StateArchive()
      archive.set("timesteps", .uint([50, 100]))
      archive.set("results", .float([1, 3, 5, 7]), shape: [2, 2])
      archive.set("ep_lengths", .double([1, 3, 5, 7]), shape: [2, 2])
      archive.set("successes", .int([0, 1, 1, 1]), shape: [2, 2])
      let file = folder.appendingPathComponent("run/evaluations.npz")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(NumPyArchive.encode(archive)).write(to: file)
      let lines = try readings(plot(["run", "--output", "x.html"], in: folder)).flatMap(\.lines)
      let texts = lines.flatMap(\.texts)
      #expect(
        texts.contains { $0.contains("2") } && texts.contains { $0.contains("6") }, "\(texts)")
      archive.set("timesteps", .double([50, 100.5]))
      try Data(NumPyArchive.encode(archive)).write(to: file)
      let odd = try Program.run(["plot", "run", "--output", "y.svg"], in: folder)
      #expect(odd.code == 1 && odd.errors.contains("evaluations are not in order"))
    }
  }

  @Test func runsOfBothProgramsAreInOnePicture() throws {
    try withFolder { folder in
      // Ours has times, Stable-Baselines3's has none.
      try writeEvaluations(
        "ours/evaluations.npz", folder, [10, 60, 90], steps: [100, 200, 300], seconds: [1, 2, 3])
      try writeEvaluations("theirs/evaluations.npz", folder, [-5, 20], steps: [150, 300])
      let page = try plot(
        ["ours", "sb3 <1>=theirs", "--title", "A & B", "--output", "both.html"], in: folder)
      let readings = try #require(try readings(page).first)
      #expect(readings.labels == ["100 steps", "150 steps", "200 steps", "300 steps"])
      #expect(readings.lines.map(\.name) == ["ours", "sb3 <1>"])
      #expect(readings.lines[0].texts == ["10.0", "", "60.0", "90.0"])
      #expect(readings.lines[1].texts == ["", "−5.00", "", "20.0"])
      #expect(page.named("h1").map(\.text) == ["A & B"])
      // Without times there is nothing to choose.
      #expect(!page.elements.contains { $0.attributes["name"] == "over" })
      let picture = try plot(
        ["ours", "sb3 <1>=theirs", "--title", "A & B", "--output", "both.svg"], in: folder)
      #expect(picture.elements.first?.name == "svg")
      let texts = picture.named("text").map(\.text)
      for words in ["A & B", "ours", "sb3 <1>", "Environment steps"] {
        #expect(texts.contains(words), "\(words)")
      }
      #expect(picture.coordinates.allSatisfy { $0.value.isFinite && $0.isInside })
      #expect(picture.named("polyline").count { $0.has("l-s0") } == 1)
      #expect(picture.named("polyline").count { $0.has("l-s1") } == 1)
      let refused = try Program.run(
        ["plot", "ours", "theirs", "--over", "seconds", "--output", "x.svg"], in: folder)
      #expect(refused.code == 2 && refused.errors.contains("over steps"), "\(refused.errors)")
    }
  }

  @Test func monitorsOfSeveralEnvironmentsAreJoined() throws {
    try withFolder { folder in
      try write(
        "#{\"t_start\": 100.0, \"env_id\": \"CartPole-v1\"}\nr,l,t\n10,10,1.0\n30,30,3.0\n",
        "logs/0.monitor.csv", folder)
      // The second environment began half a second later; its last line was cut off.
      try write(
        "#{\"t_start\": 100.5, \"env_id\": \"CartPole-v1\"}\nr,l,t\n20,20,1.0\n7,7",
        "logs/1.monitor.csv", folder)
      let page = try plot(["logs", "--smooth", "1", "--output", "m.html"], in: folder)
      let all = try readings(page)
      let steps = try #require(all.first { $0.labels.first?.hasSuffix("steps") ?? false })
      #expect(steps.labels == ["10 steps", "30 steps", "60 steps"])
      #expect(steps.lines[0].texts == ["10.0", "20.0", "30.0"])
      let seconds = try #require(all.first { $0.labels.first?.hasSuffix(" s") ?? false })
      #expect(seconds.labels == ["1.0 s", "1.5 s", "3.0 s"])
      let smooth = try readings(
        plot(["logs", "--smooth", "2", "--output", "m.html"], in: folder))
      #expect(smooth[0].lines[0].texts == ["10.0", "15.0", "25.0"])
    }
  }

  @Test func progressIsReadWhereThereAreNoEvaluations() throws {
    try withFolder { folder in
      // Columns in any order, and rows without an episode that ended.
      try write(
        "time/fps,rollout/ep_rew_mean,time/time_elapsed,time/total_timesteps\n900,,1,64\n900,12.5,2,128\n900,25,3,192\n",
        "run/progress.csv", folder)
      let page = try plot(["run", "--over", "seconds", "--output", "p.html"], in: folder)
      let all = try readings(page)
      #expect(all[0].labels == ["128 steps", "192 steps"])
      #expect(all[0].lines[0].texts == ["12.5", "25.0"])
      #expect(page.named("html").first?.attributes["data-over"] == "seconds")
      try writeEvaluations("run/evaluations.npz", folder, [1], steps: [50])
      let best = try readings(plot(["run", "--output", "p.html"], in: folder))
      #expect(best[0].labels == ["50 steps"])
      let chosen = try readings(
        plot(["run", "--from", "progress", "--output", "p.html"], in: folder))
      #expect(chosen[0].labels == ["128 steps", "192 steps"])
    }
  }

  @Test func seedsOfOneAgentAreOneLineWithABand() throws {
    try withFolder { folder in
      for seed in 0..<5 {
        try writeEvaluations(
          "ppo/seed-\(seed)/evaluations.npz", folder,
          [Double(seed), Double(10 * seed), Double(20 * seed)], steps: [10, 20, 30],
          seconds: [1, 2, 3])
      }
      let page = try plot(["agent=ppo", "--output", "a.html"], in: folder)
      let all = try readings(page)
      #expect(all[0].lines.count == 1 && all[0].lines[0].name == "agent")
      // The middle three of five seeds: 1, 2 and 3.
      #expect(
        all[0].lines[0].texts.map { $0.split(separator: " ")[0] } == ["2.00", "20.0", "40.0"])
      #expect(all[0].lines[0].texts.allSatisfy { $0.hasSuffix("]") })
      #expect(page.elements.count { $0.has("run") } == 5 * all.count)
      let plain = try plot(["ppo", "--output", "a.svg"], in: folder)
      #expect(
        plain.named("polygon").count { $0.has("f-s0") && $0.attributes["fill-opacity"] != nil } == 1
      )
      #expect(!plain.elements.contains { $0.has("run") })
      let full = try plot(["ppo", "--show-runs", "--output", "a.svg"], in: folder)
      #expect(full.elements.count { $0.has("run") } == 5)
      // Runs of different lengths are compared where all of them are.
      try writeEvaluations("ppo/seed-9/evaluations.npz", folder, [4, 4], steps: [10, 20])
      let shorter = try readings(plot(["ppo", "--output", "a.html"], in: folder))
      #expect(shorter[0].labels.first == "10 steps" && shorter[0].labels.last == "20 steps")
    }
  }

  @Test(arguments: [
    (["none", "--output", "x.svg"], 2, "There is no 'none'"),
    (["empty", "--output", "x.svg"], 2, "has no log of a run"),
    (["good", "--output", "x.pdf"], 2, "ends in .svg"),
    (["good", "--smooth", "0", "--output", "x.svg"], 2, "--smooth must be 1 or more"),
    (["=good", "--output", "x.svg"], 2, "empty label"),
    (["good", "--from", "monitor", "--output", "x.svg"], 2, "has no monitor of a run"),
    (["broken", "--output", "x.svg"], 1, "broken"),
    (["good", "--output", "none/x.svg"], 1, "none/x.svg"),
  ])
  func mistakesAreExplained(_ arguments: [String], _ code: Int32, _ words: String) throws {
    try withFolder { folder in
      try writeEvaluations("good/evaluations.npz", folder, [1, 2], steps: [10, 20])
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
      try write("r,l\n1,2\n", "broken/monitor.csv", folder)
      try write("#{\"t_start\": 1}\nr,l\n1,2\n", "broken/0.monitor.csv", folder)
      let result = try Program.run(["plot"] + arguments, in: folder)
      #expect(result.code == code && result.errors.contains(words), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/x.svg"))
    }
  }

  @Test func oneEvaluationIsEnough() throws {
    try withFolder { folder in
      try writeEvaluations("one/evaluations.npz", folder, [-3], steps: [10])
      let picture = try plot(["one", "--output", "one.svg"], in: folder)
      #expect(picture.coordinates.count > 10)
      #expect(picture.coordinates.allSatisfy { $0.value.isFinite && $0.isInside })
    }
  }
}
