extension FixedWidthInteger {
  /// Reads a whole number as people write it: `1000000`, `1_000_000`, `1e6` or `2.5e3`.
  ///
  /// - Parameter text: The number, of which no digit is lost.
  /// - Returns: `nil` for a number with a fraction, one that does not fit, and anything else.
  public init?(whole text: some StringProtocol) {
    let word = String(text.filter { $0 != "_" })
    if let number = Self(word) {
      self = number
      return
    }
    let parts = word.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    guard let exponent = parts.count == 1 ? 0 : parts.count == 2 ? Int(parts[1]) : nil,
      (-1_000...1_000).contains(exponent)
    else { return nil }
    let isNegative = parts[0].hasPrefix("-")
    let unsigned = isNegative || parts[0].hasPrefix("+") ? parts[0].dropFirst() : parts[0]
    let sides = unsigned.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(sides.count) else { return nil }
    var digits = Array(sides.joined().utf8)
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    var zeros = exponent - (sides.count == 2 ? sides[1].count : 0)
    while zeros < 0 {
      // What stands behind the point must be zeros.
      guard (digits.popLast() ?? 0x30) == 0x30 else { return nil }
      zeros += 1
    }
    let all = digits.drop { $0 == 0x30 } + Array(repeating: 0x30, count: zeros)
    let whole = digits.allSatisfy { $0 == 0x30 } ? "0" : String(decoding: all, as: UTF8.self)
    self.init((isNegative ? "-" : "") + whole)
  }
}
