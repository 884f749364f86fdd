/// The script of reports, `Resources/report.js`: what to show, and readings at the pointer.
enum ReportScript {
  static let text = PackageResources.report_js.text.replacing(
    "seriesCount", with: "\(SeriesStyle.count)")
}

extension [UInt8] {
  /// The text of a resource, without its last line end.
  var text: String { String(decoding: self.dropLast(), as: UTF8.self) }
}
