/// How a data series is told from others: by colour, by dashes and by symbol, each of which is enough for
/// up to eight series.
///
/// The colours are those of Okabe and Ito ("Color Universal Design", 2008), darkened where they would be
/// lost on white and lightened where they would be on black; each has a contrast of 3 or more.
struct SeriesStyle {
  enum Symbol: Int, CaseIterable {
    case circle, square, triangle, diamond, fallingTriangle, cross, hexagon, bar
    /// Of what lies beyond the axis.
    case arrow
  }

  let index: Int

  init(_ index: Int) { self.index = index }

  static let count = 8

  /// `RRGGBB` on white.
  static let light = [
    "0072b2", "d55e00", "00835f", "b0508a", "a87300", "2a7fb8", "5b5b5b", "7d5ba6",
  ]
  /// `RRGGBB` on black.
  static let dark = [
    "4aa8e8", "ff8a3d", "2fc59a", "e39ac6", "f0b429", "8ccdf5", "c2c2c2", "b99be0",
  ]

  private static let patterns: [[Double]] = [
    [], [8, 4], [2, 3], [10, 3, 2, 3], [14, 4], [5, 2, 2, 2, 2, 2], [4, 4], [1, 4],
  ]

  /// The place in the palette.
  var colour: Int { index % Self.count }

  /// Every round through the palette begins with another pattern.
  var dashes: [Double] { Self.patterns[(index + index / Self.count) % Self.count] }

  var symbol: Symbol {
    Symbol(rawValue: (index + 2 * (index / Self.count)) % Self.count) ?? .circle
  }
}
