extension Picture.Paint {
  /// `RRGGBB` in pictures that stand alone, on white.
  var light: String {
    switch self {
    case .series(let index): SeriesStyle.light[SeriesStyle(index).colour]
    case .ink: "1c2430"
    case .muted: "5a6472"
    case .grid: "e3e7ec"
    case .surface: "ffffff"
    }
  }
}
