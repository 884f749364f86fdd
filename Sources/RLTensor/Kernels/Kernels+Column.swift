/// Products with a matrix of one to four columns, as in the heads of value functions and policies. The tiles would
/// spend most of their lanes on padding.
extension Kernels {
  /// The most columns for which these are faster than tiles.
  static let fewColumns = 4

  /// `C[m, n] (+)= A[m, k] · B[k, n] + bias[n]`, for few columns n.
  static func multiplyFewColumns(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int, n: Int,
    bias: Source?, accumulate: Bool
  ) {
    if !accumulate {
      // The bias, and zeros in the padding.
      var start = Vector.zero
      if let bias { for column in 0..<n { start[column] = bias[column] } }
      for row in 0..<m { store(c, row &* ldc, start) }
    }
    for column in 0..<n {
      for first in stride(from: 0, to: k, by: 64) {
        addColumn(
          c + column, ldc: ldc, a + first, lda: lda, b + first * ldb + column, ldb: ldb, m: m,
          k: min(64, k - first))
      }
    }
  }

  /// Adds the products with up to 64 terms to a column. Each row is on its own, whatever there are beside it.
  private static func addColumn(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int
  ) {
    let last = (k - 1) / 16
    func weights(_ i: Int) -> Vector { strided(b + 16 * i * ldb, ldb, min(16, k - 16 * i)) }
    let one = ColumnTerms1(a: weights(0))
    if last == 0 { return addRows(c, ldc, a, lda, m, one) }
    let two = ColumnTerms2(a: one.a, b: weights(1))
    if last == 1 { return addRows(c, ldc, a, lda, m, two) }
    let three = ColumnTerms3(a: one.a, b: two.b, c: weights(2))
    if last == 2 { return addRows(c, ldc, a, lda, m, three) }
    addRows(c, ldc, a, lda, m, ColumnTerms4(a: one.a, b: two.b, c: three.c, d: weights(3)))
  }

  /// Adds the sum of each row's lanes to a column. The lanes go through memory, so that the compiler does not see that
  /// each row is one number in the end: it would multiply number by number.
  @inline(__always)
  private static func addRows<Terms: ColumnTerms>(
    _ c: Target, _ ldc: Int, _ a: Source, _ lda: Int, _ m: Int, _ terms: Terms
  ) {
    var lanes = InlineArray<16, Vector>(repeating: .zero)
    withUnsafeMutablePointer(to: &lanes) { lanes in
      let lanes = UnsafeMutableRawPointer(lanes).assumingMemoryBound(to: Float.self)
      for row in stride(from: 0, to: m, by: 16) {
        let count = min(16, m - row)
        keepProducts(lanes, a + row &* lda, lda, count, terms)
        addTotals(c + row &* ldc, ldc, lanes, count)
      }
    }
  }

  @inline(never)
  private static func keepProducts<Terms: ColumnTerms>(
    _ lanes: Target, _ a: Source, _ lda: Int, _ m: Int, _ terms: Terms
  ) {
    for row in 0..<m { store(lanes, 16 &* row, terms.products(a + row &* lda)) }
  }

  @inline(never)
  private static func addTotals(_ c: Target, _ ldc: Int, _ lanes: Source, _ m: Int) {
    for row in 0..<m {
      let quarters = UnsafeRawPointer(lanes + 16 &* row)
      @inline(__always) func quarter(_ i: Int) -> SIMD4<Float> {
        quarters.loadUnaligned(fromByteOffset: 16 &* i, as: SIMD4<Float>.self)
      }
      let four = (quarter(0) + quarter(1)) + (quarter(2) + quarter(3))
      let two = four.lowHalf + four.highHalf
      c[row &* ldc] += two[0] + two[1]
    }
  }

  /// Numbers that lie apart, zeros after the last of up to sixteen.
  @inline(__always)
  private static func strided(_ p: Source, _ stride: Int, _ count: Int) -> Vector {
    if count == 16 { return strided(p, stride) }
    var v = Vector.zero
    for lane in 0..<count { v[lane] = p[lane &* stride] }
    return v
  }

  /// `C[k, n] (+)= A[m, k]ᵀ · B[m, n]`, for few columns n.
  static func multiplyFewColumnsTransposedLeft(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int, n: Int,
    accumulate: Bool
  ) {
    if !accumulate { for row in 0..<k { store(c, row &* ldc, .zero) } }
    for column in 0..<n {
      for first in stride(from: 0, to: k, by: 64) {
        addColumnTransposedLeft(
          c + first * ldc + column, ldc: ldc, a + first, lda: lda, b + column, ldb: ldb, m: m,
          k: min(64, k - first))
      }
    }
  }

  /// Adds up to 64 products with a column. Each number is one chain of additions in the order of rows.
  @inline(never)
  private static func addColumnTransposedLeft(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int
  ) {
    func start(_ first: Int) -> Vector { strided(c + first &* ldc, ldc, min(16, k - first)) }
    func put(_ first: Int, _ sums: Vector) {
      for lane in 0..<min(16, k - first) { c[(first &+ lane) &* ldc] = sums[lane] }
    }
    if k > 48 {
      var (s0, s1, s2, s3) = (start(0), start(16), start(32), start(48))
      for row in 0..<m {
        let (x, g) = (a + row &* lda, Vector(repeating: b[row &* ldb]))
        s0 = multiplyAdd(load(x, 0), g, s0)
        s1 = multiplyAdd(load(x, 16), g, s1)
        s2 = multiplyAdd(load(x, 32), g, s2)
        s3 = multiplyAdd(load(x, 48), g, s3)
      }
      put(0, s0)
      put(16, s1)
      put(32, s2)
      put(48, s3)
      return
    }
    for first in stride(from: 0, to: k, by: 16) {
      var sum = start(first)
      for row in 0..<m {
        sum = multiplyAdd(load(a, row &* lda &+ first), Vector(repeating: b[row &* ldb]), sum)
      }
      put(first, sum)
    }
  }
}

/// Up to 64 numbers of a column, in vectors.
private protocol ColumnTerms {
  /// Their products with as many numbers of a row, those of all vectors added up.
  func products(_ x: UnsafePointer<Float>) -> Kernels.Vector
}

private struct ColumnTerms1: ColumnTerms {
  let a: Kernels.Vector
  @inline(__always) func products(_ x: UnsafePointer<Float>) -> Kernels.Vector {
    Kernels.load(x, 0) * a
  }
}

private struct ColumnTerms2: ColumnTerms {
  let a, b: Kernels.Vector
  @inline(__always) func products(_ x: UnsafePointer<Float>) -> Kernels.Vector {
    Kernels.multiplyAdd(Kernels.load(x, 16), b, Kernels.load(x, 0) * a)
  }
}

private struct ColumnTerms3: ColumnTerms {
  let a, b, c: Kernels.Vector
  @inline(__always) func products(_ x: UnsafePointer<Float>) -> Kernels.Vector {
    let two = Kernels.multiplyAdd(Kernels.load(x, 16), b, Kernels.load(x, 0) * a)
    return Kernels.multiplyAdd(Kernels.load(x, 32), c, two)
  }
}

private struct ColumnTerms4: ColumnTerms {
  let a, b, c, d: Kernels.Vector
  @inline(__always) func products(_ x: UnsafePointer<Float>) -> Kernels.Vector {
    let two = Kernels.multiplyAdd(Kernels.load(x, 16), b, Kernels.load(x, 0) * a)
    let three = Kernels.multiplyAdd(Kernels.load(x, 32), c, two)
    return Kernels.multiplyAdd(Kernels.load(x, 48), d, three)
  }
}
