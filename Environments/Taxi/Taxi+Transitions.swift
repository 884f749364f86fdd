internal import RLCore

extension TransitionTable {
  /// The transitions of a taxi.
  init(_ c: Taxi.Configuration) {
    let side = (1 - c.rainyProbability) / 2
    let states = 500
    self.init(
      states: states, actions: 6,
      probabilities: c.isRainy ? [c.rainyProbability, side, side] : [1],
      starts: (0..<states).filter { state in
        let passenger = state / 4 % 5
        return passenger != Taxi.aboard && passenger != state % 4
      }
    ) { state, action, outcome in
      let (place, passenger, destination) = (state / 20, state / 4 % 5, state % 4)
      func encoded(_ place: Int, _ passenger: Int) -> Int {
        (place * 5 + passenger) * 4 + destination
      }
      switch action {
      case 4:
        guard passenger != Taxi.aboard && place == cell(ofStand: passenger) else {
          return (state, -10, false)
        }
        return (encoded(place, Taxi.aboard), -1, false)
      case 5:
        let stand = Taxi.stands.indices.first { cell(ofStand: $0) == place }
        guard let stand, passenger == Taxi.aboard else { return (state, -10, false) }
        let isDelivery = stand == destination
        return (encoded(place, stand), isDelivery ? 20 : -1, isDelivery)
      default:
        let wanted = moved(place, action)
        // The drift of the rain: to the left and to the right of where the taxi wants to go, unless
        // something stands in its way.
        let left = [2, 3, 1, 0][action]
        let drifted = [action, left, [3, 2, 0, 1][action]][outcome]
        return (encoded(wanted == place ? place : moved(place, drifted), passenger), -1, false)
      }
    }
  }
}

/// The cell of a stand, row by row.
private func cell(ofStand stand: Int) -> Int {
  Taxi.stands[stand].row * 5 + Taxi.stands[stand].column
}

/// The cell south, north, east or west of a cell; the same one at a wall and at the edge of the town.
private func moved(_ cell: Int, _ direction: Int) -> Int {
  let (row, column) = (cell / 5, cell % 5)
  /// Whether nothing stands between a column and the one east of it.
  func isOpen(_ column: Int) -> Bool {
    (0..<4).contains(column) && Array(Taxi.map[row].utf8)[2 * column + 1] == UInt8(ascii: ":")
  }
  switch direction {
  case 0: return row < 4 ? cell + 5 : cell
  case 1: return row > 0 ? cell - 5 : cell
  case 2: return isOpen(column) ? cell + 1 : cell
  default: return isOpen(column - 1) ? cell - 1 : cell
  }
}
