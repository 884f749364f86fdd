import Foundation
import RLExperiments
import RLReports
import RLSupport
import TestSupport
import Testing

@Suite struct RunPlotTests {
  /// Two runs of one setting and one of another, as their logs have them.
  private func write(in folder: String) throws {
    for (name, last) in [("a/1", 30), ("a/2", 50), ("b", 20)] {
      let path = folder + "/" + name
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let text = "rollout/ep_rew_mean,time/total_timesteps\n10,100\n\(last),200\n"
      try FileStore.write(Array(text.utf8), to: path + "/progress.csv")
    }
  }

  @Test func theNameOfTheFileSaysTheFormat() throws {
    try withFolder { folder in
      try write(in: folder)
      let plot = try RunPlot([folder + "/a", "other=\(folder)/b"], title: "Curves")
      for name in ["curves.svg", "curves.html"] {
        try plot.write(to: folder + "/" + name)
        let page = try MarkupReader(
          String(decoding: FileStore.read(folder + "/" + name), as: UTF8.self))
        #expect(page.named("text").contains { $0.text == "other" })
        #expect(page.coordinates.allSatisfy { $0.value.isFinite && $0.isInside })
      }
      let svg = try plot.svg()
      #expect(try FileStore.read(folder + "/curves.svg") == Array(svg.utf8))
      #expect(throws: ExperimentError.self) { try plot.write(to: folder + "/curves.pdf") }
      // The logs have no times.
      #expect(throws: ExperimentError.self) {
        try plot.write(to: folder + "/x.svg", over: .seconds)
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/x.svg"))
      #expect(plot.warning == nil)
      #expect(throws: ExperimentError.self) { try RunPlot([]) }
      #expect(throws: ExperimentError.self) { try RunPlot([folder + "/none"]) }
    }
  }

  /// The words of a curve's points, in the order of the curve.
  private func readings(_ text: String, over measure: RunPlot.Measure = .steps, file: String) throws
    -> [String]
  {
    try withFolder { folder in
      try FileStore.write(Array(text.utf8), to: folder + "/" + file)
      let page = try RunPlot([folder + "/" + file], smooth: 1).html(over: measure)
      let words = try #require(page.split(separator: "data-readings=\"").dropFirst().first)
      let list = try #require(words.split(separator: "texts&quot;:[").dropFirst().first)
      return list.prefix { $0 != "]" }.split(separator: ",").map {
        String($0).replacing("&quot;", with: "")
      }
    }
  }

  /// Stable-Baselines3's `override_existing=False`: the second process appends, and counts its seconds anew.
  @Test func aMonitorFileThatWasGoneOnWithIsInTheOrderOfItsLines() throws {
    let text = """
      #{"t_start": 1000.0, "env_id": "X"}
      r,l,t
      1,10,100.0
      2,10,200.0
      3,10,300.0
      4,10,50.0
      5,10,150.0
      """
    let order = ["1.00", "2.00", "3.00", "4.00", "5.00"]
    #expect(try readings(text, file: "monitor.csv") == order)
    #expect(try readings(text, over: .seconds, file: "monitor.csv") == order)
  }

  @Test func progressThatWasGoneOnWithDoesNotFallBack() throws {
    let text = """
      rollout/ep_rew_mean,time/total_timesteps,time/time_elapsed
      1,100,10
      2,200,20
      3,100,10
      """
    for measure in RunPlot.Measure.allCases {
      #expect(
        try readings(text, over: measure, file: "progress.csv") == ["1.00", "2.00", "3.00"])
    }
  }

  @Test func aReportIsWrittenBesideItsResults() throws {
    try withFolder { folder in
      try StudySample().json.write(to: URL(fileURLWithPath: folder + "/results.json"))
      let report = try StudyReport(reading: folder + "/results.json")
      try report.write(to: folder)
      #expect(try FileStore.read(folder + "/report.html") == Array(report.html.utf8))
      #expect(throws: FileError.self) { try report.write(to: folder + "/none") }
    }
  }
}
