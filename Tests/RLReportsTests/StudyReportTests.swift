import Foundation
import RLReports
import TestSupport
import Testing

@Suite struct StudyReportTests {
  @Test func everyTaskAgentAndSeedIsThere() throws {
    let sample = StudySample()
    let page = try MarkupReader(sample.html())
    for environment in sample.environments {
      #expect(page.named("h2").contains { $0.text == environment })
      #expect(page.named("summary").contains { $0.text == environment })
      for name in sample.names {
        let titles = page.elements.compactMap { $0.attributes["data-tip"] }
        for seed in 0..<sample.seeds {
          // The curve, the final return and the threshold, over steps and over seconds.
          let tips = titles.filter { $0.hasPrefix("\(name), seed \(seed)") }
          #expect(tips.count >= 6 * sample.environments.count, "\(name) \(seed): \(tips)")
        }
      }
    }
    for name in sample.names {
      #expect(page.elements.contains { $0.has("key") && $0.text == name })
    }
    let texts = page.named("text").map(\.text)
    #expect(texts.contains("solved from 40") && texts.contains("4,000"))
    #expect(page.elements.contains { $0.has("note") && $0.text.hasPrefix("Preliminary.") })
    #expect(page.named("code").contains { $0.text == sample.command })
    #expect(page.named("th").contains { $0.text == "learningRate" })
    // One file that asks for nothing else.
    for element in page.elements {
      #expect(element.attributes["src"] == nil && element.name != "img")
      if let target = element.attributes["href"] {
        #expect(target.hasPrefix("#") || target == "data:,", "\(target)")
      }
    }
  }

  @Test func chartsHaveTitlesDescriptionsAndRoles() throws {
    let page = try MarkupReader(StudySample().html())
    let charts = page.elements.filter { $0.name == "svg" && $0.has("chart") }
    #expect(charts.count == 2 * (4 + 2 + 1) + 2 + 4)
    let ids = page.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    for chart in charts {
      #expect(["img", "group"].contains(chart.attributes["role"]))
      let labels = chart.attributes["aria-labelledby"]?.split(separator: " ").map(String.init) ?? []
      #expect(labels.count == 2)
      for label in labels {
        let words = page.elements.first { $0.attributes["id"] == label }?.text ?? ""
        #expect(words.count > 5, "\(label)")
      }
    }
  }

