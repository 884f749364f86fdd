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
    if let odd = inspector.takeRemark() {
      let odd = placed(odd)
      let isEarliest = remark.map { odd.episode(from: seed) < $0.episode(from: seed) } ?? true
      if isEarliest { remark = odd }
    }
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
    findOpen()
    hasEnds = true
  }

  /// Looks for no other remark once the episodes before that of the present one are over.
  func settleRemark() {
    guard inspector.keepsLooking, let number = remark?.episode(from: seed) else { return }
    if !rows.contains(where: { !$0.isOver && $0.number < number }) { inspector.ignoreRemarks() }
  }

  /// Ends all episodes of a vector whose environments cannot go on, as they can only be stepped together.
  ///
  /// - Parameter step: 1 instead of a step; else 0.
  private func abandon(_ vector: Int, because fault: EnvironmentFault, step: Int) {
    let open = ranges[vector].filter { !rows[$0].isOver }
    guard let earliest = open.min(by: { rows[$0].number < rows[$1].number }) else { return }
    note(fault.at(index: earliest - ranges[vector].lowerBound), in: vector, step: step)
  }

  /// Sees to it that rows without an episode, whose environments are stepped along with the others of their vector, show
  /// what a player can act on: the start of another episode, or, where that is odd too, what another row shows. Where
  /// nothing is allowed, the others go on without them.
  func makeUsable(_ unusable: [Int], in vector: Int) {
    let slice = slices[vector]
    guard isOpen[vector], let model = (0..<slice.count).first(where: { !unusable.contains($0) })
    else { return }
    for row in unusable {
      vectors[vector].reset(index: row, into: slice)
      // An observation can be replaced, a choice cannot.
      for _ in 1..<Self.mostStarts where slice.starvedComponent(of: row) != nil {
        vectors[vector].reset(index: row, into: slice)
      }
      guard inspector.isUnusable(row, of: slice) else { continue }
      if let component = slice.starvedComponent(of: row) {
        if takeApart(vector) { return }
        let fault = EnvironmentFault(
          environment: spec.id, index: row, problem: spec.actionSpace.starved(component))
        return abandon(vector, because: fault, step: 0)
      }
      let width = slice.observationWidth
      for j in 0..<width {
        slice.observations[row * width + j] = slice.observations[model * width + j]
      }
    }
  }

  /// Gives each environment of a vector a vector of its own, so that those without an episode are not stepped.
  ///
  /// - Returns: Whether the vector can be taken apart.
  private func takeApart(_ vector: Int) -> Bool {
    let range = ranges[vector]
    let parts = vectors[vector].split(into: range.count)
    guard range.count > 1, parts.count == range.count else { return false }
    vectors.replaceSubrange(vector...vector, with: parts)
    ranges.replaceSubrange(vector...vector, with: range.map { $0..<$0 + 1 })
    slices.replaceSubrange(vector...vector, with: range.map { batch.slice($0..<$0 + 1) })
    isOpen = Array(repeating: false, count: vectors.count)
    findOpen()
    return true
  }

  /// How often an environment without an episode is reset in search of a start that allows an action.
  private static let mostStarts = 16

  /// Steps the environments of a vector. An impossible action is the fault of its episode, whose environment takes
  /// another one, and keeps no other from going on.
  ///
  /// - Returns: Whether a step was taken.
  func stepVector(_ i: Int) -> Bool {
    let (range, width, slice) = (ranges[i], spec.actionSpace.rowWidth, slices[i])
    let numbers = range.lowerBound * width..<range.upperBound * width
    if !arePossible(numbers) {
      replaceImpossible(in: i)
      guard isOpen[i] else { return false }
    }
    actions.withUnsafeBufferPointer { actions in
      let actions = actions.extracting(numbers)
      slice.knownActions = actionCheck.known(actions)
      vectors[i].step(actions.span, into: slice)
      slice.knownActions = nil
    }
    guard slice.hasFault, let refused = slice.fault else { return true }
    // What a wrapper made of a possible action. Other environments of the vector may have taken the step.
    abandon(i, because: refused, step: 1)
    return false
  }

  private func arePossible(_ numbers: Range<Int>) -> Bool {
    let actions = actions
    return actionCheck.arePossible(actions.span.extracting(numbers))
  }

  /// Gives rows of a vector with an impossible action one at random.
  private func replaceImpossible(in i: Int) {
    let (width, space) = (spec.actionSpace.rowWidth, RowSpace(spec.actionSpace))
    for row in ranges[i] {
      let numbers = row * width..<(row + 1) * width
      if arePossible(numbers) { continue }
      let action = Array(actions[numbers])
      if !rows[row].isOver, let refused = actionCheck.fault(of: action.span) {
        note(refused.at(index: row - ranges[i].lowerBound), in: i, step: 1)
      }
      let substitute = space.sample(mask: actionMask(shownIn: row), using: &substitutes)
      actions.replaceSubrange(numbers, with: substitute)
    }
  }

  /// Which choices what a row shows now allows: after an end, those of the next episode.
  private func actionMask(shownIn row: Int) -> [Bool] {
    Array(batch.actionMasks[row * batch.maskWidth..<(row + 1) * batch.maskWidth])
  }
}

extension EnvironmentFault {
  /// The number of its episode, of those whose seeds count up from one.
  func episode(from seed: UInt64) -> Int { Int(truncatingIfNeeded: (self.seed ?? seed) &- seed) }
}
