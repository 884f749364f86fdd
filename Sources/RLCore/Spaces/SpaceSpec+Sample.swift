public import RLSupport

extension SpaceSpec {
  /// Draws a value, part after part from the one generator, each as Gymnasium's space of its kind draws it.
  ///
  /// - Parameters:
  ///   - mask: One flag a value of each choice, in the order of `choices`, which leaves out what is not allowed; without
  ///     flags every choice is. A choice without an allowed value gets its first one.
  ///   - rng: What is drawn from.
  public func sample(mask: [Bool] = [], using rng: inout SeededGenerator) -> SpaceRow {
    precondition(
      mask.isEmpty || mask.count == choiceWidth,
      "\(self): a mask of \(mask.count) flags is none of \(choiceWidth)")
    var row = SpaceRow([])
    var flag = 0
    draw(into: &row, mask, &flag, &rng)
    return row
  }

  private func draw(
    into row: inout SpaceRow, _ mask: [Bool], _ flag: inout Int, _ rng: inout SeededGenerator
  ) {
    func allowed(_ count: Int) -> [Bool]? {
      if mask.isEmpty { return nil }
      defer { flag += count }
      return mask.count == count ? mask : Array(mask[flag..<flag + count])
    }
    switch self {
    case .box(_, let low, let high):
      let first = row.numbers.count
      row.numbers += repeatElement(0, count: low.count)
      boxSample(low: low, high: high, using: &rng) { row.numbers[first + $0] = $1 }
    case .discrete(let count, let start):
      let space = Discrete(count, start: start)
      let value = allowed(count).map { space.sample(mask: $0, using: &rng) }
      row.numbers.append(Float(value ?? space.sample(using: &rng)))
    case .multiDiscrete(let counts):
      if mask.isEmpty {
        for value in MultiDiscrete(counts).sample(using: &rng) { row.numbers.append(Float(value)) }
      } else {
        for count in counts {
          let value = allowed(count).map { Discrete(count).sample(mask: $0, using: &rng) }
          row.numbers.append(Float(value ?? 0))
        }
      }
    case .multiBinary(let count):
      for flag in MultiBinary(count).sample(using: &rng) { row.numbers.append(flag ? 1 : 0) }
    case .bytes(let shape, let low, let high):
      for _ in 0..<shape.reduce(1, *) {
        // Gymnasium draws from the bounds, the upper one plus one, and takes the floor.
        let number = rng.uniform(Double(low), Double(high) + 1).rounded(.down)
        row.bytes.append(UInt8(min(Double(high), max(Double(low), number))))
      }
    case .tuple, .dict: for part in parts { part.draw(into: &row, mask, &flag, &rng) }
    }
  }
}
