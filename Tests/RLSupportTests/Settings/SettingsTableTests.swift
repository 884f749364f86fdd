import RLSupport
import Testing

private enum Shape: String, CaseIterable, SettingValue {
  case round
  case square
}

private struct Kettle: Equatable {
  var power = 2_000.0
  var cups = 4
  var whistles = false
  var pitch: Double?
  var shape = Shape.round
  var layers = [1, 2]
  var label = "tea"

  static let table = SettingsTable<Kettle> {
    Setting(
      \.power, "power", peers: ["watts"], symbol: "P", "heat in W", in: .positive,
      search: .numbers(500...3_000, .log))
    Setting(
      \.cups, "cups", "water in cups", in: .from(1, to: 12),
      search: .ordered([1, 2, 4, 8], followers: [\.power], upTo: { $1 / $0.cups }))
    Setting(\.whistles, "whistles", "a signal at the boil")
    Setting(
      \.pitch, "pitch", "of the signal in Hz", in: Limits<Double>.positive.orNone,
      onlyWith: .flag(\.whistles))
    Setting(\.shape, "shape", "form of the body")
    Setting(\.layers, "layers", "of the wall in mm")
    Setting(\.label, "label", "what stands on it")
  }
}

@Suite struct SettingsTableTests {
  private func problem(_ values: [String: JSONValue]) -> String {
    do {
      try Kettle.table.check(Kettle.table.overlaid(Kettle(), by: values))
      return ""
    } catch { return "\(error)" }
  }

