/// A sum over the rows of a batch, such as the gradient of a weight.
struct RowSum {
  let instruction: Instruction

  /// How much there is to add up for a row, in any unit.
  var cost: Int {
    Int(instruction.parts) * Int(instruction.grain) * (instruction.window?.output.count ?? 1)
  }

  /// Where the result begins.
  @inline(__always)
  private func place(_ executor: Executor, in gradients: UnsafeMutablePointer<Float>) -> Int {
    executor.pointers[Int(instruction.buffers[0])] - gradients
  }

  /// Whether slices must begin at multiples of sixteen rows: lanes of vectors `[rows]` are added up.
  var keepsLanes: Bool { instruction.keepsLanes }

  /// Adds up the rows of a slice, in so far as the result lies in a part of the gradients.
  ///
  /// - Parameters:
  ///   - part: The part, which cuts matrices between rows.
  ///   - gradients: The block of gradients, of `size` numbers; results elsewhere are added up by the first member.
  @inline(__always)
  func add(
    _ executor: Executor, _ part: Range<Int>, of gradients: UnsafeMutablePointer<Float>, size: Int,
    isFirstMember: Bool, continues: Bool
  ) {
    let place = place(executor, in: gradients)
    guard place >= 0 && place < size else {
      if isFirstMember { executor.sum(instruction, continues: continues) }
      return
    }
    let grain = Int(instruction.grain)
    guard grain > 0 else {
      if part.contains(place) { executor.sum(instruction, continues: continues) }
      return
    }
    let end = place + Int(instruction.parts) * grain
    let (low, high) = (max(place, part.lowerBound), min(end, part.upperBound))
    if low >= high { return }
    executor.sum(
      instruction, part: (low - place) / grain..<(high - place) / grain, continues: continues)
  }
}
