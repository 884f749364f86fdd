extension LineChart {
  func line(_ level: Level, _ layout: Layout) -> [Picture.Mark] {
    guard layout.y.contains(level.value) else { return [] }
    let y = layout.y.place(level.value)
    return [
      .line(
        [.init(layout.x.start, y), .init(layout.x.end, y)],
        Picture.Stroke(paint: .muted, width: 1.25, dashes: [6, 4]))
    ]
  }

  /// What a level is, above its line, or below it at the top of the chart.
  func words(_ level: Level, _ layout: Layout) -> Picture.Mark {
    let y = layout.y.place(level.value)
    let isAtTop = y - 18 < layout.y.end
    return .words(
      Picture.Words(
        text: level.text, at: .init(layout.x.start + 8, isAtTop ? y + 16 : y - 6), size: 12,
        paint: .muted, hasRim: true))
  }

  /// The series' names beside their last points, moved apart where they would lie on each other.
  func endNames(_ layout: Layout) -> [Picture.Mark] {
    struct End {
      var series: Series
      var point: Picture.Point
      var y: Double
    }
    var ends = series.compactMap { one in
      one.curve.points.last.map { last in
        let point = Picture.Point(layout.x.place(last.at), layout.y.place(last.value))
        return End(series: one, point: point, y: point.y)
      }
    }
    ends.sort { $0.y < $1.y }
    let room = layout.y.start - layout.y.end
    let gap = min(18, room / Double(max(1, ends.count)))
    // Names too many to be read stay with the legend.
    guard gap >= 12 else { return [] }
    for i in ends.indices.dropFirst() { ends[i].y = max(ends[i].y, ends[i - 1].y + gap) }
    if let last = ends.indices.last, ends[last].y > layout.y.start {
      ends[last].y = layout.y.start
      for i in ends.indices.dropLast().reversed() {
        ends[i].y = min(ends[i].y, ends[i + 1].y - gap)
      }
    }
    return ends.map { end in
      let x = layout.x.end + 14
      var marks: [Picture.Mark] = []
      if abs(end.y - end.point.y) > 3 || end.point.x < layout.x.end - 8 {
        marks.append(
          .line(
            [.init(end.point.x + 5, end.point.y), .init(x - 4, end.y)],
            Picture.Stroke(paint: .muted, width: 0.75, opacity: 0.7)))
      }
      marks.append(
        .symbol(
          end.series.style.symbol, .init(x + 3, end.y), size: 8,
          .series(end.series.style.index), isHollow: false))
      marks.append(
        .words(
          Picture.Words(
            text: Picture.fitted(
              end.series.name, size: 13, width: layout.width - x - 12),
            at: .init(x + 12, end.y + 4.5), size: 13, paint: .ink)))
      return .group(
        Picture.Group(
          classes: "end", attributes: [("data-series", "\(end.series.style.index)")],
          marks: marks))
    }
  }
}
