/// Curves with bands around them.
struct LineChart {
  /// One line, with what lies around it.
  struct Series {
    var name: String
    var style: SeriesStyle
    var curve = Curve()
    /// The interval at each place of the curve; empty for none.
    var low: [Double] = []
    var high: [Double] = []
    /// The curves that the line sums up.
    var runs: [Curve] = []
    /// Faint curves beside the line.
    var backdrop: [Curve] = []
    var dots: [Dot] = []
    /// Whether symbols along the line tell it from others.
    var hasSymbols = true
  }

  /// A point by itself.
  struct Dot {
    var at: Double
    var value: Double
    /// What the point is, for those who point at it.
    var text: String
    var isHollow = false
  }

  struct Curve {
    var name = ""
    var at: [Double] = []
    var value: [Double] = []

    /// The places and values that are numbers.
    var points: [(at: Double, value: Double)] {
      zip(at, value).filter { $0.isFinite && $1.isFinite }.map { ($0, $1) }
    }
  }

  /// A level to compare with.
  struct Level {
    var value: Double
    var text: String
  }

  var title: String
  var description: String
  var xLabel: String
  var yLabel: String
  var xKind = Axis.Kind.count
  var yKind = Axis.Kind.value
  var series: [Series]
  var levels: [Level] = []
  /// What must be on the axes beside the data.
  var xLimits: [Double] = []
  var yLimits: [Double] = []
  /// Ticks of one's own, with the ends of the axis.
  var xTicks: (low: Double, high: Double, ticks: [Axis.Tick])?
  /// A title within the picture, for pictures that stand alone.
  var heading: String?
  /// Where lines change in steps, as profiles do.
  var isStepped = false

  /// The places in the chart that a given size has.
  struct Layout {
    var x: Axis
    var y: Axis
    var width: Double
    var height: Double
    /// Whether the series are named at their ends.
    var namesEnds: Bool
  }

  /// - Parameter namesEnds: Whether there is room for the series' names right of the lines.
  func layout(width: Double, height: Double, namesEnds: Bool) -> Layout {
    var values = yLimits + levels.map(\.value)
    var places = xLimits
    for one in series {
      values += one.curve.points.map(\.value) + (one.low + one.high).filter(\.isFinite)
      let others = (one.runs + one.backdrop).flatMap(\.points)
      values += others.map(\.value) + one.dots.map(\.value)
      places += one.curve.points.map(\.at) + others.map(\.at) + one.dots.map(\.at)
    }
    let (top, bottom) = (heading == nil ? 34.0 : 68, height - 44)
    let y = Axis(yKind, values, from: bottom, to: top, padding: 0.04, spacing: 46)
    let widest = y.ticks.map { Picture.width(of: $0.text, size: 12) }.max() ?? 0
    let names = series.map { Picture.width(of: $0.name, size: 13) }.max() ?? 0
    let right = namesEnds ? min(190, names + 34) : 14
    let start = min(widest + 14, width / 2)
    let x =
      xTicks.map { Axis($0.ticks, low: $0.low, high: $0.high, from: start, to: width - right) }
      ?? Axis(xKind, places, from: start, to: width - right, spacing: width < 500 ? 64 : 84)
    return Layout(x: x, y: y, width: width, height: height, namesEnds: namesEnds)
  }

  /// Draws the chart.
  func picture(width: Double, height: Double, namesEnds: Bool) -> Picture {
    let layout = layout(width: width, height: height, namesEnds: namesEnds)
    var marks = frame(layout)
    for one in series { marks.append(band(one, layout)) }
    for level in levels { marks += line(level, layout) }
    for one in series { marks.append(lines(one, layout)) }
    marks += levels.map { words($0, layout) }
    if namesEnds { marks += endNames(layout) }
    return Picture(
      width: width, height: height, title: title, description: description, marks: marks)
  }

  // MARK: Parts

