public import RLCore

/// What a player sees of a table of ``Blackjack``.
public struct BlackjackObservation: Sendable, Hashable {
  /// The sum of the player's cards, 4 to 31.
  public var playerSum: Int
  /// The dealer's open card, 1 (ace) to 10.
  public var dealerCard: Int
  /// How many aces count as 11, 0 or 1.
  private var usableAces: Int

  /// A view of a table.
  public init(playerSum: Int, dealerCard: Int, hasUsableAce: Bool) {
    self.playerSum = playerSum
    self.dealerCard = dealerCard
    usableAces = hasUsableAce ? 1 : 0
  }

  /// Whether the player has an ace that counts as 11.
  public var hasUsableAce: Bool {
    get { usableAces == 1 }
    set { usableAces = newValue ? 1 : 0 }
  }

  /// Gymnasium's `Tuple(Discrete(32), Discrete(11), Discrete(2))`.
  public static let space = Record(
    BlackjackObservation(playerSum: 0, dealerCard: 0, hasUsableAce: false),
    [
      .part(\.playerSum, Discrete(32)), .part(\.dealerCard, Discrete(11)),
      .part(\.usableAces, Discrete(2)),
    ])
}
