extension SpaceSpec {
  /// Expands a value to the `flatWidth` numbers that networks read, as Gymnasium's `flatten`: discrete values one-hot,
  /// the rest as they are, part after part. A value outside of a discrete space has no one-hot form; its numbers are
  /// NaN.
  public func flatten(_ row: SpaceRow) -> [Float] {
    precondition(
      row.numbers.count == rowWidth && row.bytes.count == byteWidth,
      "\(row.numbers.count) numbers and \(row.bytes.count) bytes are no row of \(self)")
    let layout = layout
    var flat = [Float](repeating: 0, count: flatWidth)
    layout.flatPieces.flatten(
      row.numbers, width: row.numbers.count, count: 1, into: &flat, stride: flat.count)
    for leaf in layout.leaves {
      for (byte, place) in zip(row.bytes[leaf.bytes], leaf.flat) { flat[place] = Float(byte) }
    }
    return flat
  }

  /// Expands a row of `rowWidth` numbers, which are all of a value, as `flatten` does with a `SpaceRow`.
  public func flatten(_ row: [Float]) -> [Float] { flatten(SpaceRow(row)) }

  /// Expands rows of numbers, which are all of their values, to the form that networks read.
  ///
  /// - Parameter rows: `[count, rowWidth]`.
  /// - Returns: `[count, flatWidth]`.
  public func flattened(_ rows: [Float]) -> [Float] {
    let (width, flatWidth) = (rowWidth, flatWidth)
    let count = rows.count / max(1, width)
    precondition(
      count * width == rows.count && byteWidth == 0, "\(rows.count) numbers are no rows of \(self)")
    let pieces = layout.flatPieces
    return [Float](unsafeUninitializedCapacity: count * flatWidth) { flat, filled in
      rows.withUnsafeBufferPointer { rows in
        guard let from = rows.baseAddress, let to = flat.baseAddress else { return }
        pieces.flatten(from, width: width, count: count, into: to, stride: flatWidth)
      }
      filled = count * flatWidth
    }
  }

  /// The value whose form for networks some numbers are, as Gymnasium's `unflatten`: of a choice the first value whose
  /// place is not zero.
  ///
  /// - Parameter flat: `flatWidth` numbers.
  /// - Returns: `nil` where a choice has zeros only, or a byte is none.
  public func unflattened(_ flat: [Float]) -> SpaceRow? {
    precondition(
      flat.count == flatWidth, "\(self): \(flat.count) numbers are no flat form of \(flatWidth)")
    var row = SpaceRow([])
    for leaf in layout.leaves {
      let numbers = flat[leaf.flat]
      switch leaf.space {
      case .box, .multiBinary: row.numbers += numbers
      case .bytes:
        for number in numbers {
          guard let byte = UInt8(exactly: number) else { return nil }
          row.bytes.append(byte)
        }
      case .discrete, .multiDiscrete, .tuple, .dict:
        let start = if case .discrete(_, let start) = leaf.space { start } else { 0 }
        var first = numbers.startIndex
        for count in leaf.space.choices {
          guard let chosen = numbers[first..<first + count].firstIndex(where: { $0 != 0 }) else {
            return nil
          }
          row.numbers.append(Float(start + chosen - first))
          first += count
        }
      }
    }
    return row
  }
}
