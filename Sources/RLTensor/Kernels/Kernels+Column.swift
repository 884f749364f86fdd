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
      addRows(c, ldc, a, lda, m) { load($0, 0) * w0 }
      return
    }
    let w1 = strided(b + 16 * ldb, ldb, min(16, k - 16))
    if k <= 32 {
      addRows(c, ldc, a, lda, m) { multiplyAdd(load($0, 16), w1, load($0, 0) * w0) }
      return
    }
    let w2 = strided(b + 32 * ldb, ldb, min(16, k - 32))
    if k <= 48 {
      addRows(c, ldc, a, lda, m) {
        multiplyAdd(load($0, 32), w2, multiplyAdd(load($0, 16), w1, load($0, 0) * w0))
      }
      return
    }
    let w3 = strided(b + 48 * ldb, ldb, min(16, k - 48))
    addRows(c, ldc, a, lda, m) {
      let low = multiplyAdd(load($0, 16), w1, load($0, 0) * w0)
      return multiplyAdd(load($0, 48), w3, multiplyAdd(load($0, 32), w2, low))
    }
  }

  /// Adds the sum of each row's lanes to a column.
  @inline(__always)
  private static func addRows(
    _ c: Target, _ ldc: Int, _ a: Source, _ lda: Int, _ m: Int, _ terms: (Source) -> Vector
  ) {
    var row = 0
    while m - row >= 8 {
      let x = a + row &* lda
      let s0 = pairs(terms(x), terms(x + lda))
      let s1 = pairs(terms(x + 2 &* lda), terms(x + 3 &* lda))
      let s2 = pairs(terms(x + 4 &* lda), terms(x + 5 &* lda))
      let s3 = pairs(terms(x + 6 &* lda), terms(x + 7 &* lda))
      let sums = pairs(pairs(s0, s1), pairs(s2, s3))
      let both = sums.evenHalf + sums.oddHalf
      for lane in 0..<8 { c[(row &+ lane) &* ldc] += both[lane] }
      row += 8
    }
    while row < m {
      let sums = pairs(terms(a + row &* lda), .zero)
      let eight = pairs(sums, .zero)
      let four = pairs(eight, .zero)
      c[row &* ldc] += four[0] + four[1]
      row += 1
    }
  }

  /// The sums of neighbouring lanes, those of a in the first half and those of b in the second.
  @inline(__always)
  private static func pairs(_ a: Vector, _ b: Vector) -> Vector {
    Vector(lowHalf: a.evenHalf + a.oddHalf, highHalf: b.evenHalf + b.oddHalf)
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