  private func frame(_ layout: Layout) -> [Picture.Mark] {
    let (x, y) = (layout.x, layout.y)
    var marks: [Picture.Mark] = []
    for tick in y.ticks {
      let place = y.place(tick.value)
      marks.append(
        .line(
          [.init(x.start, place), .init(x.end, place)], Picture.Stroke(paint: .grid, width: 1)))
      marks.append(
        .words(
          Picture.Words(
            text: tick.text, at: .init(x.start - 8, place + 4), alignment: .right)))
    }
    marks.append(
      .line(
        [.init(x.start, y.start), .init(x.end, y.start)], Picture.Stroke(paint: .muted, width: 1)))
    for tick in x.ticks {
      let place = x.place(tick.value)
      marks.append(
        .line(
          [.init(place, y.start), .init(place, y.start + 5)],
          Picture.Stroke(paint: .muted, width: 1)))
      let half = Picture.width(of: tick.text, size: 12) / 2
      marks.append(
        .words(
          Picture.Words(
            text: tick.text,
            at: .init(min(place, layout.width - half), y.start + 19), alignment: .centre)))
    }
    let unit = x.unit.map { " (\($0))" } ?? ""
    marks.append(
      .words(
        Picture.Words(
          text: xLabel + unit, at: .init((x.start + x.end) / 2, y.start + 38), size: 13,
          paint: .ink, alignment: .centre)))
    marks.append(
      .words(
        Picture.Words(
          text: Picture.fitted(yLabel, size: 13, width: layout.width), at: .init(0, y.end - 19),
          size: 13, paint: .ink)))
    if let heading {
      marks.append(
        .words(
          Picture.Words(
            text: Picture.fitted(heading, size: 18, width: layout.width), at: .init(0, 18),
            size: 18, paint: .ink, isBold: true)))
    }
    return marks
  }

  /// Data of one series carries its number, so that it can be hidden.
  private func group(_ classes: String, _ one: Series, _ marks: [Picture.Mark]) -> Picture.Mark {
    .group(
      Picture.Group(
        classes: classes, attributes: [("data-series", "\(one.style.index)")], marks: marks))
  }

  private func band(_ one: Series, _ layout: Layout) -> Picture.Mark {
    let count = min(one.curve.at.count, one.low.count, one.high.count)
    var (upper, lower): ([Picture.Point], [Picture.Point]) = ([], [])
    for i in 0..<count where one.low[i].isFinite && one.high[i].isFinite {
      let x = layout.x.place(one.curve.at[i])
      if isStepped, let last = upper.last, let lastLower = lower.last {
        upper.append(.init(x, last.y))
        lower.append(.init(x, lastLower.y))
      }
      upper.append(.init(x, layout.y.place(one.high[i])))
      lower.append(.init(x, layout.y.place(one.low[i])))
    }
    guard upper.count > 1 else { return group("band", one, []) }
    return group(
      "band", one,
      [.area(upper + lower.reversed(), .series(one.style.index), opacity: 0.16)])
  }

  private func lines(_ one: Series, _ layout: Layout) -> Picture.Mark {
    let paint = Picture.Paint.series(one.style.index)
    func places(_ curve: Curve) -> [Picture.Point] {
      var result: [Picture.Point] = []
      for point in curve.points {
        let place = Picture.Point(layout.x.place(point.at), layout.y.place(point.value))
        if isStepped, let last = result.last { result.append(.init(place.x, last.y)) }
        result.append(place)
      }
      return result
    }
    func thin(_ curves: [Curve], opacity: Double) -> [Picture.Mark] {
      curves.map { curve in
        let line = Picture.Mark.line(
          places(curve),
          Picture.Stroke(
            paint: paint, width: 1, dashes: opacity < 0.5 ? one.style.dashes : [],
            opacity: opacity))
        return .group(
          Picture.Group(
            classes: "run", attributes: [("data-tip", "\(one.name), \(curve.name)")],
            marks: [line]))
      }
    }
    let main = places(one.curve)
    var marks = thin(one.backdrop, opacity: 0.4)
    marks.append(.group(Picture.Group(classes: "runs", marks: thin(one.runs, opacity: 0.55))))
    if !main.isEmpty {
      marks.append(
        .line(main, Picture.Stroke(paint: paint, width: 2.25, dashes: one.style.dashes)))
    }
    marks += dots(one, layout)
    marks += (one.hasSymbols ? symbols(main) : []).map {
      .symbol(one.style.symbol, $0, size: 8, paint, isHollow: false)
    }
    return group("curve", one, marks)
  }

  private func dots(_ one: Series, _ layout: Layout) -> [Picture.Mark] {
    one.dots.filter { $0.at.isFinite && $0.value.isFinite }.map { dot in
      let place = Picture.Point(layout.x.place(dot.at), layout.y.place(dot.value))
      return .group(
        Picture.Group(
          classes: "dot", attributes: [("data-tip", dot.text)],
          marks: [
            .symbol(
              one.style.symbol, place, size: 8, .series(one.style.index), isHollow: dot.isHollow)
          ]))
    }
  }

  /// A few of a line's points, far enough from each other.
  private func symbols(_ points: [Picture.Point]) -> [Picture.Point] {
    guard let last = points.last, let first = points.first else { return [] }
    let gap = max(48, (last.x - first.x) / 8)
    var chosen: [Picture.Point] = []
    for point in points where point.x + gap / 2 <= last.x {
      if let previous = chosen.last, point.x - previous.x < gap { continue }
      chosen.append(point)
    }
    return chosen + [last]
  }
}
