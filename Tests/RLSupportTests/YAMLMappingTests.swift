import RLSupport
import Testing

@Suite struct YAMLMappingTests {
  @Test func mappingsAndListsAreIndented() {
    var item = YAMLMapping()
    item.add("name", "PPO, twice")
    item.add("set", YAMLMapping(["gamma": 0.99, "alpha": true]))
    var file = YAMLMapping()
    file.add("seeds", JSONValue.int(3))
    file.add("largest", UInt64.max)
    file.add("agents", list: [item, YAMLMapping(["name": "1"])])
    #expect(
      file.text == """
        seeds: 3
        largest: "18446744073709551615"
        agents:
          - name: PPO, twice
            set:
              alpha: true
              gamma: 0.99
          - name: "1"

        """)
    #expect(YAMLMapping(["low": 1, "also": ["a,b", "c"]]).flow == "{also: [\"a,b\", c], low: 1}")
  }

  @Test(arguments: ["", "null", "1e5", "a: b", "- x", "#", "tab\t", "\u{7F}", "ü \"x\""])
  func wordsThatLookLikeSomethingElseAreQuoted(_ word: String) {
    let text = JSONValue.string(word).yaml
    #expect(text.hasPrefix("\"") && text.hasSuffix("\""), "\(text)")
    #expect(!text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 })
  }
}
