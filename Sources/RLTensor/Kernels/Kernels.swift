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

  /// The lanes below `count`.
  @inline(__always)
  static func lanes(below count: Int) -> SIMDMask<SIMD16<Int32>> {
    SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
      .< SIMD16(repeating: Int32(truncatingIfNeeded: count))
  }

  /// Computes every vector of a tensor in place of its offset; masks padding if asked.
  @inline(__always)
  static func forEach(_ extent: Extent, masked: Bool, _ out: Target, _ body: (Int) -> Vector) {
    let (rows, columns, stride) = (Int(extent.rows), Int(extent.columns), Int(extent.stride))
    if !masked || columns == stride {
      var i = 0
      let count = rows * stride
      while i < count {
        store(out, i, body(i))
        i += 16
      }
      return
    }
    let whole = columns & ~15
    let mask = lanes(below: columns - whole)
    for row in 0..<rows {
      var i = row * stride
      let end = i + whole
      while i < end {
        store(out, i, body(i))
        i += 16
      }
      store(out, i, Vector(repeating: 0).replacing(with: body(i), where: mask))
    }
  }
}
