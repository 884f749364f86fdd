import RLSupport
import Testing

@Suite struct FormatTests {
  /// Words of a file cannot draw on a terminal, nor pretend to be another line.
  @Test(arguments: [
    ("plain, ünïcode 雪 🙂", "plain, ünïcode 雪 🙂"),
    ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ("\u{1B}]0;title\u{7}", "\\u001B]0;title\\u0007"), ("\u{1B}[2J", "\\u001B[2J"),
    ("good\rerror: bad", "good\\u000Derror: bad"), ("\u{9B}2J", "\\u009B2J"),
    ("\u{202E}txt", "\\u202Etxt"), ("a\r\nb", "a\\u000D\nb"), ("\u{7F}\u{0}", "\\u007F\\u0000"),
  ]) func whatDrawsIsShown(_ text: String, _ shown: String) {
    #expect(Format.printable(text) == shown)
  }
}
