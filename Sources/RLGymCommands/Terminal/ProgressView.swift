internal import Foundation
public import RLGym

/// Draws a training run as lines of text.
public struct ProgressView {
  let width: Int
  let isColoured: Bool
  /// Lines of the learning curve.
  let height = 5

  /// A view for a terminal.
  ///
  /// - Parameters:
  ///   - width: Its width in columns.
  ///   - isColoured: Whether escape sequences colour the bar and the curve.
  public init(width: Int, isColoured: Bool = false) {
    self.width = width
    self.isColoured = isColoured
  }

  /// The bar and its figures.
  public func bar(_ state: RunProgress) -> String {
    let share = min(1, Double(state.stepsDone) / Double(max(1, state.stepsTotal)))
    var words = [
      "\(Format.count(state.stepsDone))/\(Format.count(state.stepsTotal)) steps",
      "\(Int(share * 100))%", "\(Format.count(Int(state.stepsPerSecond))) steps/s",
    ]
    if let left = state.secondsLeft { words.append("\(Format.duration(left)) left") }
    if let mean = state.meanReturn { words.append("return \(Format.value(mean))") }
    var text = words.joined(separator: "  ")
    let success = state.successRate.map { "  success \(Self.percent($0))" } ?? ""
    if width - text.count - success.count - 3 >= 8 { text += success }
    let room = min(30, width - text.count - 3)
    guard room >= 8 else { return String(text.prefix(max(1, width - 1))) }
    let eighths = Int(share * Double(room * 8))
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    var bar = String(repeating: "█", count: eighths / 8) + partial
    bar = Format.padded(bar, room)
    return (isColoured ? "\u{1b}[36m\(bar)\u{1b}[0m" : bar) + "▏ " + text
  }

  /// The learning curve: mean return over the whole budget, with the axis' ends beside it.
  public func curve(_ state: RunProgress) -> [String] {
    guard state.curve.count > 1 else { return [] }
    let values = state.curve.map(\.value)
    guard let low = values.min(), let high = values.max() else { return [] }
    let span = max(high - low, 1e-9)
    let labels = [Format.value(high), Format.value(low)]
    let margin = (labels.map(\.count).max() ?? 0) + 1
    let columns = max(10, min(60, width - margin - 2))
    var levels = [Double?](repeating: nil, count: columns)
    for point in state.curve {
      let x = min(columns - 1, point.step * columns / max(1, state.stepsTotal))
      levels[x] = (point.value - low) / span
    }
    var last: Double?
    let reached = min(columns - 1, state.stepsDone * columns / max(1, state.stepsTotal))
    for x in 0...reached {
      if let level = levels[x] { last = level } else { levels[x] = last }
    }
    let blocks = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    return (0..<height).map { line in
      let floor = height - 1 - line
      let label = line == 0 ? labels[0] : line == height - 1 ? labels[1] : ""
      let cells = levels.map { level -> String in
        guard let level else { return " " }
        let eighths = Int((level * Double(height * 8 - 1)).rounded()) + 1 - floor * 8
        return blocks[max(0, min(8, eighths))]
      }.joined()
      let drawn = isColoured ? "\u{1b}[32m\(cells)\u{1b}[0m" : cells
      return String(repeating: " ", count: margin - label.count - 1) + label + "▕" + drawn
    }
  }

  /// A share without decimals; `-` for one that is no number.
  private static func percent(_ share: Double) -> String {
    share.isFinite ? "\(Format.decimal(100 * share, 0))%" : "-"
  }

  /// One plain line for logs.
  public func line(_ state: RunProgress) -> String {
    let mean = state.meanReturn.map { Format.value($0) } ?? "-"
    let left = state.secondsLeft.map { Format.duration($0) } ?? "-"
    return
      "steps \(state.stepsDone)/\(state.stepsTotal)  steps/s \(Int(state.stepsPerSecond))  left \(left)  return \(mean)"
      + (state.successRate.map { "  success \(Self.percent($0))" } ?? "")
  }
}

/// Shows a training run while it goes on: redrawn in place on a terminal, lines now and then elsewhere.
final class ProgressDisplay {
  private let isTerminal: Bool
  private var drawnLines = 0
  private var hasSeenSignal = false
  private var lastDrawn: ContinuousClock.Instant?
  private let interval: Duration

  /// - Parameter isEnabled: `false` shows nothing.
  init(isEnabled: Bool) {
    isTerminal = isEnabled && Output.isTerminal
    interval = !isEnabled ? .seconds(1e9) : isTerminal ? .milliseconds(100) : .seconds(2)
    if !isEnabled { lastDrawn = .now }
  }

  /// Whether it is time to show something new.
  var isDue: Bool { lastDrawn.map { $0.duration(to: .now) >= interval } ?? true }

  /// Shows a state.
  func show(_ state: RunProgress) {
    lastDrawn = .now
    guard isTerminal else {
      Output.note(ProgressView(width: 200).line(state))
      return
    }
    let view = ProgressView(width: Output.width, isColoured: Output.isColoured)
    let lines = view.curve(state) + [view.bar(state)]
    // What a signal said stands below what was drawn before.
    if !hasSeenSignal, Interruption.signalNumber != nil { (hasSeenSignal, drawnLines) = (true, 0) }
    var text = drawnLines > 0 ? "\u{1b}[\(drawnLines)A" : ""
    for line in lines { text += "\r\u{1b}[2K\(line)\n" }
    Output.draw(text)
    drawnLines = lines.count
  }

  /// Shows the last state.
  func finish(_ state: RunProgress) {
    if isTerminal || interval < .seconds(1000) { show(state) }
  }
}
