/// Rows of points with an estimate and its interval.
struct IntervalChart {
  struct Point {
    var value: Double
    /// What the point is, for those who point at it.
    var text: String
    /// Whether the true value is known only to be larger.
    var isCensored = false
  }

  struct Row {
    var name: String
    var style: SeriesStyle
    var points: [Point] = []
    var centre: Double?
    /// Where the interval starts and ends; an end that is infinite lies beyond the axis.
    var low: Double?
    var high: Double?
    /// The figures in words, right of the name.
    var note: String
  }

  var title: String
  /// What stands before the rows' names and notes in the description.
  var introduction = ""
  var xLabel: String
  var kind: Axis.Kind
  var rows: [Row]
  var levels: [LineChart.Level] = []
  /// What must be on the axis beside the data.
  var limits: [Double] = []
  /// What stands over the censored points, which lie right of the axis.
  var censoredText = "not reached"

  private static let top = 8.0
  /// Censored points lie in so many lines.
  private static let lanes = 3

  /// The height of a row; rows without points are lower.
  private var rowHeight: Double { rows.contains { !$0.points.isEmpty } ? 66 : 46 }

  private var hasHead: Bool { !levels.isEmpty || censoredCount > 0 }

  /// The most censored points that a row has.
  private var censoredCount: Int {
    rows.map { $0.points.count(where: \.isCensored) }.max() ?? 0
  }

  /// The width of the part right of the axis.
  private var censoredWidth: Double {
    let columns = (censoredCount + Self.lanes - 1) / Self.lanes
    return censoredCount == 0 ? 0 : max(74, min(130, 10 * Double(columns) + 18))
  }

  /// Draws the chart, as high as its rows need.
  func picture(width: Double) -> Picture {
    let head = Self.top + (hasHead ? 18 : 0)
    let bottom = head + Double(rows.count) * rowHeight + 4
    var numbers = limits + levels.map(\.value)
    for row in rows {
      numbers += row.points.filter { !$0.isCensored }.map(\.value)
      numbers += [row.centre, row.low, row.high].compactMap { $0 }
    }
    let axis = Axis(
      kind, numbers, from: 8, to: width - 14 - censoredWidth, padding: 0.03, spacing: 70)
    var marks: [Picture.Mark] = []
    for tick in axis.ticks {
      let x = axis.place(tick.value)
      marks.append(
        .line([.init(x, head), .init(x, bottom)], Picture.Stroke(paint: .grid, width: 1)))
      let half = Picture.width(of: tick.text, size: 12) / 2
      marks.append(
        .words(
          Picture.Words(
            text: tick.text, at: .init(max(half, min(x, width - half)), bottom + 17),
            alignment: .centre)))
    }
    for level in levels where axis.contains(level.value) {
      marks += self.level(level, axis, head, width)
    }
    if censoredCount > 0 { marks += censoredHead(axis, head) }
    marks.append(
      .line(
        [.init(axis.start, bottom), .init(axis.end, bottom)],
        Picture.Stroke(paint: .muted, width: 1)))
    for (i, row) in rows.enumerated() {
      marks.append(self.row(row, axis, head + Double(i) * rowHeight, width))
    }
    marks.append(
      .words(
        Picture.Words(
          text: Picture.fitted(
            xLabel + (axis.unit.map { " (\($0))" } ?? ""), size: 13, width: width),
          at: .init(width / 2, bottom + 37), size: 13, paint: .ink, alignment: .centre)))
    return Picture(
      width: width, height: bottom + 44, title: title,
      description: introduction + rows.map { "\($0.name): \($0.note)" }.joined(separator: "; ")
        + ".", marks: marks)
  }

  /// The line of a level, which leaves out the rows' words.
  private func level(
    _ level: LineChart.Level, _ axis: Axis, _ top: Double, _ width: Double
  ) -> [Picture.Mark] {
    let x = axis.place(level.value)
    let half = Picture.width(of: level.text, size: 12) / 2
    let lines: [Picture.Mark] = rows.indices.map { i in
      let y = top + Double(i) * rowHeight
      return .line(
        [.init(x, y + 22), .init(x, y + rowHeight)],
        Picture.Stroke(paint: .muted, width: 1.25, dashes: [5, 3]))
    }
    return lines + [
      .words(
        Picture.Words(
          text: level.text, at: .init(max(half, min(x, width - half)), Self.top + 8),
          alignment: .centre))
    ]
  }

