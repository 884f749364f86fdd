public import RLCore
public import RLSupport

/// Gymnasium's Blackjack: draw cards up to 21, and come closer to it than the dealer.
///
/// The same numbers as `Blackjack-v1`, given the same seed and actions.
public struct Blackjack: Environment, Codable {
  /// What a natural, an ace and a ten in the first two cards, is worth.
  public enum Rules: String, Sendable, Codable, CaseIterable {
    /// It beats everything but another natural: Gymnasium's `sab=True`, the default of `make`, as in
    /// Sutton and Barto 2018, example 5.1.
    case book
    /// Winning with it pays 1.5: Gymnasium's `natural=True, sab=False`.
    case casino
    /// No more than any other 21: Gymnasium's `natural=False, sab=False`.
    case plain
  }

  /// The cards of one side.
  public struct Hand: Sendable, Equatable, Codable {
    /// The number of cards.
    public private(set) var count = 0
    /// The card taken first, 1 (ace) to 10; 0 if there is none.
    public private(set) var firstCard = 0
    /// The sum, aces counting as 1.
    public private(set) var hardSum = 0
    /// Whether there is an ace.
    public private(set) var hasAce = false
    /// The cards, four bits each, the first 16 and the rest: a hand of at most 22 needs no array.
    private var firstCards: UInt64 = 0
    private var moreCards: UInt64 = 0

    /// No cards.
    public init() {}

    /// Reads a hand.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      count = try container.decode(Int.self, forKey: .count)
      firstCard = try container.decode(Int.self, forKey: .firstCard)
      hardSum = try container.decode(Int.self, forKey: .hardSum)
      hasAce = try container.decode(Bool.self, forKey: .hasAce)
      firstCards = try container.decode(UInt64.self, forKey: .firstCards)
      moreCards = try container.decode(UInt64.self, forKey: .moreCards)
      let cards = (0...31).contains(count) ? self.cards : []
      // Who is bust takes no further card.
      let isHand =
        cards.count == count && cards.allSatisfy((1...10).contains)
        && firstCard == cards.first ?? 0 && hardSum == cards.reduce(0, +)
        && hasAce == cards.contains(1) && hardSum - (cards.last ?? 0) <= 21
      guard isHand else {
        throw DecodingError.dataCorruptedError(
          forKey: .hardSum, in: container, debugDescription: "these are no cards")
      }
    }

    /// Whether an ace can count as 11 without going bust.
    public var hasUsableAce: Bool { hasAce && hardSum + 10 <= 21 }
    /// The sum, one ace counting as 11 where it can.
    public var sum: Int { hasUsableAce ? hardSum + 10 : hardSum }
    /// Whether the sum is above 21.
    public var isBust: Bool { sum > 21 }
    /// Whether these are an ace and a ten.
    public var isNatural: Bool { count == 2 && hasAce && hardSum == 11 }
    /// What counts in the comparison: nothing if bust.
    public var score: Int { isBust ? 0 : sum }

    /// The cards in the order in which they were taken, 1 (ace) to 10.
    public var cards: [Int] {
      (0..<min(count, 32)).map { i in
        Int(((i < 16 ? firstCards : moreCards) >> UInt64(i % 16 * 4)) & 15)
      }
    }

