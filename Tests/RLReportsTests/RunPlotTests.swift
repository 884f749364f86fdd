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