  @Test func valuesOverlayDefaults() throws {
    let kettle = try Kettle.table.overlaid(
      Kettle(),
      by: [
        "power": 1_500, "cups": 2.0, "whistles": true, "pitch": 440, "shape": "square",
        "layers": "3,4", "label": "coffee",
      ])
    #expect(
      kettle
        == Kettle(
          power: 1_500, cups: 2, whistles: true, pitch: 440, shape: .square, layers: [3, 4],
          label: "coffee"))
    #expect(try Kettle.table.overlaid(kettle, by: ["pitch": nil]).pitch == nil)
    #expect(try Kettle.table.overlaid(kettle, by: ["pitch": "None", "label": "None"]).pitch == nil)
    #expect(try Kettle.table.overlaid(kettle, by: ["layers": []]).layers == [])
    #expect(try Kettle.table.overlaid(kettle, by: [:]) == kettle)
  }

  @Test func mistakesAreNamed() {
    #expect(problem(["powr": 1]) == "There is no setting 'powr'. Did you mean 'power'?")
    #expect(problem(["wats": 1]) == "There is no setting 'wats'. Did you mean 'watts'?")
    #expect(problem(["xyzxyzxyz": 1]).contains("There is: power, cups, whistles"))
    #expect(problem(["cups": 2.5]) == "'cups' must be a whole number, not 2.5.")
    #expect(problem(["power": "hot"]) == "'power' must be a number, not hot.")
    #expect(problem(["pitch": "high"]) == "'pitch' must be a number, or null for none, not high.")
    #expect(problem(["whistles": 1]) == "'whistles' must be true or false, not 1.")
    #expect(problem(["shape": "oval"]) == "'shape' must be round or square, not oval.")
    #expect(problem(["layers": 3]).contains("must be a list such as [64, 64], not 3"))
    #expect(problem(["layers": [1.5]]).contains("not [1.5]"))
    #expect(problem(["label": 7]) == "'label' must be a word, not 7.")
  }

  @Test func limitsAreChecked() {
    #expect(problem(["power": 0]) == "'power' must be positive, not 0.")
    #expect(problem(["cups": 13]) == "'cups' must be from 1 to 12, not 13.")
    #expect(problem(["pitch": -1]) == "'pitch' must be positive, or null for none, not -1.")
    var kettle = Kettle()
    kettle.power = .nan
    #expect(throws: SettingsError.self) { try Kettle.table.check(kettle) }
  }

  @Test func namesOfOtherProgramsAreTaken() throws {
    let (values, notes) = try Kettle.table.translated(["watts": 700, "cups": 3])
    #expect(values == ["power": 700, "cups": 3] && notes == ["watts is power here."])
    #expect(try Kettle.table.overlaid(Kettle(), by: ["watts": 700]).power == 700)
    #expect(problem(["watts": 700, "power": 800]).contains("are the same setting"))
  }

  @Test func settingsWithoutEffectAreTold() throws {
    var kettle = Kettle()
    kettle.pitch = 440
    let told = Kettle.table.ineffective(in: kettle, standard: Kettle())
    #expect(told.map(\.name) == ["pitch"] && told.map(\.needs) == ["whistles=true"])
    kettle.whistles = true
    #expect(Kettle.table.ineffective(in: kettle, standard: Kettle()).isEmpty)
  }

  @Test func theSheetHasEverything() {
    let sheet = Kettle.table.sheet(of: Kettle())
    #expect(sheet[0] == "power     2000    heat in W, positive (watts, P)")
    #expect(sheet[4] == "shape     round   form of the body: round or square")
    #expect(sheet[5] == "layers    [1, 2]  of the wall in mm")
  }

  @Test func yamlIsReadBack() throws {
    var kettle = Kettle()
    for label in ["tea", "a: b", "true", "12", "", "x, y", "*", "don't", "null", "[1]", "Ä\n"] {
      kettle.label = label
      let line = Kettle.table.yaml(of: kettle)[6].dropFirst("label: ".count)
      if line.hasPrefix("\"") {
        #expect(JSONValue(text: Array(line.utf8)) == .string(label))
      } else {
        #expect(JSONValue(word: String(line)) == .string(label))
      }
    }
    #expect(Kettle.table.yaml(of: kettle)[5] == "layers: [1, 2]")
    #expect(JSONValue.array(["a,b", "c"]).yaml == "[\"a,b\", c]")
  }

  @Test func searchesKeepToTheBudget() {
    let search = Kettle.table["cups"]?.search
    #expect(search?.range(from: Kettle(), budget: 20) == .ordered([1, 2, 4]))
    #expect(search?.range(from: Kettle(), budget: 0) == .ordered([1]))
    #expect(search?.followers.compactMap { Kettle.table[$0]?.name } == ["power"])
  }

  @Test func numbersHaveOneForm() {
    #expect(1.0.setting == 1 && 0.5.setting == 0.5 && (-0.0).setting == 0)
    #expect(Float(0.1).setting == 0.1 && Double.infinity.setting.word == "inf")
    #expect(JSONValue(word: "1_000") == 1_000 && JSONValue(word: " 1e-3 ") == 0.001)
    #expect(JSONValue(word: "1e6") == 1_000_000 && JSONValue(word: "2.5E3") == 2_500)
    #expect(JSONValue(word: "1.5e0") == 1.5 && JSONValue(word: "10.0") == 10.0)
    #expect(JSONValue(word: "18446744073709551615") == "18446744073709551615")
    #expect(JSONValue(word: "128,128") == "128,128" && JSONValue(word: "[1, a]") == [1, "a"])
  }

  @Test(
    arguments: [
      ("20000", 20_000), ("20_000", 20_000), ("1e6", 1_000_000), ("1E+6", 1_000_000),
      ("2.5e3", 2_500),
      ("-3e2", -300), ("300e-2", 3), ("5.0", 5), ("0e9", 0), ("0.0e0", 0), ("+7e0", 7),
      ("9223372036854775807", .max), ("9223372036854775807e0", .max),
      ("1.5e0", nil), ("15e-1", nil), ("1e19", nil), ("1e1000000", nil), ("1e", nil), ("e6", nil),
      (".", nil), ("1e6e1", nil), ("", nil), ("ten", nil), ("0x10", nil), ("inf", nil),
      ("1 e3", nil),
    ] as [(String, Int?)])
  func wholeNumbersAreReadAsPeopleWriteThem(_ text: String, _ number: Int?) {
    #expect(Int(whole: text) == number)
  }

  @Test func wholeNumbersLoseNoDigit() {
    #expect(UInt64(whole: "18446744073709551615") == .max)
    #expect(UInt64(whole: "1.8446744073709551615e19") == .max)
    #expect(UInt64(whole: "-1") == nil && UInt64(whole: "-0e3") == 0)
    #expect(
      Int(whole: "1e-9223372036854775808") == nil && Int(whole: "1e9223372036854775807") == nil)
    #expect(UInt8(whole: "2.55e2") == 255 && UInt8(whole: "2.56e2") == nil)
  }
}
