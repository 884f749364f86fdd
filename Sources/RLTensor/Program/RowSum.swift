/// A sum over the rows of a batch, such as the gradient of a weight.
struct RowSum {
  let instruction: Instruction

  init(_ instruction: Instruction) { self.instruction = instruction }

  /// The buffer of the result.
  private var out: Int32 {
    switch instruction {
    case .matmulTransposedLeft(let o): o.out
    case .columnSums(let o), .binarySecondGradient(let o, _, _), .layerNormGainGradient(let o):
      o.out
    default: -1
    }
  }

  /// The numbers of the result that cannot be computed apart: a row of a matrix of many columns.
  private var grain: Int? {
    guard case .matmulTransposedLeft(let o) = instruction, o.n > Kernels.fewColumns else {
      return nil
    }
    return Int(o.outStride)
  }

  /// Whether slices must begin at multiples of sixteen rows: lanes of vectors `[rows]` are added up.
  var keepsLanes: Bool {
    if case .binarySecondGradient(_, _, .scalar) = instruction { true } else { false }
  }

  /// Adds up the rows of a slice, in so far as the result lies in a part of the gradients.
  ///
  /// - Parameters:
  ///   - part: The part, between places at which `cuts` allows to cut.
  ///   - gradients: The block of gradients, of `size` numbers; results elsewhere are added up by the first member.
  @inline(__always)
  func add(
    _ executor: Executor, _ part: Range<Int>, of gradients: UnsafeMutablePointer<Float>, size: Int,
    isFirstMember: Bool, continues: Bool
  ) {
    let place = executor.pointers[Int(out)] - gradients
    guard place >= 0 && place < size else {
      if isFirstMember { executor.sum(instruction, continues: continues) }
      return
    }
    guard let grain, case .matmulTransposedLeft(let o) = instruction else {
      if part.contains(place) { executor.sum(instruction, continues: continues) }
      return
    }
    let end = place + Int(o.k) * grain
    let (low, high) = (max(place, part.lowerBound), min(end, part.upperBound))
    if low >= high { return }
    executor.sum(
      instruction, part: (low - place) / grain..<(high - place) / grain, continues: continues)
  }

  /// Where the gradients may be cut: the rows of a matrix in groups that fit the kernels.
  func cuts(_ executor: Executor, in gradients: UnsafeMutablePointer<Float>) -> [Int] {
    let place = executor.pointers[Int(out)] - gradients
    guard let grain, case .matmulTransposedLeft(let o) = instruction else { return [place] }
    return stride(from: 0, to: Int(o.k), by: 12).map { place + $0 * grain }
  }
}
