/// The loops that do the arithmetic, on raw memory.
///
/// Matrices are row-major with a row stride that is a multiple of 16 numbers, start at multiples of 64
/// bytes, and hold zeros in the padding of each row; every kernel keeps these zeros.
enum Kernels {
  typealias Vector = SIMD16<Float>
  typealias Target = UnsafeMutablePointer<Float>
  typealias Source = UnsafePointer<Float>
  typealias Extent = Instruction.Extent

  @inline(__always)
  static func load(_ p: Source, _ offset: Int) -> Vector {
    UnsafeRawPointer(p + offset).loadUnaligned(as: Vector.self)
  }

  @inline(__always)
  static func load(_ p: Target, _ offset: Int) -> Vector {
    UnsafeRawPointer(p + offset).loadUnaligned(as: Vector.self)
  }

  @inline(__always)
  static func store(_ p: Target, _ offset: Int, _ v: Vector) {
    UnsafeMutableRawPointer(p + offset).storeBytes(of: v, as: Vector.self)
  }

  /// `a * b + c`, fused where the CPU does that in one instruction. Elsewhere a fused operation would be
  /// a library call for each lane.
  @inline(__always)
  static func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    #if (NativeCPU && !DEBUG) || arch(arm64)
      c.addingProduct(a, b)
    #else
      a * b + c
    #endif
  }

  /// A number in the first lane, zeros in the others.
  @inline(__always)
  static func store(_ p: Target, _ offset: Int, _ number: Float) {
    var v = Vector.zero
    v[0] = number
    store(p, offset, v)
  }

  typealias Mask = SIMDMask<SIMD16<Int32>>

  /// The lanes below `count`.
  @inline(__always)
  static func lanes(below count: Int) -> Mask {
    SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
      .< SIMD16(repeating: Int32(truncatingIfNeeded: count))
  }

  /// a where the mask holds, else b.
  @inline(__always)
  static func select(_ mask: Mask, _ a: Vector, _ b: Vector) -> Vector {
    b.replacing(with: a, where: mask)
  }

  // MARK: Loops
  // Each kernel has functions of its own for its loops: in a large one the compiler stops inlining and calls the vector
  // functions instead.

  /// Computes every vector of a tensor in place of its offset; sets the padding to zero if asked.
  @inline(__always)
  static func forEach(_ extent: Extent, masked: Bool, _ out: Target, _ body: (Int) -> Vector) {
    let (rows, columns, stride) = (Int(extent.rows), Int(extent.columns), Int(extent.stride))
    if !masked || columns == stride {
      var i = 0
      let count = rows &* stride
      while i < count {
        store(out, i, body(i))
        i &+= 16
      }
      return
    }
    let whole = columns & ~15
    let mask = lanes(below: columns &- whole)
    var start = 0
    for _ in 0..<rows {
      var i = start
      let end = i &+ whole
      while i < end {
        store(out, i, body(i))
        i &+= 16
      }
      store(out, i, select(mask, body(i), .zero))
      start &+= stride
    }
  }

  /// The same, on top of what is there if the call says so.
  @inline(__always)
  static func forEach(_ call: KernelCall, masked: Bool, _ body: (Int) -> Vector) {
    let out = call[0]
    if call.accumulates {
      forEach(call.extent, masked: masked, out) { load(out, $0) + body($0) }
    } else {
      forEach(call.extent, masked: masked, out, body)
    }
  }

  /// The same for an operand that is one row: calls the body with an offset and that in the row.
  @inline(__always)
  static func forEachRow(
    _ call: KernelCall, masked: Bool, accumulates: Bool, _ body: (_ i: Int, _ column: Int) -> Vector
  ) {
    let (out, rows, width, stride) = (call[0], call.rows, call.width, call.stride)
    let last = stride &- 16
    let mask = lanes(below: masked ? width &- last : 16)
    var i = 0
    for _ in 0..<rows {
      var column = 0
      while column < stride {
        var v = body(i, column)
        if accumulates { v = load(out, i) + v }
        if column == last { v = select(mask, v, .zero) }
        store(out, i, v)
        i &+= 16
        column &+= 16
      }
    }
  }

  /// The same for an operand that is a number a row, `step` apart.
  @inline(__always)
  static func forEachNumber(
    _ call: KernelCall, accumulates: Bool, _ numbers: Target, step: Int,
    _ body: (_ i: Int, _ number: Vector) -> Vector
  ) {
    var number = numbers
    var value = Vector.zero
    forEachRow(call, masked: true, accumulates: accumulates) { i, column in
      if column == 0 {
        value = Vector(repeating: number[0])
        number += step
      }
      return body(i, value)
    }
  }

  /// Calls the body with the offset of each vector of a row, and with the lanes that are not padding.
  @inline(__always)
  static func forEachColumn(_ call: KernelCall, _ body: (Int, Mask) -> Void) {
    let (width, stride) = (call.width, call.stride)
    var column = 0
    while column < stride {
      body(column, lanes(below: width &- column))
      column &+= 16
    }
  }

  // MARK: Kernels of several operations

  /// Sets every element to the instruction's number, not the padding.
  @inline(never)
  static func fill(_ call: KernelCall) {
    let value = Vector(repeating: call.numbers[0])
    forEach(call.extent, masked: call.isMasked, call[0]) { _ in value }
  }

  /// `out (+)= g[0]` everywhere.
  @inline(never)
  static func spreadNumber(_ call: KernelCall) {
    let value = Vector(repeating: call[1][0])
    forEach(call, masked: true) { _ in value }
  }

  /// Copies or adds columns, which may start anywhere.
  @inline(never)
  static func moveColumns(_ call: KernelCall) {
    let columns = call.instruction.pointee.columns
    var (to, from) = (call[0] + Int(columns[0]), call[1] + Int(columns[1]))
    let (width, outStride, stride) = (call.width, call.stride, Int(call.other.stride))
    for _ in 0..<call.rows {
      if call.accumulates {
        for column in 0..<width { to[column] += from[column] }
      } else {
        for column in 0..<width { to[column] = from[column] }
      }
      to += outStride
      from += stride
    }
  }

  /// `out[0] = Σ x`.
  @inline(never)
  static func sum(_ call: KernelCall) {
    let (x, count) = (call[1], call.rows &* call.stride)
    var total = Vector.zero
    var i = 0
    while i < count {
      total += load(x, i)
      i &+= 16
    }
    store(call[0], 0, total.sum())
  }

  /// `out[column] (+)= Σ x[:, column]`.
  @inline(never)
  static func columnSums(_ call: KernelCall) {
    let (out, x, rows, stride) = (call[0], call[1], call.rows, call.stride)
    var column = 0
    while column < stride {
      var total = call.accumulates ? load(out, column) : .zero
      var i = column
      for _ in 0..<rows {
        total += load(x, i)
        i &+= stride
      }
      store(out, column, total)
      column &+= 16
    }
  }
}
