/// A picture: red, green and blue of each pixel, one byte each, rows from the top.
public struct Frame: Sendable, Equatable {
  /// Pixels in a row.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// `[height, width, 3]`.
  public var pixels: [UInt8]

  /// A picture of one colour.
  public init(width: Int, height: Int, gray: UInt8 = 0) {
    precondition(width > 0 && height > 0, "a frame of \(width)x\(height) has no pixels")
    self.width = width
    self.height = height
    pixels = Array(repeating: gray, count: width * height * 3)
  }
}
