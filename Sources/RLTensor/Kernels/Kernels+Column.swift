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
  @inline(never)
  private static func addColumn(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int
  ) {
    let w0 = strided(b, ldb, min(16, k))
    if k <= 16 {
      for row in 0..<m { c[row &* ldc] += (load(a, row &* lda) * w0).sum() }
      return
    }
    let w1 = strided(b + 16 * ldb, ldb, min(16, k - 16))
    if k <= 32 {
      for row in 0..<m {
        let x = a + row &* lda
        c[row &* ldc] += multiplyAdd(load(x, 16), w1, load(x, 0) * w0).sum()
      }
      return
    }
    let w2 = strided(b + 32 * ldb, ldb, min(16, k - 32))
    if k <= 48 {
      for row in 0..<m {
        let x = a + row &* lda
        let sum = multiplyAdd(load(x, 16), w1, load(x, 0) * w0)
        c[row &* ldc] += multiplyAdd(load(x, 32), w2, sum).sum()
      }
      return
    }
    let w3 = strided(b + 48 * ldb, ldb, min(16, k - 48))
    for row in 0..<m {
      let x = a + row &* lda
      let low = multiplyAdd(load(x, 16), w1, load(x, 0) * w0)
      let high = multiplyAdd(load(x, 48), w3, load(x, 32) * w2)
      c[row &* ldc] += (low + high).sum()
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
