internal import Foundation
internal import RLSupport

extension LineChart {
  /// What the page's script shows when one points into a chart.
  struct Readings: Encodable {
    struct Line: Encodable {
      /// The series' number.
      var series: Int
      var name: String
      /// The height of the line at each place, in the chart's pixels.
      var y: [Double?]
      var texts: [String]
    }

    var top: Double
    var bottom: Double
    var x: [Double]
    var labels: [String]
    var lines: [Line]
  }

  /// The readings of a chart, as JSON.
  func readings(_ layout: Layout, at text: (Double) -> String, value: (Double) -> String)
    -> String
  {
    let places = Set(series.flatMap { $0.curve.points.map(\.at) }).sorted()
    func rounded(_ x: Double) -> Double { (x * 10).rounded() / 10 + 0 }
    let lines = series.map { one in
      var known: [Double: (y: Double, text: String)] = [:]
      for (i, at) in one.curve.at.enumerated() {
        guard one.curve.value.indices.contains(i), one.curve.value[i].isFinite else { continue }
        var words = value(one.curve.value[i])
        if one.low.indices.contains(i), one.high.indices.contains(i), one.low[i].isFinite,
          one.high[i].isFinite
        {
          words += " [\(value(one.low[i])), \(value(one.high[i]))]"
        }
        known[at] = (rounded(layout.y.place(one.curve.value[i])), words)
      }
      return Readings.Line(
        series: one.style.index, name: one.name, y: places.map { known[$0]?.y },
        texts: places.map { known[$0]?.text ?? "" })
    }
    let readings = Readings(
      top: layout.y.end, bottom: layout.y.start, x: places.map { rounded(layout.x.place($0)) },
      labels: places.map(text), lines: lines)
    return (try? JSONText.encode(readings)) ?? "{}"
  }
}
