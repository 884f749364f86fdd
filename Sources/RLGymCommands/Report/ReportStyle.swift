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

  private static let layout = """
    *{box-sizing:border-box}
    html{font:16px/1.55 \(fonts);background:var(--page);color:var(--ink);scroll-padding-top:6rem;\
    -webkit-text-size-adjust:100%}
    body{margin:0 auto;max-width:1080px;padding:1.5rem 1.25rem 4rem}
    h1{font-size:1.85rem;line-height:1.2;margin:0;letter-spacing:-.015em;overflow-wrap:anywhere}
    h2{font-size:1.4rem;line-height:1.25;margin:0 0 .4rem;letter-spacing:-.01em;overflow-wrap:anywhere}
    h3{font-size:1rem;margin:0}
    section h3:not(figcaption h3){margin:1.4rem 0 .3rem}
    p{margin:.4rem 0}
    a{color:var(--link)}
    code{font:.875em/1.5 ui-monospace,'SF Mono',Menlo,Consolas,'Liberation Mono',monospace;overflow-wrap:anywhere}
    .masthead{display:flex;justify-content:space-between;align-items:flex-start;gap:1.5rem}
    .theme{font-size:.8125rem;color:var(--muted);white-space:nowrap;padding-top:.35rem}
    select{font:inherit;color:var(--ink);background:var(--surface);border:1px solid var(--edge);\
    border-radius:6px;padding:.2rem .35rem}
    .subtitle{color:var(--muted);margin:.35rem 0 1rem}
    .note{background:var(--note);border-left:4px solid var(--note-edge);border-radius:0 6px 6px 0;\
    padding:.55rem .85rem;margin:.5rem 0}
    nav{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:.9rem 0 0}
    .controls{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;align-items:center;gap:.4rem 1.25rem;\
    margin:1rem -.75rem;padding:.55rem .75rem;background:var(--page);border-bottom:1px solid var(--edge)}
    .keys{display:flex;flex-wrap:wrap;gap:.35rem;flex:1 1 auto}
    .key{display:inline-flex;align-items:center;gap:.45rem;font:inherit;font-size:.9rem;color:var(--ink);\
    background:var(--surface);border:1px solid var(--edge);border-radius:999px;padding:.22rem .75rem .22rem .6rem;cursor:pointer;\
    max-width:100%;overflow-wrap:anywhere;text-align:left}
    .key[aria-pressed=false]{background:transparent;border-style:dashed;color:var(--muted)}
    .key[aria-pressed=false] span{text-decoration:line-through}
    .key[aria-pressed=false] .swatch{opacity:.35}
    .swatch{width:28px;height:14px;flex:none;vertical-align:-2px}
    .over{display:inline-flex;align-items:center;border:0;margin:0;padding:0;font-size:.9rem}
    .over legend{float:left;padding:0 .5rem 0 0;color:var(--muted)}
    .over label{display:inline-flex;cursor:pointer}
    .over input{position:absolute;opacity:0;width:1px;height:1px}
    .over span{padding:.22rem .8rem;border:1px solid var(--edge);background:var(--surface)}
    .over label:first-of-type span{border-radius:999px 0 0 999px}
    .over label:last-of-type span{border-radius:0 999px 999px 0;border-left:0}
    .over input:checked+span{background:var(--ink);color:var(--surface);border-color:var(--ink)}
    .switch{display:inline-flex;align-items:center;gap:.4rem;font-size:.9rem;cursor:pointer}
    .switch input{width:1.05rem;height:1.05rem;margin:0;accent-color:var(--link)}
    :focus-visible,.over input:focus-visible+span{outline:3px solid var(--link);outline-offset:2px;border-radius:6px}
    section{background:var(--surface);border:1px solid var(--edge);border-radius:12px;padding:1.5rem;margin:1.25rem 0}
    .summary{font-size:1.0625rem;max-width:66rem}
    figure{margin:1.5rem 0 0;min-width:0}
    figcaption{margin-bottom:.5rem}
    figcaption p{margin:0;color:var(--muted);font-size:.875rem}
    .pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:0 2.5rem;align-items:start}
    .quad{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1.25rem 2.5rem}
    .chart{display:block;width:100%;height:auto;overflow:visible;font-family:inherit}
    .chart text{font-variant-numeric:tabular-nums}
    .bold{font-weight:600}
    .rim{paint-order:stroke;stroke:var(--surface);stroke-width:3.5px;stroke-linejoin:round}
    polyline{fill:none;stroke-linejoin:round}
    .plot{position:relative;cursor:crosshair;touch-action:pan-y}
    .slim{display:none}
    .runs{display:none}
    .runs polyline{pointer-events:stroke}
    [data-runs] .runs{display:inline}
    [data-runs] .band polygon{fill-opacity:.08}
    .off{display:none}
    [data-over=steps] .over-seconds,[data-over=seconds] .over-steps{display:none}
    .hair{stroke:var(--muted);stroke-width:1;stroke-dasharray:3 3}
    .dot,.run{cursor:default}
    .scroll{overflow-x:auto;margin-top:1.25rem}
    table{border-collapse:collapse;font-size:.875rem;width:100%;font-variant-numeric:tabular-nums}
    caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    th,td{padding:.42rem .55rem;text-align:left;border-bottom:1px solid var(--grid);vertical-align:top}
    thead th{color:var(--muted);font-weight:600;vertical-align:bottom;border-bottom-color:var(--edge)}
    tbody th{font-weight:600;min-width:6rem;max-width:14rem;overflow-wrap:anywhere}
    tbody th .swatch{margin-right:.45rem}
    .number{text-align:right}
    td.number{white-space:nowrap}
    .settings td,.settings tbody th{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'Liberation Mono',monospace;\
    font-size:.8125rem;font-weight:400;padding-top:.22rem;padding-bottom:.22rem}
    .marked{background:var(--mark)}
    .differs{font-weight:700}
    [data-differences] .settings tbody tr:not(.marked){display:none}
    td small{color:var(--muted);font-size:.92em}
    .small{font-size:.875rem;color:var(--muted)}
    details{margin-top:.75rem;border-top:1px solid var(--grid);padding-top:.6rem}
    details summary{cursor:pointer;font-weight:600}
    .facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.3rem 1.25rem;margin:.5rem 0}
    .facts dt{color:var(--muted)}
    dd{margin:0}
    .words dt{font-weight:600;margin-top:.6rem}
    #tip{position:fixed;z-index:3;pointer-events:none;max-width:min(24rem,92vw);background:var(--ink);color:var(--surface);\
    font-size:.8125rem;line-height:1.45;border-radius:8px;padding:.45rem .65rem;box-shadow:0 4px 16px rgba(0,0,0,.25)}
    #tip[hidden]{display:none}
    #tip b{display:block}
    #tip div{display:flex;gap:.75rem;justify-content:space-between;font-variant-numeric:tabular-nums}
    #tip i{display:inline-block;width:.65rem;height:.65rem;border-radius:50%;margin-right:.4rem;border:1.5px solid var(--surface)}
    @media (max-width:720px){
    body{padding:1rem .75rem 3rem}
    h1{font-size:1.45rem}
    .masthead{flex-direction:column;gap:.25rem}
    section{padding:1rem .9rem;border-radius:10px}
    .pair,.quad{grid-template-columns:minmax(0,1fr)}
    .broad{display:none}
    .slim{display:block}
    .controls{position:static;gap:.4rem .8rem;margin:.75rem -.75rem}
    .facts{grid-template-columns:minmax(0,1fr);gap:0}
    .facts dd{margin-bottom:.5rem}
    }
    @media print{
    html{font-size:10.5pt;background:#fff}
    body{max-width:none;padding:0}
    .controls{position:static;border:0;margin:.5rem 0;padding:0}
    nav,.theme,.over,.switch,#tip{display:none}
    section{border:0;padding:0;margin:0 0 1.25rem}
    .key{border:0;padding:0 .75rem 0 0}
    .broad{display:block}
    .slim{display:none}
    .pair,.quad{grid-template-columns:repeat(2,minmax(0,1fr));gap:0 1.5rem}
    figure,tr,.note,dt,.facts{break-inside:avoid}
    h2,h3,figcaption,dt{break-after:avoid}
    [id^=env-]+section{break-before:page}
    figure{margin-top:1rem}
    .plot.broad .chart{max-height:6.4cm}
    .small{font-size:7.5pt}
    .scroll{margin-top:.5rem}
    .scroll:not(:has(.settings)){break-inside:avoid}
    .scroll{overflow:visible}
    table{font-size:7.5pt}
    th,td{padding:.25rem .35rem}
    .settings td,.settings tbody th{font-size:7pt;padding:.06rem .35rem}
    .summary,.summary+figure figcaption{break-after:avoid}
    details:not([open])::details-content{content-visibility:visible;height:auto}
    *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
    [data-over=steps] .broad.over-seconds,[data-over=seconds] .broad.over-steps{display:none}
    }
    """
}
