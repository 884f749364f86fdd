internal import RLCore
internal import RLSupport

/// What keeps an episode from going on, and what keeps it from the others.
extension EpisodeLoop {
  /// Keeps a fault, and what is odd. A fault ends its episode and all later ones.
  func note(_ found: EnvironmentFault?, in vector: Int, step: Int) {
    let first = ranges[vector].lowerBound
    func placed(_ fault: EnvironmentFault) -> EnvironmentFault {
      let row = rows[first + fault.index]
      return fault.at(index: first + fault.index, step: row.length + step, seed: row.seed)
    }
    if let odd = inspector.takeRemark(), remark == nil { remark = placed(odd) }
    guard let found else { return }
    // Rows with later episodes are over already.
    fault = placed(found)
    leave(from: rows[first + found.index].number)
  }

  /// Leaves the episodes from a number on as they are.
  func leave(from number: Int) {
    let left = rows.indices.filter { !rows[$0].isOver && rows[$0].number >= number }
    if left.isEmpty { return }
    for row in left { (rows[row].isOver, rows[row].isLive) = (true, false) }
    for (i, range) in ranges.enumerated() {
      isOpen[i] = rows[range].contains { !$0.isOver }
    }
    hasEnds = true
  }

  /// Sees to it that rows without an episode, whose environments are stepped along with the others of their vector, show
  /// what a player can act on.
  func makeUsable(_ unusable: [Int], in vector: Int) {
    let slice = slices[vector]
    guard isOpen[vector], let model = (0..<slice.count).first(where: { !unusable.contains($0) })
    else { return }
    for row in unusable {
      vectors[vector].reset(index: row, into: slice)
      guard inspector.isUnusable(row, of: slice) else { continue }
      let (width, maskWidth) = (slice.observationWidth, slice.maskWidth)
      for j in 0..<width {
        slice.observations[row * width + j] = slice.observations[model * width + j]
      }
      for j in 0..<maskWidth {
        slice.actionMasks[row * maskWidth + j] = slice.actionMasks[model * maskWidth + j]
      }
    }
  }

  /// Steps the environments of a vector. An impossible action, with which none of them takes a step, is the fault of its
  /// episode and keeps no other from going on.
  func stepVector(_ i: Int) {
    let (range, width, slice) = (ranges[i], spec.actionSpace.rowWidth, slices[i])
    func step() {
      let actions = actions
      let numbers = range.lowerBound * width..<range.upperBound * width
      vectors[i].step(actions.span.extracting(numbers), into: slice)
    }
    step()
    for _ in range {
      guard slice.hasFault, let refused = slice.fault, isOpen[i] else { return }
      let row = range.lowerBound + refused.index
      if rows[row].isLive { note(refused, in: i, step: 1) }
      let (masks, maskWidth) = (slice.actionMasks, slice.maskWidth)
      let mask = Array(masks[refused.index * maskWidth..<(refused.index + 1) * maskWidth])
      let substitute = RowSpace(spec.actionSpace).sample(mask: mask, using: &substitutes)
      for (k, number) in substitute.enumerated() { actions[row * width + k] = number }
      step()
    }
    // A wrapper makes something impossible of every action.
    if slice.hasFault, let refused = slice.fault, isOpen[i] {
      let first = range.first { !rows[$0].isOver }
      note(refused.at(index: first.map { $0 - range.lowerBound }), in: i, step: 1)
      leave(from: rows[range].lazy.filter { !$0.isOver }.map(\.number).min() ?? .max)
    }
  }
}
