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
  static func storeNumber(_ p: Target, _ offset: Int, _ number: Float) {
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
  ///
  /// The lanes of a mask are 0 or -1, and -(a · mask + b · ~mask) becomes one instruction. The library's `replacing` is
  /// 49 blocks to the compiler's front end, which stops inlining at 400, and with `&` and `|` it is some 90 instructions.
  @inline(__always)
  static func select(_ mask: Mask, _ a: Vector, _ b: Vector) -> Vector {
    typealias Bits = SIMD16<Int32>
    let m = unsafeBitCast(mask, to: Bits.self)
    let (x, y) = (unsafeBitCast(a, to: Bits.self), unsafeBitCast(b, to: Bits.self))
    let negative = (x &* m) &+ (y &* (Bits(repeating: -1) &- m))
    return unsafeBitCast(Bits.zero &- negative, to: Vector.self)
  }

  /// A number as the index of one of so many things.
  @inline(__always)
  static func index(_ number: Float, below count: Int, _ operation: StaticString) -> Int {
    // Nothing that is no number passes.
    precondition(
      number >= 0 && number < Float(count),
      "\(operation): index \(number) is outside of 0..<\(count)")
    return Int(number)
  }

  // MARK: Loops
  // A loop calls its body at one place and has a function of its own, as else the compiler does not inline it.

  /// Computes every vector of a tensor in place of its offset, on top of what is there if asked; sets the padding to
  /// zero if asked.
  @inline(__always)
  static func forEach(
    _ extent: Extent, masked: Bool, accumulates: Bool = false, _ out: Target,
    _ body: (Int) -> Vector
  ) {
    var (rows, stride) = (Int(extent.rows), Int(extent.stride))
    var mask = lanes(below: Int(extent.columns) &- stride &+ 16)
    if !masked || extent.columns == extent.stride {
      (rows, stride) = (1, rows &* stride)
      mask = lanes(below: 16)
    }
    var i = 0
    for _ in 0..<rows {
      let end = i &+ stride
      while i < end {
        var v = body(i)
        if accumulates { v = load(out, i) + v }
        if i &+ 16 == end { v = select(mask, v, .zero) }
        store(out, i, v)
        i &+= 16
      }
    }
  }

  /// The same for what the call writes to.
  @inline(__always)
  static func forEach(_ call: KernelCall, masked: Bool, _ body: (Int) -> Vector) {
    forEach(call.extent, masked: masked, accumulates: call.accumulates, call[0], body)
  }

  /// Applies a function to a matrix of at most four columns, four rows at a time. The padding becomes zero.
  @inline(__always)
  static func forEachNarrow(_ call: KernelCall, _ x: Source, _ function: (Vector) -> Vector) {
    let (out, rows) = (call[0], call.rows)
    let mask = lanes(below: call.width)
    @inline(__always) func row(_ i: Int) -> SIMD4<Float> {
      UnsafeRawPointer(x + min(i, rows &- 1) &* 16).loadUnaligned(as: SIMD4<Float>.self)
    }
    @inline(__always) func put(_ i: Int, _ v: SIMD4<Float>) {
      if i >= rows { return }
      let wide = Vector(lowHalf: SIMD8(lowHalf: v, highHalf: .zero), highHalf: .zero)
      store(out, i &* 16, select(mask, wide, .zero))
    }
    var i = 0
    while i < rows {
      let v = function(
        Vector(
          lowHalf: SIMD8(lowHalf: row(i), highHalf: row(i &+ 1)),
          highHalf: SIMD8(lowHalf: row(i &+ 2), highHalf: row(i &+ 3))))
      put(i, v.lowHalf.lowHalf)
      put(i &+ 1, v.lowHalf.highHalf)
      put(i &+ 2, v.highHalf.lowHalf)
      put(i &+ 3, v.highHalf.highHalf)
      i &+= 4
    }
  }

  /// The same for an operand that is one row: calls the body with an offset and that in the row.
  @inline(__always)
  static func forEachRow(
    _ call: KernelCall, masked: Bool, _ body: (_ i: Int, _ column: Int) -> Vector
  ) {
    let (out, rows, width, stride) = (call[0], call.rows, call.width, call.stride)
    let last = stride &- 16
    let mask = lanes(below: masked ? width &- last : 16)
    var i = 0
    for _ in 0..<rows {
      var column = 0
      while column < stride {
        var v = body(i, column)
        if call.accumulates { v = load(out, i) + v }
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
    _ call: KernelCall, _ numbers: Target, step: Int,
    _ body: (_ i: Int, _ number: Vector) -> Vector
  ) {
    var number = numbers
    var value = Vector.zero
    @inline(__always) func spread(_ i: Int, _ column: Int) -> Vector {
      if column == 0 {
        value = Vector(repeating: number[0])
        number += step
      }
      return body(i, value)
    }
    forEachRow(call, masked: true, spread)
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
    storeNumber(call[0], 0, total.sum())
  }

  /// `out[column] (+)= Σ x[:, column]`.
  @inline(never)
  static func columnSums(_ call: KernelCall) {
    let x = call[1]
    @inline(__always) func number(_ i: Int, _: Int) -> Vector { load(x, i) }
    addRows(call[0], call.rows, call.stride, accumulates: call.accumulates, number)
  }

  /// Adds up something of all rows for each column, where the body gets an offset and that in the row.
  ///
  /// Each column is one chain of additions in the order of rows; four chains hide the time of one.
  @inline(__always)
  static func addRows(
    _ out: Target, _ rows: Int, _ stride: Int, accumulates: Bool,
    _ body: (_ i: Int, _ column: Int) -> Vector
  ) {
    func start(_ column: Int) -> Vector { accumulates ? load(out, column) : .zero }
    var column = 0
    while stride &- column >= 64 {
      var (a, b) = (start(column), start(column &+ 16))
      var (c, d) = (start(column &+ 32), start(column &+ 48))
      var i = column
      for _ in 0..<rows {
        a += body(i, column)
        b += body(i &+ 16, column &+ 16)
        c += body(i &+ 32, column &+ 32)
        d += body(i &+ 48, column &+ 48)
        i &+= stride
      }
      store(out, column, a)
      store(out, column &+ 16, b)
      store(out, column &+ 32, c)
      store(out, column &+ 48, d)
      column &+= 64
    }
    while column < stride {
      var total = start(column)
      var i = column
      for _ in 0..<rows {
        total += body(i, column)
        i &+= stride
      }
      store(out, column, total)
      column &+= 16
    }
  }
}