  private func censoredHead(_ axis: Axis, _ top: Double) -> [Picture.Mark] {
    let x = axis.end + 6
    let lines: [Picture.Mark] = rows.indices.map { i in
      let y = top + Double(i) * rowHeight
      return .line(
        [.init(x, y + 22), .init(x, y + rowHeight)], Picture.Stroke(paint: .muted, width: 1))
    }
    return lines + [
      .words(Picture.Words(text: censoredText, at: .init(axis.end + 12, Self.top + 8)))
    ]
  }

  private func row(_ row: Row, _ axis: Axis, _ top: Double, _ width: Double) -> Picture.Mark {
    let paint = Picture.Paint.series(row.style.index)
    let noteWidth = Picture.width(of: row.note, size: 12)
    var marks: [Picture.Mark] = [
      .words(
        Picture.Words(
          text: Picture.fitted(
            row.name, size: 14.5, width: max(40, width - noteWidth - 50)),
          at: .init(axis.start + 14, top + 17), size: 13, paint: .ink, isBold: true, hasRim: true)),
      .symbol(
        row.style.symbol, .init(axis.start + 4, top + 12.5), size: 8, paint, isHollow: false),
      .words(
        Picture.Words(
          text: Picture.fitted(row.note, size: 12, width: width - 60),
          at: .init(width - 6, top + 17), paint: .ink, alignment: .right, hasRim: true)),
    ]
    marks += dots(row, axis, top + 35)
    marks += censored(row, axis, top + 35)
    marks += interval(row, axis, top + (row.points.isEmpty ? 32 : 54))
    return .group(
      Picture.Group(
        classes: "row",
        attributes: [
          ("data-series", "\(row.style.index)"), ("tabindex", "0"), ("role", "img"),
          ("aria-label", "\(row.name): \(row.note)"),
        ],
        marks: marks))
  }

  /// Every point, those that would lie on each other beside each other.
  private func dots(_ row: Row, _ axis: Axis, _ y: Double) -> [Picture.Mark] {
    let paint = Picture.Paint.series(row.style.index)
    var places: [Picture.Point] = []
    let lanes: [Double] = [0, 5, -5, 10, -10, 2.5, -2.5, 7.5, -7.5]
    let known = row.points.filter { !$0.isCensored && $0.value.isFinite }
    return known.sorted { $0.value < $1.value }.map { point in
      let x = axis.place(point.value)
      let lane =
        lanes.first { lane in
          !places.contains { abs($0.x - x) < 7 && abs($0.y - y - lane) < 5 }
        } ?? 0
      places.append(.init(x, y + lane))
      return dot(
        point, row, .symbol(.circle, .init(x, y + lane), size: 6.5, paint, isHollow: false))
    }
  }

  /// The censored points, right of the axis.
  private func censored(_ row: Row, _ axis: Axis, _ y: Double) -> [Picture.Mark] {
    let points = row.points.filter(\.isCensored)
    let lanes = min(Self.lanes, (points.count + 5) / 6)
    let columns = (points.count + max(1, lanes) - 1) / max(1, lanes)
    let gap = min(10, (censoredWidth - 18) / Double(max(1, columns)))
    return points.enumerated().map { i, point in
      let place = Picture.Point(
        axis.end + 16 + gap * Double(i / lanes),
        y + 9 * (Double(i % lanes) - Double(lanes - 1) / 2))
      return dot(
        point, row,
        .symbol(.arrow, place, size: 7.5, .series(row.style.index), isHollow: true))
    }
  }

  private func dot(_ point: Point, _ row: Row, _ mark: Picture.Mark) -> Picture.Mark {
    .group(
      Picture.Group(
        classes: "dot", attributes: [("data-tip", "\(row.name), \(point.text)")],
        marks: [mark]))
  }

  private func interval(_ row: Row, _ axis: Axis, _ y: Double) -> [Picture.Mark] {
    let paint = Picture.Paint.series(row.style.index)
    var marks: [Picture.Mark] = []
    if let low = row.low, let high = row.high, !low.isNaN, !high.isNaN {
      let beyond = axis.end + max(4, censoredWidth - 2)
      let left = low.isFinite ? axis.place(low) : axis.end + 12
      let right = high.isFinite ? axis.place(high) : beyond
      marks.append(
        .line([.init(left, y), .init(right, y)], Picture.Stroke(paint: paint, width: 3)))
      marks += [(left, low), (right, high)].map { x, end in
        end.isFinite
          ? .line([.init(x, y - 5), .init(x, y + 5)], Picture.Stroke(paint: paint, width: 2))
          : .symbol(.arrow, .init(x, y), size: 10, paint, isHollow: false)
      }
    }
    if let centre = row.centre, centre.isFinite, axis.contains(centre) {
      marks.append(
        .symbol(.diamond, .init(axis.place(centre), y), size: 10, paint, isHollow: false))
    }
    return marks
  }
}
