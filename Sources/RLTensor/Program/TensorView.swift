/// The numbers of a tensor inside a program: row-major, rows padded to a multiple of 16.
///
/// A view is valid as long as its program lives. Padding must stay zero.
public struct TensorView {
  /// The first number.
  package let pointer: UnsafeMutablePointer<Float>
  /// The extents.
  public let shape: Shape

  /// The distance between rows.
  @inlinable public var stride: Int { (shape.columns + 15) & ~15 }

  init(pointer: UnsafeMutablePointer<Float>, shape: Shape) {
    precondition(!shape.areBytes, "TensorView: \(shape) are no numbers")
    (self.pointer, self.shape) = (pointer, shape)
  }

  /// One element of a matrix.
  public subscript(row: Int, column: Int) -> Float {
    get {
      check(row, column)
      return pointer[row * stride + column]
    }
    nonmutating set {
      check(row, column)
      pointer[row * stride + column] = newValue
    }
  }

  /// One element of a vector.
  public subscript(index: Int) -> Float {
    get { self[0, index] }
    nonmutating set { self[0, index] = newValue }
  }

  /// The only element of a number.
  public var value: Float {
    get { pointer[0] }
    nonmutating set { pointer[0] = newValue }
  }

  /// The elements without padding, row-major.
  public var array: [Float] {
    (0..<shape.rows).flatMap { row in (0..<shape.columns).map { pointer[row * stride + $0] } }
  }

  /// Replaces all elements, given row-major without padding.
  public func assign(_ numbers: [Float]) {
    precondition(
      numbers.count == shape.count, "TensorView: \(numbers.count) numbers do not fill \(shape)")
    for row in 0..<shape.rows {
      for column in 0..<shape.columns {
        pointer[row * stride + column] = numbers[row * shape.columns + column]
      }
    }
  }

  /// Copies a row of another matrix of the same width to one of this one.
  package func copyRow(_ row: Int, from other: TensorView, _ source: Int) {
    precondition(
      other.shape.columns == shape.columns && row >= 0 && row < shape.rows && source >= 0
        && source < other.shape.rows,
      "TensorView: row \(source) of \(other.shape) does not become row \(row) of \(shape)")
    (pointer + row * stride).update(from: other.pointer + source * stride, count: stride)
  }

  /// Takes a mean away from all elements of a vector and divides them by a deviation.
  public func standardize(_ mean: Float, _ deviation: Float) {
    for i in 0..<shape.columns { pointer[i] = (pointer[i] - mean) / deviation }
  }

  private func check(_ row: Int, _ column: Int) {
    precondition(
      row >= 0 && row < shape.rows && column >= 0 && column < shape.columns,
      "TensorView: [\(row), \(column)] is outside of \(shape)")
  }
}

/// The bytes in the memory of numbers, and the distance between rows.
func byteView(
  _ numbers: UnsafeMutablePointer<Float>, _ shape: Shape
) -> (pointer: UnsafeMutableRawPointer, stride: Int) {
  precondition(shape.areBytes, "TensorView: \(shape) are no bytes")
  return (UnsafeMutableRawPointer(numbers), shape.stride * MemoryLayout<Float>.stride)
}
