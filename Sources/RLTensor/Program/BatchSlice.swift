/// Some rows of a batch, whose inputs are to be filled in.
public struct BatchSlice {
  /// Which rows of the batch.
  public let rows: Range<Int>
  let graph: Graph
  let memory: SliceMemory
  /// Who of the team works on it.
  let member: Int

  var executor: Executor { memory.executor(member) }

  /// The numbers of an input, for these rows only.
  public subscript(variable: Variable) -> TensorView {
    let node = graph.nodes[variable.id]
    precondition(
      variable.graph === graph && node.isRow, "BatchSlice: this variable is not of the rows")
    return TensorView(pointer: memory.pointer(variable), shape: node.shape.with(rows: rows.count))
  }

  /// Fills in an input, if the program uses it, from the numbers of the whole batch, row-major without padding.
  public func fill(_ variable: Variable, from numbers: [Float]) {
    guard uses(variable) else { return }
    let target = self[variable]
    let width = target.shape.rank == 1 ? 1 : target.shape.columns
    precondition(
      numbers.count >= rows.upperBound * width,
      "BatchSlice: \(numbers.count) numbers do not reach row \(rows.upperBound) of \(width) each")
    let distance = target.shape.rank == 1 ? 1 : target.stride
    numbers.withUnsafeBufferPointer { numbers in
      for (i, row) in rows.enumerated() {
        for j in 0..<width { target.pointer[i * distance + j] = numbers[row * width + j] }
      }
    }
  }

  /// Fills in bytes, if the program uses them, from those of the whole batch, row-major.
  public func fill(_ variable: Variable, bytes: [UInt8]) {
    guard uses(variable) else { return }
    let (target, width) = (self.bytes(of: variable), variable.shape.columns)
    precondition(
      bytes.count >= rows.upperBound * width,
      "BatchSlice: \(bytes.count) bytes do not reach row \(rows.upperBound) of \(width) each")
    bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      for (i, row) in rows.enumerated() {
        (target.pointer + i * target.stride).copyMemory(from: start + row * width, byteCount: width)
      }
    }
  }

  /// Where the bytes of these rows lie, and the distance between rows.
  package func bytes(of variable: Variable) -> (pointer: UnsafeMutableRawPointer, stride: Int) {
    precondition(
      variable.graph === graph && graph.nodes[variable.id].isRow,
      "BatchSlice: this variable is not of the rows")
    return byteView(memory.pointer(variable), variable.shape)
  }

  /// Fills in an input from a result of another program for the same batch, `[rows]` numbers.
  public func fill(_ variable: Variable, from numbers: TensorView) {
    let target = self[variable]
    precondition(
      target.shape.rank == 1 && numbers.shape.rank == 1
        && numbers.shape.columns >= rows.upperBound,
      "BatchSlice: \(numbers.shape) does not reach row \(rows.upperBound) of a vector")
    target.pointer.update(from: numbers.pointer + rows.lowerBound, count: rows.count)
  }

  /// Whether an input has any influence on what the program computes.
  public func uses(_ variable: Variable) -> Bool {
    variable.graph === graph && memory.code.uses(variable)
  }
}
