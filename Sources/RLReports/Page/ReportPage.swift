internal import RLExperiments

/// The frame of a page, and the parts of which its contents are made.
struct ReportPage {
  var title: String
  var subtitle: String
  /// Notes above everything (HTML).
  var notes: [String] = []
  /// The legend and the controls (HTML).
  var controls: String
  /// The sections to go to.
  var navigation: [(id: String, title: String)] = []
  var body: String
  /// What curves are over at first.
  var over = RunPlot.Measure.steps

  var html: String {
    let notes = notes.map { "<p class=\"note\">\($0)</p>" }.joined(separator: "\n")
    let links = navigation.map { "<a href=\"#\($0.id)\">\(SVG.escaped($0.title))</a>" }
      .joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html xmlns="http://www.w3.org/1999/xhtml" lang="en" data-over="\(over)">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="generator" content="rlgym"/>
      <title>\(SVG.escaped(title))</title>
      <link rel="icon" href="data:,"/>
      <style>
      \(ReportStyle.sheet)
      </style>
      </head>
      <body>
      <header>
      <div class="masthead">
      <h1>\(SVG.escaped(title))</h1>
      <label class="theme">Colours
      <select id="theme"><option value="auto">as the system</option><option value="light">light</option>\
      <option value="dark">dark</option></select></label>
      </div>
      <p class="subtitle">\(SVG.escaped(subtitle))</p>
      \(notes)
      \(navigation.isEmpty ? "" : "<nav aria-label=\"Sections\">\(links)</nav>")
      </header>
      <div class="controls">
      \(controls)
      </div>
      <main>
      \(body)
      </main>
      <div id="tip" role="status" aria-live="polite" hidden="hidden"></div>
      <script>
      /*<![CDATA[*/
      \(ReportScript.text)
      /*]]>*/
      </script>
      </body>
      </html>

      """
  }

  // MARK: Controls

  /// The legend, whose entries hide and show series.
  static func keys(_ styles: [(name: String, style: SeriesStyle)]) -> String {
    let keys = styles.map { name, style in
      "<button type=\"button\" class=\"key\" aria-pressed=\"true\" data-toggle=\"\(style.index)\">\(swatch(style))<span>\(SVG.escaped(name))</span></button>"
    }
    return """
      <div class="keys" role="group" aria-label="What is shown">
      \(keys.joined(separator: "\n"))
      </div>
      """
  }

  /// The choice between steps and seconds.
  static func overControl(_ chosen: RunPlot.Measure = .steps) -> String {
    let choices = RunPlot.Measure.allCases.map { measure in
      let checked = measure == chosen ? " checked=\"checked\"" : ""
      return
        "<label><input type=\"radio\" name=\"over\" value=\"\(measure)\"\(checked)/><span>\(measure)</span></label>"
    }
    return
      "<fieldset class=\"over\"><legend>Over</legend>\(choices.joined(separator: "\n"))</fieldset>"
  }

  /// Whether single runs are drawn.
  static func runsControl(isOn: Bool = false) -> String {
    let checked = isOn ? " checked=\"checked\"" : ""
    return
      "<label class=\"switch\"><input type=\"checkbox\" id=\"runs\"\(checked)/><span>every run</span></label>"
  }

  // MARK: Figures

  static func figure(_ title: String, _ words: String, _ contents: String, classes: String = "")
    -> String
  {
    """
    <figure class="\(classes)">
    <figcaption><h3>\(title)</h3><p>\(words)</p></figcaption>
    \(contents)
    </figure>
    """
  }

  /// Curves for wide and for narrow screens, which show readings when one points into them.
  static func curves(
    _ chart: LineChart, id: String, classes: String = "", at: (Double) -> String,
    value: (Double) -> String = NumberText.value, isWide: Bool = true
  ) -> String {
    let sizes: [(name: String, width: Double, height: Double, namesEnds: Bool)] =
      isWide
      ? [("broad", 920, 400, true), ("slim", 380, 330, false)] : [("", 440, 330, false)]
    return sizes.map { size in
      let layout = chart.layout(width: size.width, height: size.height, namesEnds: size.namesEnds)
      let picture = chart.picture(
        width: size.width, height: size.height, namesEnds: size.namesEnds)
      let readings = chart.readings(layout, at: at, value: value)
      let name = size.name.isEmpty ? id : "\(id)-\(size.name)"
      return """
        <div class="plot \(size.name) \(classes)" tabindex="0" role="group" \
        aria-label="\(SVG.escaped(chart.title)); arrow keys read values" \
        data-readings="\(SVG.escaped(readings))">
        \(SVG.element(picture, id: name))
        </div>
        """
    }.joined(separator: "\n")
  }

  /// Points, which say what they are when one points at them.
  static func dots(_ chart: LineChart, id: String) -> String {
    let layout = chart.layout(width: 440, height: 260, namesEnds: false)
    let picture = chart.picture(width: 440, height: 260, namesEnds: false)
    let readings = chart.readings(layout, at: { _ in "" }, value: NumberText.value)
    return """
      <div class="plot" data-readings="\(SVG.escaped(readings))">
      \(SVG.element(picture, id: id))
      </div>
      """
  }

  /// A chart whose rows can be read one by one.
  static func rows(_ chart: IntervalChart, id: String, classes: String = "") -> String {
    """
    <div class="\(classes)">
    \(SVG.element(chart.picture(width: 440), id: id, isInteractive: true))
    </div>
    """
  }

  /// The line and symbol of a series.
  static func swatch(_ style: SeriesStyle) -> String {
    let line = SVG.mark(
      .line(
        [.init(0, 7), .init(28, 7)],
        Picture.Stroke(paint: .series(style.index), width: 2.25, dashes: style.dashes)))
    let symbol = SVG.mark(
      .symbol(style.symbol, .init(14, 7), size: 8, .series(style.index), isHollow: false))
    return
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"swatch\" viewBox=\"0 0 28 14\" aria-hidden=\"true\">\(line)\(symbol)</svg>"
  }

  // MARK: Origin

  /// Where and how everything was made, and how to read it.
  ///
  /// - Parameters:
  ///   - facts: Names and what they are (HTML).
  ///   - words: The protocol, and what else there is to say (HTML).
  static func origin(_ facts: [(String, String)], _ words: String) -> String {
    """
    <section id="origin" aria-labelledby="origin-heading">
    <h2 id="origin-heading">How it was made</h2>
    <dl class="facts">
    \(facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }.joined(separator: "\n"))
    </dl>
    <h3>Protocol</h3>
    \(words)
    </section>
    """
  }

  // MARK: Tables

  struct Cell {
    var html: String
    var isNumber = false

    init(_ text: String, isNumber: Bool = false) {
      html = SVG.escaped(text)
      self.isNumber = isNumber
    }

    init(html: String) { self.html = html }
  }

  /// A table that scrolls sideways where it is too wide.
  ///
  /// - Parameter marked: The rows that stand out.
  static func table(
    _ caption: String, _ head: [Cell], _ rows: [[Cell]], marked: Set<Int> = [],
    classes: String = ""
  ) -> String {
    func attribute(_ cell: Cell) -> String { cell.isNumber ? " class=\"number\"" : "" }
    let top = head.map { "<th scope=\"col\"\(attribute($0))>\($0.html)</th>" }.joined()
    let lines = rows.enumerated().map { i, row in
      let cells = row.enumerated().map { column, cell in
        column == 0
          ? "<th scope=\"row\">\(cell.html)</th>" : "<td\(attribute(cell))>\(cell.html)</td>"
      }
      return "<tr\(marked.contains(i) ? " class=\"marked\"" : "")>\(cells.joined())</tr>"
    }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(SVG.escaped(caption))">
      <table class="\(classes)"><caption>\(SVG.escaped(caption))</caption>
      <thead><tr>\(top)</tr></thead>
      <tbody>
      \(lines.joined(separator: "\n"))
      </tbody></table>
      </div>
      """
  }
}
