extension Drawing {
  /// A colour: sRGB, one byte each.
  public struct Color: Sendable, Hashable {
    /// 0 to 255.
    public var red: UInt8
    /// 0 to 255.
    public var green: UInt8
    /// 0 to 255.
    public var blue: UInt8
    /// 0, invisible, to 255, opaque.
    public var alpha: UInt8

    /// A colour.
    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8, alpha: UInt8 = 255) {
      self.red = red
      self.green = green
      self.blue = blue
      self.alpha = alpha
    }

    /// A shade between black (0) and white (255).
    public static func gray(_ level: UInt8) -> Color { Color(level, level, level) }

    /// The same colour, so opaque: 0 to 255.
    public func opacity(_ alpha: UInt8) -> Color { Color(red, green, blue, alpha: alpha) }

    /// Black.
    public static let black = Color(0, 0, 0)
    /// White.
    public static let white = Color(255, 255, 255)
    /// A middle gray.
    public static let gray = Color(128, 128, 128)
    /// A warm red.
    public static let red = Color(214, 69, 65)
    /// A calm green.
    public static let green = Color(67, 160, 71)
    /// A calm blue.
    public static let blue = Color(48, 112, 190)
    /// A golden yellow.
    public static let yellow = Color(240, 190, 50)
  }
}
