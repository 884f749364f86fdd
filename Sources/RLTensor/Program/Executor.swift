/// Runs instructions on a table of buffers.
struct Executor {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  let allowsBLAS: Bool
  /// Memory of the thread.
  let scratch: UnsafeMutablePointer<Float>

  @inline(__always)
  func execute(_ instruction: UnsafePointer<Instruction>) {
    execute(instruction, part: 0..<Int(instruction.pointee.parts))
  }

  /// Computes some rows of the result of an instruction that has parts.
  @inline(__always)
  func execute(_ instruction: UnsafePointer<Instruction>, part: Range<Int>) {
    let call = KernelCall(
      instruction: instruction, pointers: pointers,
      accumulates: instruction.pointee.accumulates, isRowSum: false, allowsBLAS: allowsBLAS,
      scratch: scratch, part: part)
    instruction.pointee.kernel(call)
  }

  @inline(__always)
  func execute(_ code: [Instruction]) { execute(code, 0..<code.count) }

  /// Runs some instructions of a list.
  @inline(__always)
  func execute(_ code: [Instruction], _ range: Range<Int>) {
    code.withUnsafeBufferPointer { code in
      guard let first = code.baseAddress else { return }
      for i in range { execute(first + i) }
    }
  }

  /// Sums over the rows of a slice, on top of what the slices before it gave.
  ///
  /// - Parameters:
  ///   - part: The rows of the result to compute; all if `nil`.
  ///   - continues: Whether there was a slice before.
  func sum(_ instruction: Instruction, part: Range<Int>? = nil, continues: Bool) {
    withUnsafePointer(to: instruction) {
      instruction.kernel(
        KernelCall(
          instruction: $0, pointers: pointers, accumulates: continues, isRowSum: true,
          allowsBLAS: false, scratch: scratch, part: part ?? 0..<Int(instruction.parts)))
    }
  }
}
