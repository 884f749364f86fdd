/// Which keys do what when a person plays.
public struct KeyMap: Sendable, Equatable {
  /// What happens while no key is held.
  public enum Idle: Sendable, Equatable {
    /// The environment waits: each press of a key is a step.
    case wait
    /// The environment goes on with this action.
    case act([Float])
    /// The environment goes on with the last action.
    case repeatLast
  }

  /// Keys, any of which stand for an action.
  public struct Binding: Sendable, Equatable {
    /// The keys.
    public var keys: [Key]
    /// The action as the action space encodes it.
    public var action: [Float]
    /// What it does, in a word or two.
    public var summary: String

    /// A binding.
    public init(_ keys: Key..., action: [Float], _ summary: String) {
      self.keys = keys
      self.action = action
      self.summary = summary
    }
  }

  /// The keys.
  public var bindings: [Binding]
  /// What happens while no key is held.
  public var idle: Idle
  /// Whether the actions of several held keys add up, as forces do; else the key pressed last counts.
  public var addsUp: Bool

  /// A map.
  public init(_ bindings: [Binding], idle: Idle = .wait, addsUp: Bool = false) {
    self.bindings = bindings
    self.idle = idle
    self.addsUp = addsUp
  }

  /// A map for an action space of which nothing more is known.
  ///
  /// Of up to ten choices each has a digit and the environment waits for it; up to four real numbers have
  /// two keys each, which are held. `nil` for other spaces.
  public static func standard(for space: SpaceSpec) -> KeyMap? {
    switch space {
    case .discrete(let count, let start) where count <= 10:
      var map = KeyMap(
        (0..<count).map { i in
          Binding(.character(Character("\(i)")), action: [Float(start + i)], "action \(start + i)")
        })
      if count == 2 || count == 3 {
        map.bindings[0].keys.append(.left)
        map.bindings[count - 1].keys.append(.right)
      }
      return map
    case .box(_, let low, let high) where (1...4).contains(low.count):
      let pairs: [(Key, Key)] = [
        (.left, .right), (.down, .up), (.character("a"), .character("d")),
        (.character("s"), .character("w")),
      ]
      var bindings: [Binding] = []
      var rest: [Float] = []
      for i in low.indices {
        let (low, high) = (low[i].isFinite ? low[i] : -1, high[i].isFinite ? high[i] : 1)
        rest.append((low + high) / 2)
        func action(_ value: Float) -> [Float] {
          var action = [Float](repeating: 0, count: space.rowWidth)
          action[i] = value
          return action
        }
        bindings.append(
          Binding(pairs[i].0, action: action(low - rest[i]), "less of \(i)"))
        bindings.append(
          Binding(pairs[i].1, action: action(high - rest[i]), "more of \(i)"))
      }
      return KeyMap(bindings, idle: .act(rest), addsUp: true)
    default: return nil
    }
  }

  /// The action of the keys that are held, in the order in which they were pressed.
  ///
  /// - Returns: `nil` if the environment is to wait.
  public func action(held: [Key], last: [Float]?) -> [Float]? {
    let active = held.compactMap { key in bindings.first { $0.keys.contains(key) } }
    if let newest = active.last {
      guard addsUp, case .act(var sum) = idle else { return newest.action }
      for (i, binding) in bindings.enumerated() where active.contains(bindings[i]) {
        for j in sum.indices { sum[j] += binding.action[j] }
      }
      return sum
    }
    switch idle {
    case .wait: return nil
    case .act(let action): return action
    case .repeatLast: return last ?? bindings.first?.action
    }
  }

  /// The map in words: `left push left, right push right`.
  public var help: String {
    bindings.map { "\($0.keys.map(\.description).joined(separator: "/")): \($0.summary)" }
      .joined(separator: ", ")
  }
}
