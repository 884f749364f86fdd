extension JSONValue {
  /// A value as it stands on a command line or in plain YAML: a number, `true`, `null`, `[64, 64]`, or a word.
  ///
  /// Numbers in scientific notation without a fraction are whole: `1e6` is `1000000`. Whole numbers too large for `Int`
  /// stay words, which lose no digit.
  public init(word text: String) {
    let word = String(text.drop(while: \.isBlank).reversed().drop(while: \.isBlank).reversed())
    if word.hasPrefix("["), word.hasSuffix("]") {
      self = .array(Self.items(of: word.dropFirst().dropLast()))
      return
    }
    switch word.lowercased() {
    case "true":
      self = .bool(true)
      return
    case "false":
      self = .bool(false)
      return
    case "null", "~", "":
      self = .null
      return
    default: break
    }
    let digits = word.filter { $0 != "_" }
    if let number = Int(digits)
      ?? (digits.contains(where: { "eE".contains($0) }) ? Int(whole: digits) : nil)
    {
      self = .int(number)
    } else if UInt64(word) == nil, let number = Double(digits), number.isFinite {
      self = .double(number)
    } else {
      self = .string(word)
    }
  }

  /// The values between commas; what is missing between two of them is `null`.
  package static func items(of text: some StringProtocol) -> [JSONValue] {
    if text.allSatisfy(\.isWhitespace) { return [] }
    return text.split(separator: ",", omittingEmptySubsequences: false).map {
      JSONValue(word: String($0))
    }
  }

  /// The value as one types it, without quotes.
  public var word: String {
    switch self {
    case .int(let x): "\(x)"
    case .double(let x): "\(x)"
    case .string(let x): x
    case .bool(let x): "\(x)"
    case .array(let x): "[\(x.map(\.word).joined(separator: ", "))]"
    case .object: text()
    case .null: "null"
    }
  }

  /// The value in YAML: words have quotes where they would be read as something else.
  package var yaml: String { yaml(inList: false) }

  private func yaml(inList: Bool) -> String {
    switch self {
    case .string(let word):
      let isPlain =
        !word.isEmpty && !word.hasPrefix("-") && !word.hasPrefix(",")
        && JSONValue(word: word) == self
        && word.unicodeScalars.allSatisfy {
          $0.value >= 0x20 && $0.value != 0x7F && !"#:{}[]\"'&*!|>%@`?".unicodeScalars.contains($0)
        } && !(inList && word.contains(","))
      // JSON leaves the delete character as it is, which YAML does not allow.
      return isPlain ? word : text().replacing("\u{7F}", with: "\\x7F")
    case .array(let items):
      return "[\(items.map { $0.yaml(inList: true) }.joined(separator: ", "))]"
    default: return word
    }
  }
}

extension Character {
  fileprivate var isBlank: Bool { isWhitespace && !isNewline }
}
