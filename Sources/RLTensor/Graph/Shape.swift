/// The extents of a tensor: a single number, a vector `[n]` or a matrix `[rows, columns]`.
///
/// In memory a matrix is row-major with rows padded to a multiple of 16 numbers, a vector is one such
/// row; the padding always holds zeros, so that kernels work on whole SIMD vectors.
public struct Shape: Sendable, Equatable, CustomStringConvertible {
  /// The number of extents, 0 to 2.
  public let rank: Int
  /// The number of rows in memory; 1 for numbers and vectors.
  public let rows: Int
  /// The numbers in a row.
  public let columns: Int
  /// Whether the numbers are bytes, four in the place of a number.
  public let areBytes: Bool

  private init(rank: Int, rows: Int, columns: Int, areBytes: Bool = false) {
    self.rank = rank
    self.rows = rows
    self.columns = columns
    self.areBytes = areBytes
  }

  /// A single number.
  public static var scalar: Shape { Shape(rank: 0, rows: 1, columns: 1) }
  /// A vector of `count` numbers.
  public static func vector(_ count: Int) -> Shape { Shape(rank: 1, rows: 1, columns: count) }
  /// A matrix.
  public static func matrix(_ rows: Int, _ columns: Int) -> Shape {
    Shape(rank: 2, rows: rows, columns: columns)
  }
  /// A matrix of bytes.
  public static func bytes(_ rows: Int, _ columns: Int) -> Shape {
    Shape(rank: 2, rows: rows, columns: columns, areBytes: true)
  }

  /// The same for another number of rows: of a matrix, or of numbers in a vector.
  func with(rows: Int) -> Shape {
    rank == 1
      ? .vector(rows) : Shape(rank: rank, rows: rows, columns: columns, areBytes: areBytes)
  }

  /// The distance between rows in memory, in numbers of single precision.
  public var stride: Int { Shape.padded(areBytes ? (columns + 3) / 4 : columns) }
  /// The numbers of single precision that there is memory for, padding included.
  public var storage: Int { rows * stride }
  /// The numbers, padding not included.
  public var count: Int { rows * columns }
  /// The extents as a list.
  public var extents: [Int] { rank == 0 ? [] : rank == 1 ? [columns] : [rows, columns] }
  /// The extents as text, such as `[64, 4]`.
  public var description: String { "\(extents)" + (areBytes ? " of bytes" : "") }

  /// The next multiple of 16.
  static func padded(_ count: Int) -> Int { (count + 15) & ~15 }
}

/// A mistake in the shapes of a computation, found while it is traced.
public struct ShapeError: Error, Equatable, CustomStringConvertible {
  /// The operation's name.
  public let operation: String
  /// What is wrong, with the shapes involved.
  public let problem: String
  /// The operation, the shapes and the rule they break.
  public var description: String { "\(operation): \(problem)" }
}
