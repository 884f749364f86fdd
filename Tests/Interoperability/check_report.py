#!/usr/bin/env python3
"""Opens report.html in a headless Chromium, uses its controls as a reader does, and takes pictures.

    apt-get install chromium chromium-driver
    python3 Tests/Interoperability/check_report.py DIR/report.html [--pictures FOLDER]

Fails on anything in the console, on anything asked of a network, and where a control does not do what it says.
Pages of `rlgym plot` and `rlgym tune` are checked for what they have. Speaks WebDriver itself; needs nothing but Python.
"""

import argparse
import base64
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

KEYS = {"right": "\ue014", "left": "\ue012", "end": "\ue010", "home": "\ue011",
        "escape": "\ue00c", "tab": "\ue004", "space": " "}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """A session of chromedriver."""

    def __init__(self, arguments):
        driver = shutil.which("chromedriver")
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        if not driver or not browser:
            sys.exit("Needs chromium and chromedriver: apt-get install chromium chromium-driver")
        self.process = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if "started successfully on port" in line:
                self.base = f"http://127.0.0.1:{line.split('port ')[-1].strip().rstrip('.')}"
                break
        else:
            sys.exit("chromedriver did not start")
        options = {"binary": browser, "args": ["--headless=new", "--no-sandbox", "--disable-gpu",
                                               "--hide-scrollbars"] + arguments}
        capabilities = {"goog:chromeOptions": options,
                        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"/session/{made['sessionId']}"

    def call(self, method, path, body=None):
        data = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"},
                                         method=method)
        try:
            return json.load(urllib.request.urlopen(request, timeout=60))["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()[:400]) from None

    def post(self, path, **body):
        return self.call("POST", self.session + path, body)

    def js(self, script, *arguments):
        return self.post("/execute/sync", script=script, args=list(arguments))

    def cdp(self, command, **parameters):
        return self.post("/goog/cdp/execute", cmd=command, params=parameters)

    def find(self, selector):
        return self.post("/elements", using="css selector", value=selector)

    def click(self, element):
        self.js("arguments[0].scrollIntoView({block: 'center'})", element)
        self.call("POST", f"{self.session}/element/{element[ELEMENT]}/click")

    def hover(self, x, y):
        move = {"type": "pointerMove", "duration": 0, "x": int(x), "y": int(y)}
        self.post("/actions", actions=[{"type": "pointer", "id": "mouse", "actions": [move]}])

    def press(self, *names):
        keys = [key for name in names for key in
                ({"type": "keyDown", "value": KEYS[name]}, {"type": "keyUp", "value": KEYS[name]})]
        self.post("/actions", actions=[{"type": "key", "id": "keys", "actions": keys}])

    def log(self, kind):
        return self.post("/se/log", type=kind)

    def picture(self, path):
        """The whole page."""
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        shot = self.cdp("Page.captureScreenshot", captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.process.terminate()
            self.process.wait()


class Check:
    def __init__(self):
        self.count = 0
        self.failures = []

    def __call__(self, holds, what):
        self.count += 1
        if not holds:
            self.failures.append(what)
            print("FAILED:", what)


VISIBLE = """return Array.from(document.querySelectorAll(arguments[0])).filter(
  e => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden').length"""
TIP = "const t = document.getElementById('tip'); return t.hidden ? '' : t.innerText"
BOX = "const b = arguments[0].getBoundingClientRect(); return [b.left, b.top, b.width, b.height]"


def toggles(browser, check):
    """Steps and seconds, every run, series, differences, colours."""
    has_seconds = bool(browser.find("input[name=over][value=seconds]"))
    if has_seconds:
        check(browser.js(VISIBLE, ".over-steps.broad") > 0, "curves over steps are there at first")
        check(browser.js(VISIBLE, ".over-seconds") == 0, "curves over seconds are hidden at first")
        browser.click(browser.find("input[value=seconds] + span")[0])
        check(browser.js(VISIBLE, ".over-steps") == 0, "a click on seconds hides steps")
        check(browser.js(VISIBLE, ".over-seconds.broad") > 0, "a click on seconds shows seconds")
        browser.click(browser.find("input[value=steps] + span")[0])
        check(browser.js(VISIBLE, ".over-steps.broad") > 0, "a click on steps shows steps again")
        browser.js("document.querySelector('input[name=over][value=steps]').focus()")
        browser.press("right")
        check(browser.js("return document.documentElement.dataset.over") == "seconds",
              "the arrow keys change between steps and seconds")
        browser.press("left")
    if browser.find("#runs"):
        drawn = len(browser.find(".run"))
        check(browser.js(VISIBLE, ".run") == 0, "single runs are hidden at first")
        browser.click(browser.find("#runs")[0])
        check(browser.js(VISIBLE, ".run") > 0 or drawn == 0, "the switch shows single runs")
        browser.click(browser.find("#runs")[0])
        check(browser.js(VISIBLE, ".run") == 0, "the switch hides single runs again")
    for key in browser.find(".key"):
        number = browser.js("return arguments[0].dataset.toggle", key)
        before = browser.js(VISIBLE, f"[data-series='{number}']")
        browser.click(key)
        check(browser.js(VISIBLE, f"[data-series='{number}']") == 0, f"the legend hides series {number}")
        check(browser.js("return arguments[0].getAttribute('aria-pressed')", key) == "false",
              f"the legend says that series {number} is hidden")
        browser.js("arguments[0].focus()", key)
        browser.press("space")
        check(browser.js(VISIBLE, f"[data-series='{number}']") == before,
              f"the space bar shows series {number} again")
    for details in browser.find("details:not([open]) summary"):
        browser.click(details)
    check(not browser.find("details:not([open])"), "all tables of hyperparameters open")
    if browser.find("#differences"):
        rows, marked = "details[open] .settings tbody tr", "details[open] .settings tbody tr.marked"
        every, different = browser.js(VISIBLE, rows), browser.js(VISIBLE, marked)
        browser.click(browser.find("#differences")[0])
        check(browser.js(VISIBLE, rows) == different, "only differing hyperparameters are left")
        browser.click(browser.find("#differences")[0])
        check(browser.js(VISIBLE, rows) == every > 0, "all hyperparameters come back")
    colour = "return getComputedStyle(document.body).color"
    seen = []
    for name in ("light", "dark", "auto"):
        browser.js("const t = document.getElementById('theme'); t.value = arguments[0];"
                   "t.dispatchEvent(new Event('change', {bubbles: true}))", name)
        seen.append(browser.js(colour))
    check(seen[0] != seen[1] and seen[2] == seen[0], f"light and dark differ: {seen}")


def readings(browser, check):
    """What pointing at a chart shows, and what the keys do."""
    for plot in browser.find(".plot"):
        left, top, width, height = browser.js(BOX, plot)
        data = json.loads(browser.js("return arguments[0].dataset.readings", plot))
        if width == 0 or not data["x"]:
            continue
        browser.js("arguments[0].scrollIntoView({block: 'center'})", plot)
        left, top, width, height = browser.js(BOX, plot)
        browser.hover(left + 0.6 * width, top + 0.5 * height)
        words = browser.js(TIP)
        check(any(label in words for label in data["labels"]), f"pointing shows a place: {words!r}")
        check(any(line["name"] in words for line in data["lines"]), f"pointing shows a name: {words!r}")
        check(browser.js(VISIBLE, ".hair") == 1, "pointing draws a line")
        browser.hover(2, 2)
        browser.js("arguments[0].focus()", plot)
        browser.press("end")
        check(browser.js(TIP).startswith(data["labels"][-1]), "the end key reads the last values")
        browser.press("home")
        check(browser.js(TIP).startswith(data["labels"][0]), "the home key reads the first values")
        if len(data["x"]) > 1:
            browser.press("right")
            check(browser.js(TIP).startswith(data["labels"][1]), "the right key reads on")
        browser.press("escape")
        check(browser.js(TIP) == "", "escape ends reading")
    for row in browser.find(".row"):
        if browser.js(BOX, row)[2] == 0:
            continue
        browser.js("arguments[0].scrollIntoView({block: 'center'})", row)
        # After the scrolling that would hide it.
        time.sleep(0.02)
        left, top, width, height = browser.js(BOX, row)
        dot = browser.js("return arguments[0].querySelector('.dot')", row)
        if dot:
            x, y, w, h = browser.js(BOX, dot)
            browser.hover(x + w / 2, y + h / 2)
            check("seed" in browser.js(TIP), f"pointing at a run says which: {browser.js(TIP)!r}")
        browser.hover(2, 2)
        browser.press("tab")
        browser.js("arguments[0].focus()", row)
        label = browser.js("return arguments[0].getAttribute('aria-label')", row)
        check(browser.js(TIP) == label, f"a row that has the focus is read: {browser.js(TIP)!r}")
        browser.js("arguments[0].blur()", row)
    browser.hover(2, 2)


def access(browser, check):
    """What readers who do not see or point need, and what breaks layouts."""
    unnamed = browser.js("""return Array.from(document.querySelectorAll('svg.chart')).filter(s =>
      !s.querySelector('title').textContent.trim() || !s.querySelector('desc').textContent.trim() ||
      !s.getAttribute('role')).length""")
    check(unnamed == 0, "every chart has a title, a description and a role")
    doubled = browser.js("""const ids = Array.from(document.querySelectorAll('[id]')).map(e => e.id);
      return ids.filter((x, i) => ids.indexOf(x) !== i)""")
    check(not doubled, f"every id is there once: {doubled}")
    broken = browser.js("""return Array.from(document.querySelectorAll('[aria-labelledby]')).filter(e =>
      e.getAttribute('aria-labelledby').split(' ').some(i => !document.getElementById(i))).length""")
    check(broken == 0, "every label that is referred to is there")
    contrast = browser.js(CONTRAST)
    check(not contrast, f"words have a contrast of 4.5: {contrast}")
    overlaps = browser.js(OVERLAPS)
    check(not overlaps, f"words in charts do not lie on each other: {overlaps}")


CONTRAST = """
const channel = v => v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
const light = c => { const m = c.match(/[\\d.]+/g).map(Number);
  return 0.2126 * channel(m[0] / 255) + 0.7152 * channel(m[1] / 255) + 0.0722 * channel(m[2] / 255); };
const clear = c => c === 'transparent' || /, 0\\)$/.test(c);
const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
  if (!clear(c)) return c; } return 'rgb(255, 255, 255)'; };
const found = new Set();
document.querySelectorAll('p, h1, h2, h3, th, td, dt, dd, a, label, button, small, summary, .chart text').forEach(e => {
  if (!e.getClientRects().length || !e.textContent.trim()) return;
  const s = getComputedStyle(e); const c = e.tagName === 'text' ? s.fill : s.color;
  const a = light(c), b = light(behind(e));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) found.add(e.tagName + ' ' + c + ' on ' + behind(e) + ' ' + ratio.toFixed(2));
});
return Array.from(found)"""

OVERLAPS = """
const found = [];
document.querySelectorAll('svg.chart').forEach(svg => {
  if (!svg.getClientRects().length) return;
  const boxes = Array.from(svg.querySelectorAll('text')).filter(t => t.getClientRects().length)
    .map(t => [t.textContent, t.getBoundingClientRect()]);
  boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
    const w = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (w > 1 && h > 0.35 * Math.min(p.height, q.height)) found.push(svg.id + ': ' + a + ' / ' + b);
  }));
});
return found"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    arguments = parser.parse_args()
    check = Check()
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser([f"--user-data-dir={profile}", "--window-size=1200,1000"])
        try:
            browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
            # What the browser's own start page asked for is not the page's.
            browser.post("/url", url="about:blank")
            browser.log("performance")
            browser.post("/url", url=arguments.page.resolve().as_uri())
            check(browser.js("return document.readyState") == "complete", "the page loads")
            access(browser, check)
            toggles(browser, check)
            readings(browser, check)
            sizes = [("light", 1200, "light"), ("dark", 1200, "dark"), ("phone", 390, "light"),
                     ("phone-dark", 360, "dark")]
            for name, width, scheme in sizes:
                browser.cdp("Emulation.setDeviceMetricsOverride", width=width, height=900,
                            deviceScaleFactor=1 if width > 500 else 2, mobile=width < 500)
                browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                wide = browser.js("return document.documentElement.scrollWidth")
                check(wide <= width, f"{name}: nothing is wider than the screen ({wide} of {width})")
                access(browser, check)
                if arguments.pictures:
                    arguments.pictures.mkdir(parents=True, exist_ok=True)
                    browser.js("scrollTo(0, 0)")
                    browser.picture(arguments.pictures / f"{name}.png")
            browser.cdp("Emulation.clearDeviceMetricsOverride")
            browser.cdp("Emulation.setEmulatedMedia", features=[])
            pdf = base64.b64decode(browser.cdp("Page.printToPDF", printBackground=True)["data"])
            check(pdf.startswith(b"%PDF"), "the page prints")
            if arguments.pictures:
                (arguments.pictures / "print.pdf").write_bytes(pdf)
            for entry in browser.log("browser"):
                check(False, f"the console says: {entry['message']}")
            for entry in browser.log("performance"):
                message = json.loads(entry["message"])["message"]
                if message["method"] == "Network.requestWillBeSent":
                    url = message["params"]["request"]["url"]
                    check(url.startswith(("file:", "data:")), f"nothing is asked of a network: {url}")
        finally:
            browser.close()
    print(f"{check.count - len(check.failures)} of {check.count} checks hold.")
    sys.exit(1 if check.failures else 0)


if __name__ == "__main__":
    main()
