public import RLCore

/// The returns of a number of episodes, and what they say.
public struct Evaluation: Sendable, Equatable {
  /// The return of each episode.
  public let returns: [Double]
  /// The steps of each episode.
  public let lengths: [Int]
  /// What the environment's information says of each episode, by name, such as `is_success`: the number of the
  /// last step, or the sum over the steps, as the environment declares.
  public let infos: [String: [Double]]

  /// The mean return.
  public var mean: Double { returns.reduce(0, +) / Double(max(1, returns.count)) }
  /// The sample standard deviation of the returns.
  public var deviation: Double {
    guard returns.count > 1 else { return 0 }
    let m = mean
    return (returns.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(returns.count - 1)).squareRoot()
  }
  /// The smallest return.
  public var minimum: Double { returns.min() ?? 0 }
  /// The largest return.
  public var maximum: Double { returns.max() ?? 0 }
  /// The mean number of steps.
  public var meanLength: Double { Double(lengths.reduce(0, +)) / Double(max(1, lengths.count)) }
  /// The mean over the episodes of what the environment's information says, by name: the success rate for
  /// `is_success`.
  public var meanInfos: [String: Double] {
    infos.mapValues { $0.reduce(0, +) / Double(max(1, $0.count)) }
  }
  /// Half the width of the 95% confidence interval of the mean (normal approximation).
  public var halfInterval: Double {
    1.96 * deviation / Double(max(1, returns.count)).squareRoot()
  }

  /// Plays episodes with a policy, each in an environment of its own.
  ///
  /// Every environment plays one episode to its end, so short episodes are not favoured. Nothing else is
  /// touched: a training run goes on as if nothing had happened.
  ///
  /// - Parameters:
  ///   - policy: The policy.
  ///   - makeVector: Makes a vector of so many environments.
  ///   - episodes: How many episodes.
  ///   - seed: Episode i starts with the seed `seed + i`.
  ///   - isDeterministic: Whether the most likely action is taken, instead of a random one.
  ///   - stepLimit: Steps after which an episode of an environment without a time limit is cut.
  public init(
    of policy: any Policy, in makeVector: @escaping (Int) -> any VectorEnvironment,
    episodes: Int, seed: UInt64, isDeterministic: Bool = true, stepLimit: Int = 100_000
  ) {
    var returns = Array(repeating: 0.0, count: episodes)
    var lengths = Array(repeating: 0, count: episodes)
    var infos: [String: [Double]] = [:]
    let player = PolicyPlayer(
      policy, seed: isDeterministic ? nil : seed, stream: 0x4556_414c)
    let loop = EpisodeLoop(
      player, in: makeVector, episodes: episodes, seed: seed, environments: 128,
      startsTogether: true, stepLimit: stepLimit)
    loop.play { event in
      if case .ended(let row) = event {
        let episode = loop.rows[row]
        returns[episode.number] = episode.episodicReturn
        lengths[episode.number] = episode.length
        for (name, value) in loop.infos(of: row) {
          infos[name, default: Array(repeating: 0, count: episodes)][episode.number] = value
        }
      }
      return .proceed
    }
    self.returns = returns
    self.lengths = lengths
    self.infos = infos
  }
}
