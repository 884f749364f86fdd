internal import ArgumentParser
internal import Foundation
internal import RLGym

/// `rlgym speed`
struct SpeedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "speed", abstract: "Measure how fast environments and agents run on this machine.",
    discussion: """
      Figures are medians of several runs. The share of peak is the arithmetic of the work over the time, \
      divided by the multiply-add peak of as many threads measured right before and after.
      """)

  @Argument(
    help: "Measure this environment instead: its steps and, if it is drawn, its frames.",
    completion: .list(Context.catalog.environments.names))
  var environment: String?
  @OptionGroup var made: EnvironmentOptions
  @Option(help: "Only benchmarks whose names start like this.") var only: String?
  @Option(
    help: "Threads of what uses several; as many as there are cores by default.", transform: whole)
  var threads: Int?
  @Flag(help: "Print a JSON list.") var json = false

  private struct Figure: Encodable {
    var name: String
    /// `nil` if it was not reached.
    var value: Double?
    var unit: String
    var shareOfPeak: Double?
    /// What so many cores should give, where it was predicted.
    var predicted: Double?
  }

  func run() throws {
    let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    guard 1...1024 ~= threads else {
      throw ExperimentError.invalid("--threads must be from 1 to 1024, not \(threads).")
    }
    if environment == nil { try made.requireNone() }
    let entry = try environment.map { try Context.environment($0, made) }
    let all =
      entry.map { Benchmark.benchmarks(of: $0, threads: threads) }
      ?? Benchmark.all(threads: threads)
    let chosen = all.filter { $0.name.hasPrefix(only ?? "") }
    guard !chosen.isEmpty else {
      throw ExperimentError.invalid(
        "No benchmark starts with '\(only ?? "")'. There are: \(all.map(\.name).joined(separator: ", "))."
      )
    }
    var figures: [Figure] = []
    let width = chosen.map(\.name.count).max() ?? 0
    for benchmark in chosen {
      if let reason = benchmark.skipReason {
        Output.note("\(benchmark.name) is left out. \(reason)")
        continue
      }
      Output.note("measuring \(benchmark.name) ...")
      // A prediction is made on one core, whose peak counts.
      let peakThreads = benchmark.predict == nil ? threads : 1
      var peak = benchmark.flopPerUnit == nil ? 0 : measureFMAPeak(threads: peakThreads)
      let values = try (0..<benchmark.runs).map { _ in try benchmark.measure() }.sorted()
      let value = values[values.count / 2]
      let predictions = try benchmark.predict.map { predict in
        try (0..<benchmark.runs).map { _ in try predict() }.sorted()
      }
      let predicted = predictions.map { $0[$0.count / 2] }
      var share: Double?
      if let flop = benchmark.flopPerUnit {
        peak = (peak + measureFMAPeak(threads: peakThreads)) / 2
        share = flop * (predicted ?? value) / peak
      }
      figures.append(
        Figure(
          name: benchmark.name, value: value.isFinite ? value : nil, unit: benchmark.unit,
          shareOfPeak: share, predicted: predicted))
      if !json {
        let text = line(benchmark, value, share, predicted)
        try Output.result("\(Format.padded(benchmark.name, width))  \(text)")
      }
    }
    if json { try Output.result(JSONText.encode(figures, isPretty: true)) }
  }

  private func line(_ benchmark: Benchmark, _ value: Double, _ share: Double?, _ predicted: Double?)
    -> String
  {
    guard let predicted else {
      let share = share.map { "  \(Format.decimal($0 * 100))% of peak" } ?? ""
      return "\(benchmark.text(value))\(share)"
    }
    let cores = share.map { ", \(Format.decimal($0)) times the peak of one" } ?? ""
    let measured = value.isFinite ? benchmark.text(value) : "too few cores"
    return "\(measured), predicted \(benchmark.text(predicted))\(cores)"
  }
}
