public import RLCore
public import RLSupport

/// What a player sees of a table of ``Blackjack``.
public struct BlackjackObservation: Sendable, Hashable {
  /// The sum of the player's cards, 4 to 31.
  public var playerSum: Int
  /// The dealer's open card, 1 (ace) to 10.
  public var dealerCard: Int
  /// Whether the player has an ace that counts as 11.
  public var hasUsableAce: Bool

  /// A view of a table.
  public init(playerSum: Int, dealerCard: Int, hasUsableAce: Bool) {
    self.playerSum = playerSum
    self.dealerCard = dealerCard
    self.hasUsableAce = hasUsableAce
  }
}

/// The views of a table of ``Blackjack``, written as three integers.
///
/// Gymnasium's `Tuple(Discrete(32), Discrete(11), Discrete(2))`; files and agents know it as
/// `MultiDiscrete([32, 11, 2])`, which has the same numbers.
public struct BlackjackSpace: Space {
  private static let counts = [32, 11, 2]

  /// The only such space.
  public init() {}

  /// The space as plain data.
  public var spec: SpaceSpec { .multiDiscrete(counts: Self.counts) }

  /// Whether sum and card are in their ranges.
  public func contains(_ element: BlackjackObservation) -> Bool {
    (0..<32).contains(element.playerSum) && (0..<11).contains(element.dealerCard)
  }

  /// Each of the three uniform.
  public func sample(using rng: inout SeededGenerator) -> BlackjackObservation {
    let numbers = MultiDiscrete(Self.counts).sample(using: &rng)
    return BlackjackObservation(
      playerSum: numbers[0], dealerCard: numbers[1], hasUsableAce: numbers[2] == 1)
  }

  /// Writes sum, card, and 1 for a usable ace.
  public func encode(
    _ element: BlackjackObservation, into row: inout MutableSpan<Float>
  ) {
    row[0] = Float(element.playerSum)
    row[1] = Float(element.dealerCard)
    row[2] = element.hasUsableAce ? 1 : 0
  }

  /// Reads the three numbers; those outside of the space are a precondition failure.
  public func decode(_ row: Span<Float>) -> BlackjackObservation {
    let numbers = MultiDiscrete(Self.counts).decode(row)
    return BlackjackObservation(
      playerSum: numbers[0], dealerCard: numbers[1], hasUsableAce: numbers[2] == 1)
  }
}
