package import RLCore
package import RLSupport

/// The random streams that environments drew from.
package final class WitnessedStreams: Sendable {
  private let found = Locked<Set<[UInt64]>>([])

  package init() {}

  /// Each stream by the increment of PCG64, which is the same at any place in it.
  package var all: Set<[UInt64]> { found.withLock { $0 } }

  package func note(_ generator: SeededGenerator) {
    _ = found.withLock { $0.insert(Self.name(generator)) }
  }

  /// What stands for the stream of a generator.
  package static func name(_ generator: SeededGenerator) -> [UInt64] {
    Array(generator.words[2...3])
  }
}

/// Notes the stream that starts its episodes, of three steps.
package struct Witness<Actions: Space & Sendable>: Environment {
  package let actionSpace: Actions
  private let streams: WitnessedStreams
  private var age = 0

  package init(_ actionSpace: Actions, in streams: WitnessedStreams) {
    (self.actionSpace, self.streams) = (actionSpace, streams)
  }

  package var observationSpace: Box<1> { Box(0...1) }

  package mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    streams.note(rng)
    age = 0
    return [Float(rng.uniform())]
  }

  package mutating func step(_ action: Actions.Element, using rng: inout SeededGenerator) -> Step<
    InlineArray<1, Float>, NoInfo
  > {
    age += 1
    let observation: InlineArray<1, Float> = [Float(rng.uniform())]
    return age == 3 ? .terminal(observation, reward: 1) : .next(observation, reward: 1)
  }
}
