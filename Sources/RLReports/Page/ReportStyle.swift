/// The style of reports.
enum ReportStyle {
  static let fonts =
    "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans',sans-serif"

  /// The style sheet, with light colours, and dark ones where the system or the reader wants them.
  static var sheet: String {
    let light = palette(SeriesStyle.light, ink: "1c2430", muted: "5a6472", grid: "e3e7ec")
    let dark = palette(SeriesStyle.dark, ink: "e8ecf1", muted: "a3aebc", grid: "2c343f")
    let lightPage =
      "--surface:#ffffff;--page:#f4f6f8;--edge:#d5dbe2;--link:#0b5cad;--note:#fff4d6;--note-edge:#d9a400;--mark:#fdf3d8;color-scheme:light"
    let darkPage =
      "--surface:#171c23;--page:#0f1318;--edge:#36404c;--link:#7db8f5;--note:#33290f;--note-edge:#c99a1c;--mark:#2f2a17;color-scheme:dark"
    var rules = [
      ":root{\(light);\(lightPage)}",
      "@media (prefers-color-scheme:dark){:root{\(dark);\(darkPage)}}",
      ":root[data-theme=light]{\(light);\(lightPage)}",
      ":root[data-theme=dark]{\(dark);\(darkPage)}",
      "@media print{:root,:root[data-theme]{\(light);\(lightPage);--page:#fff}}",
    ]
    let names = (0..<SeriesStyle.count).map { "s\($0)" } + ["ink", "muted", "grid", "surface"]
    for name in names {
      rules.append(
        ".f-\(name){fill:var(--\(name))}.l-\(name){stroke:var(--\(name))}.h-\(name){fill:var(--surface);stroke:var(--\(name));stroke-width:1.5}"
      )
    }
    return rules.joined(separator: "\n") + "\n" + layout
  }

  private static func palette(_ series: [String], ink: String, muted: String, grid: String)
    -> String
  {
    series.enumerated().map { "--s\($0):#\($1)" }.joined(separator: ";")
      + ";--ink:#\(ink);--muted:#\(muted);--grid:#\(grid)"
  }

  /// What does not depend on the colours: `Resources/report.css`.
  private static let layout = PackageResources.report_css.text.replacing("fontStack", with: fonts)
}
