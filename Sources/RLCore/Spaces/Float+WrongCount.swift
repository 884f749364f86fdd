extension Float {
  /// Stands in every place of a row for a value of `count` numbers that are not as many as its space has.
  ///
  /// It is not a number, whose payload has the count, so that whoever finds it can tell.
  @usableFromInline static func ofWrongCount(_ count: Int) -> Float {
    Float(bitPattern: 0x7fd0_0000 | UInt32(clamping: min(count, 0xf_ffff)))
  }

  /// How many numbers there were instead of those of the space; `nil` for every other number.
  var wrongCount: Int? {
    bitPattern & 0xfff0_0000 == 0x7fd0_0000 ? Int(bitPattern & 0xf_ffff) : nil
  }
}

extension MutableSpan<Float> {
  /// Whether a value has as many numbers as the row; else the whole row says how many it has.
  @usableFromInline mutating func takes(_ found: Int) -> Bool {
    if found == count { return true }
    update(repeating: .ofWrongCount(found))
    return false
  }
}