    /// Takes a card of value 1 (ace) to 10.
    public mutating func add(_ card: Int) {
      if count == 0 { firstCard = card }
      let bits = UInt64(truncatingIfNeeded: card) << UInt64(truncatingIfNeeded: count % 16 * 4)
      if count < 16 { firstCards |= bits } else { moreCards |= bits }
      count += 1
      hardSum += card
      hasAce = hasAce || card == 1
    }
  }

  /// What a natural is worth.
  public var rules = Rules.book
  /// The player's cards.
  public private(set) var player = Hand()
  /// The dealer's cards; the player only sees `dealerCard`.
  public private(set) var dealer = Hand()
  /// Whether the player has stuck, so that the dealer has shown all cards.
  public private(set) var hasStuck = false

  /// An empty table.
  public init() {}

  /// The dealer's open card, 1 (ace) to 10; 0 before the cards are dealt.
  public var dealerCard: Int { dealer.firstCard }

  /// What the player sees of the table.
  public var observationSpace: Record<BlackjackObservation> { BlackjackObservation.space }
  /// Stick (0) or hit (1).
  public var actionSpace: Discrete { Discrete(2) }

  /// Deals two cards to the dealer and two to the player.
  public mutating func reset(using rng: inout SeededGenerator) -> BlackjackObservation {
    (dealer, player) = (Hand(), Hand())
    hasStuck = false
    dealer.add(Self.card(using: &rng))
    dealer.add(Self.card(using: &rng))
    player.add(Self.card(using: &rng))
    player.add(Self.card(using: &rng))
    // Gymnasium draws the suit of the open card for its picture, and whether a ten is a court card.
    _ = rng.integer(below: 4)
    if dealerCard == 10 { _ = rng.integer(below: 3) }
    return observation
  }

  /// Draws a card, or lets the dealer draw and compares.
  public mutating func step(_ action: Int, using rng: inout SeededGenerator) -> Step<
    BlackjackObservation, NoInfo
  > {
    if action == 1 && !player.isBust {
      player.add(Self.card(using: &rng))
      return player.isBust ? .terminal(observation, reward: -1) : .next(observation, reward: 0)
    }
    hasStuck = true
    while dealer.sum < 17 { dealer.add(Self.card(using: &rng)) }
    return .terminal(observation, reward: payoff)
  }

  /// What the player wins once both hands are complete.
  var payoff: Double {
    let (mine, theirs) = (player.score, dealer.score)
    let result = mine > theirs ? 1.0 : mine < theirs ? -1 : 0
    switch rules {
    case .book: return player.isNatural && !dealer.isNatural ? 1 : result
    case .casino: return player.isNatural && result == 1 ? 1.5 : result
    case .plain: return result
    }
  }

  private var observation: BlackjackObservation {
    BlackjackObservation(
      playerSum: player.sum, dealerCard: dealerCard, hasUsableAce: player.hasUsableAce)
  }

  /// A card of an endless deck: ace to ten, and three court cards that count as ten.
  private static func card(using rng: inout SeededGenerator) -> Int {
    min(rng.integer(below: 13) + 1, 10)
  }
}

extension Blackjack: Playable {
  /// Hit or stick.
  public var keyMap: KeyMap {
    KeyMap([
      .init(.character("h"), .up, action: [1], "hit"),
      .init(.character("s"), .down, action: [0], "stick"),
    ])
  }
}

extension Blackjack {
  /// Gymnasium's arguments.
  static let arguments = SettingsTable<Blackjack> {
    Setting(
      \.sab, "sab", "the rules of Sutton and Barto: a natural beats all but another natural")
    Setting(
      \.natural, "natural", "whether winning with a natural pays 1.5",
      onlyWith: .value(of: \.sab, "false") { !$0 })
  }

  private var sab: Bool {
    get { rules == .book }
    set { rules = newValue ? .book : natural ? .casino : .plain }
  }

  private var natural: Bool {
    get { rules == .casino }
    set { if rules != .book { rules = newValue ? .casino : .plain } }
  }

  static let sheet = """
    A player draws cards from an endless deck to come closer to 21 than the dealer, but not above
    (Sutton and Barto 2018, example 5.1). Court cards count 10; an ace counts 11 where it can, else 1.

    Action: Discrete(2): 0 sticks, 1 hits.

    Observation: Tuple(Discrete(32), Discrete(11), Discrete(2))
      0  sum of the player's cards       4 ... 31
      1  the dealer's open card          1 (ace) ... 10
      2  whether an ace counts 11        0, 1

    Reward: at the end 1 for a win, -1 for a loss, 0 for a draw. A natural, an ace and a ten dealt
    first, wins against everything but another natural; other rules are `Blackjack.Rules`.

    Start: two cards for each side.

    End: terminated when the player sticks, and the dealer has drawn up to 17 or more, or when the
    player passes 21. There is no time limit and no reward threshold.

    Versions: v1.
    """
}
