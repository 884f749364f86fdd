public import RLSupport

/// A piece of a block of weights.
struct WeightTile {
  /// Its places in the block.
  let range: Range<Int>
  /// How much there is to add up for its gradients, in any unit.
  let cost: Int
}

/// What one of several threads has of a block of weights.
struct WeightShare {
  let tiles: Range<Int>
  /// The places in the block.
  let range: Range<Int>
}

extension Parameters {
  /// The block cut into pieces of about the same cost: the same ones for any number of threads, so that sums over pieces
  /// are, too. Matrices are cut between rows, in groups that fit the kernels. The sum of a number that is used once takes as
  /// long to load and store as to add up.
  static func tiles(_ parameters: [Parameter], size: Int) -> [WeightTile] {
    let cuts = parameters.flatMap { parameter -> [(place: Int, cost: Int)] in
      let shape = parameter.shape
      // Vectors and matrices of few columns take little time.
      guard shape.rank == 2, shape.columns > Kernels.fewColumns else {
        return [(parameter.offset, 128)]
      }
      return stride(from: 0, to: shape.rows, by: 12).map {
        (
          parameter.offset + $0 * shape.stride,
          min(12, shape.rows - $0) * shape.stride * (parameter.uses + 1) / 2
        )
      }
    }
    let least = max(256, cuts.reduce(0) { $0 + $1.cost } / 64)
    var tiles: [WeightTile] = []
    var (start, cost) = (0, 0)
    for cut in cuts {
      if cost >= least {
        tiles.append(WeightTile(range: start..<cut.place, cost: cost))
        (start, cost) = (cut.place, 0)
      }
      cost += cut.cost
    }
    return tiles + [WeightTile(range: start..<size, cost: cost)]
  }

  /// The shares of threads, of about the same cost.
  func shares(_ members: Int) -> [WeightShare] {
    if members == sharesInUse.count { return sharesInUse }
    let total = tiles.reduce(0) { $0 + $1.cost }
    sharesInUse = []
    var (next, done, place) = (0, 0, 0)
    for member in 1...members {
      let (first, start) = (next, place)
      // A tile belongs to the member in whose share its middle lies.
      while next < tiles.count,
        member == members || (2 * done + tiles[next].cost) * members <= 2 * total * member
      {
        done += tiles[next].cost
        place = tiles[next].range.upperBound
        next += 1
      }
      sharesInUse.append(WeightShare(tiles: first..<next, range: start..<place))
    }
    return sharesInUse
  }

  /// Moves all weights a share `tau` of the way to those of a block of the same layout, of which each thread of a team
  /// has its share (Polyak averaging; Lillicrap et al. 2016, algorithm 1).
  public func average(towards other: Parameters, tau: Float, on team: ThreadTeam) {
    let shares = shares(team.active)
    team.run { average(towards: other, tau: tau, shares[$0].range) }
  }
}