  /// Returns that are not those of whole episodes are told beside the figures.
  @Test func episodesThatWereCutAreTold() throws {
    #expect(try !StudySample().html().contains("were cut"))
    var sample = StudySample()
    sample.cutEpisodes = 10
    let notes = try MarkupReader(sample.html()).named("p").filter { $0.text.contains("were cut") }
    #expect(notes.count == sample.names.count * sample.environments.count)
    #expect(
      notes.contains {
        $0.text.hasPrefix(
          "ppo: 40 of 400 episodes with the final models and 40 of 400 of the evaluations in training"
        )
      }, "\(notes.map(\.text))")
  }

  @Test func theTableHasWhatEnvironmentsSay() throws {
    #expect(try !StudySample().html().contains("success_rate"))
    var sample = StudySample()
    sample.infos = ["is_success": 0.25, "cost<": 7]
    sample.problem = { agent, seed in seed == 0 || agent == 1 ? "out of memory" : nil }
    let html = try sample.html()
    #expect(html.contains("success_rate") && html.contains("cost&lt;"))
    #expect(html.contains("0.25<br/><small>± 0"))
  }

  @Test func whatUsersWriteIsNoMarkup() throws {
    let evil = "<script>alert('1')</script>\"&\u{1}é"
    var sample = StudySample()
    sample.names = [evil, "b\"onload=\"x"]
    sample.environments = ["My/\(evil)"]
    sample.problem = { _, seed in seed == 0 ? "broke: \(evil)" : nil }
    sample.settings = [evil: evil]
    sample.command = evil
    let page = try MarkupReader(sample.html())
    let shown = "<script>alert('1')</script>\"&é"
    #expect(page.named("script").count == 1)
    #expect(page.elements.allSatisfy { $0.attributes["onload"] == nil })
    #expect(page.named("h2").contains { $0.text == "My/\(shown)" })
    #expect(page.named("td").contains { $0.text == "broke: \(shown)" })
    #expect(page.named("code").contains { $0.text == shown })
    #expect(page.elements.contains { $0.has("key") && $0.text == shown })
    #expect(page.named("h3").contains { $0.text == "How to read it" })
  }

  @Test func theSameResultsGiveTheSameBytes() throws {
    let sample = StudySample()
    #expect(try sample.html() == sample.html())
    var other = sample
    other.seeds = 5
    #expect(try sample.html() != other.html())
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var sample: @Sendable () -> StudySample
  }

  static let cases = [
    Case(testDescription: "ordinary") { StudySample() },
    Case(testDescription: "one run with one evaluation") {
      StudySample(names: ["ppo"], environments: ["A"], seeds: 1, evaluations: 1)
    },
    Case(testDescription: "all runs failed") {
      StudySample(problem: { _, _ in "out of memory" })
    },
    Case(testDescription: "negative returns") {
      StudySample(threshold: -160, value: { -1_500 + Double(100 * $0 + 10 * $1 + 300 * $2) })
    },
    Case(testDescription: "constant zero") { StudySample(threshold: 0, value: { _, _, _ in 0 }) },
    Case(testDescription: "constant") { StudySample(value: { _, _, _ in -73 }) },
    Case(testDescription: "huge") {
      StudySample(value: { _, seed, i in 1e300 * Double(i - seed) })
    },
    Case(testDescription: "largest") {
      StudySample(value: { $2 % 2 == 0 ? Double.greatestFiniteMagnitude / 2 : -1 - Double($0 + $1) }
      )
    },
    Case(testDescription: "tiny") {
      StudySample(threshold: nil, value: { 1e-12 * Double($0 + $1 + $2) })
    },
    Case(testDescription: "hardly different") {
      StudySample(value: { 1e9 + 1e-7 * Double($0 + $1 + $2) })
    },
    Case(testDescription: "twelve agents and forty seeds") {
      StudySample(names: (0..<12).map { "an-agent-with-a-long-name-\($0)" }, seeds: 40)
    },
  ]

  @Test(arguments: cases)
  func coordinatesAreNumbersOnTheChart(_ one: Case) throws {
    let sample = one.sample()
    let html = try sample.html()
    let page = try MarkupReader(html)
    let coordinates = page.coordinates
    #expect(coordinates.count > 100)
    #expect(coordinates.allSatisfy { $0.value.isFinite })
    #expect(coordinates.allSatisfy { $0.isInside })
    // Words that stand for numbers that are none.
    let words = page.named("text").map(\.text) + page.named("td").map(\.text)
    #expect(!words.contains { $0.lowercased().contains("nan") || $0.contains("inf") })
    for name in sample.names {
      #expect(page.named("tbody").contains { $0.text.contains(name) })
    }
    if sample.problem(0, 0) != nil {
      #expect(page.named("h2").contains { $0.text == "Failed runs" })
      #expect(page.named("td").count { $0.text == "out of memory" } == 16)
    }
  }

  @Test func ticksAreRoundAndApart() throws {
    for scale in [0.003, 1, 70, 12_345, 8e7, 3e17] {
      var sample = StudySample(environments: ["A"])
      sample.value = { scale * Double($0 + $1 + $2 + 1) }
      let page = try MarkupReader(sample.html())
      let texts = page.named("text").filter { $0.attributes["text-anchor"] == "end" }.map(\.text)
      let places = page.named("text").filter { $0.attributes["text-anchor"] == "end" }
        .compactMap { $0.attributes["y"].flatMap(Double.init) }
      #expect(texts.count > 8 && texts.count == places.count)
      #expect(texts.allSatisfy { !$0.contains("000000001") && !$0.contains("99999") }, "\(texts)")
    }
  }

  @Test func damagedResultsAreToldApart() throws {
    try withFolder { folder in
      let path = folder + "/results.json"
      #expect(throws: (any Error).self) { try StudyReport(reading: path) }
      try Data("{\"tasks\": []}".utf8).write(to: URL(fileURLWithPath: path))
      #expect {
        try StudyReport(reading: path)
      } throws: {
        "\($0)".contains("does not hold the results of a study")
      }
    }
  }
}
