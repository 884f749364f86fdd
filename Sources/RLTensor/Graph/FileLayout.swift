/// How the numbers of a weight lie in files.
public enum FileLayout: Sendable, Equatable {
  /// As in memory.
  case plain
  /// PyTorch's of linear layers: `[outputs, inputs]`; `[inputs, outputs]` in memory.
  case transposed
  /// PyTorch's of convolutions: `[filters, channels, height, width]`; `[height · width · channels, filters]` in memory.
  case convolution(height: Int, width: Int, channels: Int)
  /// PyTorch's of a linear layer behind a flattened image: `[outputs, channels · height · width]`;
  /// `[height · width · channels, outputs]` in memory.
  case flattened(height: Int, width: Int, channels: Int)

  /// Whether a weight can lie so.
  func fits(_ shape: Shape) -> Bool {
    switch self {
    case .plain: true
    case .transposed: shape.rank == 2
    case .convolution(let height, let width, let channels),
      .flattened(let height, let width, let channels):
      shape.rank == 2 && shape.rows == height * width * channels
    }
  }

  /// The extents in files.
  func extents(_ shape: Shape) -> [Int] {
    switch self {
    case .plain: shape.extents
    case .transposed, .flattened: [shape.columns, shape.rows]
    case .convolution(let height, let width, let channels):
      [shape.columns, channels, height, width]
    }
  }

  /// The row in memory of each of the numbers that a file has of a column; `nil` if the order is the same.
  private func rows(_ shape: Shape) -> [Int]? {
    switch self {
    case .plain: nil
    case .transposed: Array(0..<shape.rows)
    case .convolution(let height, let width, let channels),
      .flattened(let height, let width, let channels):
      (0..<channels).flatMap { channel in
        (0..<height * width).map { $0 * channels + channel }
      }
    }
  }

  /// Numbers of memory, row-major without padding, in the order of files.
  func inFiles(_ numbers: [Float], _ shape: Shape) -> [Float] {
    guard let rows = rows(shape) else { return numbers }
    return (0..<shape.columns).flatMap { column in
      rows.map { numbers[$0 * shape.columns + column] }
    }
  }

  /// Numbers of a file in the order of memory, row-major without padding.
  func inMemory(_ numbers: [Float], _ shape: Shape) -> [Float] {
    guard let rows = rows(shape) else { return numbers }
    var result = numbers
    for (place, row) in rows.enumerated() {
      for column in 0..<shape.columns {
        result[row * shape.columns + column] = numbers[column * shape.rows + place]
      }
    }
    return result
  }
}
