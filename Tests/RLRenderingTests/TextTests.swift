import RLCore
import RLEnvironments
import RLRendering
import RLSupport
import Testing

@Suite struct TextTests {
  @Test func shapesBecomeHalfBlocks() {
    var drawing = Drawing(width: 80, height: 40, background: .black)
    drawing.fill(.rectangle(x: 0, y: 0, width: 40, height: 40), .white)
    let picture = TextRenderer(columns: 16, lines: 10).render(drawing)
    #expect(picture.lines.count == 4 && picture.width == 16)
    for line in picture.lines {
      #expect(line[..<8].allSatisfy { $0.background == .white })
      #expect(line[8...].allSatisfy { $0.background == .black })
    }
    // Upper and lower half of a character are dots of their own.
    var half = Drawing(width: 16, height: 16, background: .black)
    half.fill(.rectangle(x: 0, y: 0, width: 16, height: 1), .white)
    let top = TextRenderer(columns: 16, lines: 8).render(half).lines[0][3]
    #expect(top == TextPicture.Cell("▀", foreground: .white, background: .black))
  }

  @Test func shapesBecomeBrailleDots() {
    var drawing = Drawing(width: 32, height: 16, origin: .lowerLeft)
    drawing.fill(.rectangle(x: 0, y: 0, width: 8, height: 8), .black)
    let picture = TextRenderer(columns: 16, lines: 4, isColoured: false).render(drawing)
    #expect(picture.plain == "\n\n⣿⣿⣿⣿\n⣿⣿⣿⣿")
  }

  @Test func labelsAreWords() {
    var drawing = Drawing(width: 320, height: 160)
    drawing.write("goal", x: 160, y: 80, size: 16, .red)
    let picture = TextRenderer(columns: 40, lines: 10, isColoured: false).render(drawing)
    #expect(picture.plain.contains(String(repeating: " ", count: 18) + "goal"))
    let coloured = TextRenderer(columns: 40, lines: 10).render(drawing)
    #expect(coloured.lines[5][18].foreground == .red && coloured.lines[5][18].character == "g")
  }

  @Test func coloursEndWithTheLine() {
    var picture = TextPicture("ab\ncd")
    picture.paint(line: 0, columns: 1..<9, foreground: .black, background: .white)
    picture.paint(line: 7, columns: 0..<1, foreground: .black)
    #expect(picture.coloured == "a\u{1b}[0;38;2;0;0;0;48;2;255;255;255mb\u{1b}[0m\ncd")
    #expect(picture.plain == "ab\ncd")
  }

  /// Every environment that can be drawn has a picture in characters, of its own or of its shapes.
  @Test func everyEnvironmentHasText() throws {
    for entry in EnvironmentRegistry.builtIn.entries {
      let make = try #require(entry.makeSingle)
      var environment = make()
      environment.reset(seed: 4, into: StepBatch(count: 1, for: entry.spec))
      let drawing = try #require(environment.drawing(of: 0), "\(entry.id)")
      for isColoured in [true, false] {
        let picture = TextRenderer(columns: 60, lines: 20, isColoured: isColoured).render(drawing)
        #expect(picture.width <= 60 && picture.lines.count <= 20, "\(entry.id)")
        let text = isColoured ? picture.coloured : picture.plain
        #expect(text.contains { !$0.isWhitespace }, "\(entry.id)")
      }
    }
  }

  @Test func gridsShowTheWalker() {
    var world = GridWorld.frozenLake
    var rng = SeededGenerator(seed: 1)
    _ = world.reset(using: &rng)
    #expect(
      world.drawing().text?.plain
        == "[S] .  .  .\n .  H  .  H\n .  .  .  H\n H  .  .  G")
    var cliff = GridWorld.cliffWalking
    _ = cliff.reset(using: &rng)
    _ = cliff.step(0, using: &rng)
    #expect(cliff.drawing().text?.plain.split(separator: "\n")[2].hasPrefix("[.] .") == true)
    #expect(cliff.drawing().width == 768 && cliff.drawing().height == 256)
  }

  @Test func taxisAndCardsAreTold() throws {
    // Row 3, column 2, passenger at yellow, destination red.
    let taxi = try edited(Taxi(), ["state": ((3 * 5 + 2) * 5 + 2) * 4])
    #expect(
      taxi.drawing().text?.plain == """
        +---------+
        |R: | : :G|
        | : | : : |
        | : : : : |
        | | :T| : |
        |Y| : |B: |
        +---------+
        passenger waits at Y, wants to go to R
        """)
    var table = Blackjack()
    var rng = SeededGenerator(seed: 5)
    _ = table.reset(using: &rng)
    #expect(table.player.cards.reduce(0, +) == table.player.hardSum)
    #expect(table.drawing().text?.plain.contains("[?]") == true)
    _ = table.step(0, using: &rng)
    #expect(table.drawing().text?.plain.contains("?") == false)
    #expect(table.dealer.cards.count == table.dealer.count)
    // More cards than fit into one word.
    var hand = Blackjack.Hand()
    for i in 0..<22 { hand.add(i % 2 + 1) }
    #expect(hand.cards == (0..<22).map { $0 % 2 + 1 })
  }
}
