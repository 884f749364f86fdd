public import RLCore

extension Blackjack: Drawable {
  /// One step a second: cards are read, not watched.
  public static var framesPerSecond: Int { 1 }

  /// The table, 600 x 500: the dealer's cards above, all but the first face down until the player sticks,
  /// the player's below.
  public func drawing() -> Drawing {
    var drawing = Drawing(width: 600, height: 500, background: Drawing.Color(24, 110, 72))
    drawing.fill(
      .rectangle(x: 40, y: 248, width: 520, height: 4), Drawing.Color(46, 132, 92))
    let pale = Drawing.Color(214, 234, 222)
    drawing.write("DEALER", x: 40, y: 36, size: 16, pale, alignment: .left)
    drawing.write(dealerWords, x: 560, y: 36, size: 16, pale, alignment: .right)
    drawing.write("PLAYER", x: 40, y: 286, size: 16, pale, alignment: .left)
    drawing.write(playerWords, x: 560, y: 286, size: 16, pale, alignment: .right)
    draw(dealer, openCards: hasStuck ? dealer.count : 1, y: 62, &drawing)
    draw(player, openCards: player.count, y: 312, &drawing)
    drawing.text = textPicture
    return drawing
  }

  /// Cards side by side, closer where there are many.
  private func draw(_ hand: Hand, openCards: Int, y: Double, _ drawing: inout Drawing) {
    let step = min(112, 420 / Double(max(1, hand.count - 1)))
    for (i, card) in hand.cards.enumerated() {
      let x = 40 + Double(i) * step
      drawing.fill(
        .rectangle(x: x - 2, y: y - 2, width: 104, height: 154), Drawing.Color(10, 66, 42))
      let isOpen = i < openCards
      drawing.fill(
        .rectangle(x: x, y: y, width: 100, height: 150),
        isOpen ? Drawing.Color(252, 250, 244) : Drawing.Color(48, 80, 150))
      guard isOpen else {
        for line in 0..<6 {
          for column in 0..<4 {
            let (x, y) = (x + 20 + Double(column) * 20, y + 25 + Double(line) * 20)
            drawing.fill(
              .polygon([
                Drawing.Point(x, y - 7), Drawing.Point(x + 7, y), Drawing.Point(x, y + 7),
                Drawing.Point(x - 7, y),
              ]), Drawing.Color(96, 128, 200))
          }
        }
        continue
      }
      let color = card == 1 ? Drawing.Color(190, 40, 40) : Drawing.Color(30, 34, 42)
      drawing.write(Self.name(card), x: x + 6, y: y + 16, size: 16, color, alignment: .left)
      drawing.write(Self.name(card), x: x + 50, y: y + 78, size: card == 10 ? 40 : 56, color)
      drawing.write(Self.name(card), x: x + 94, y: y + 134, size: 16, color, alignment: .right)
    }
  }

  private static func name(_ card: Int) -> String { card == 1 ? "A" : "\(card)" }

  private var dealerWords: String {
    hasStuck ? dealer.isBust ? "\(dealer.sum), bust" : "\(dealer.sum)" : ""
  }

  private var playerWords: String {
    guard player.count > 0 else { return "" }
    if player.isBust { return "\(player.sum), bust" }
    let sum = player.hasUsableAce ? "\(player.sum), usable ace" : "\(player.sum)"
    guard hasStuck else { return sum }
    return sum + (payoff > 0 ? ", wins" : payoff < 0 ? ", loses" : ", draw")
  }

  private var textPicture: TextPicture {
    let shown = dealer.cards.enumerated().map { i, card in
      hasStuck || i == 0 ? Self.name(card) : "?"
    }
    let mine = player.cards.map { Self.name($0) }
    func line(_ name: String, _ cards: [String], _ words: String) -> String {
      name + cards.map { "[\($0)]" }.joined(separator: " ") + (words.isEmpty ? "" : "  = \(words)")
    }
    return TextPicture(
      line("dealer  ", shown, dealerWords) + "\n" + line("player  ", mine, playerWords))
  }
}
