extension SpaceLayout {
  /// Numbers of a row that the form a network reads has in one piece.
  package struct FlatPiece: Sendable, Equatable {
    /// What becomes of the numbers.
    package enum Kind: Sendable, Equatable {
      /// Real numbers, as they are.
      case real
      /// Flags, as they are.
      case flags
      /// One choice, which becomes one-hot; its first value.
      case choice(start: Int)
    }

    /// What becomes of them.
    package let kind: Kind
    /// The first of them in the row.
    package let number: Int
    /// The first place in the flat form.
    package let place: Int
    /// The places in the flat form.
    package let count: Int
  }

  /// The pieces of the flat form; bytes have none.
  package var flatPieces: [FlatPiece] {
    leaves.flatMap { leaf -> [FlatPiece] in
      let (number, place) = (leaf.numbers.lowerBound, leaf.flat.lowerBound)
      func plain(_ kind: FlatPiece.Kind) -> [FlatPiece] {
        [FlatPiece(kind: kind, number: number, place: place, count: leaf.numbers.count)]
      }
      switch leaf.space {
      case .box: return plain(.real)
      case .multiBinary: return plain(.flags)
      case .discrete(let count, let start):
        return [FlatPiece(kind: .choice(start: start), number: number, place: place, count: count)]
      case .multiDiscrete(let counts):
        var first = place
        return counts.enumerated().map { i, count in
          defer { first += count }
          return FlatPiece(kind: .choice(start: 0), number: number + i, place: first, count: count)
        }
      case .bytes, .tuple, .dict: return []
      }
    }
  }
}

extension [SpaceLayout.FlatPiece] {
  /// Writes the flat forms of rows, but for the bytes in them. A value outside of a discrete space has no one-hot form;
  /// its numbers are NaN.
  ///
  /// - Parameters:
  ///   - rows: Rows of `width` numbers.
  ///   - width: The numbers from one row to the next.
  ///   - count: How many rows.
  ///   - flat: The flat forms.
  ///   - stride: The numbers from one of them to the next.
  package func flatten(
    _ rows: UnsafePointer<Float>, width: Int, count: Int, into flat: UnsafeMutablePointer<Float>,
    stride: Int
  ) {
    withUnsafeBufferPointer { pieces in
      for i in 0..<count {
        for piece in pieces { piece.flatten(rows + i * width, into: flat + i * stride) }
      }
    }
  }
}

extension SpaceLayout.FlatPiece {
  @inline(__always)
  fileprivate func flatten(_ row: UnsafePointer<Float>, into flat: UnsafeMutablePointer<Float>) {
    guard case .choice(let start) = kind else {
      return (flat + place).update(from: row + number, count: count)
    }
    let value = row[number]
    guard value >= Float(start) && value < Float(start + count) else {
      return (flat + place).update(repeating: .nan, count: count)
    }
    (flat + place).update(repeating: 0, count: count)
    flat[place + Int(value) - start] = 1
  }
}
