/// Products with a matrix of a single column, as in the heads of value functions. The tiles would spend
/// fifteen of sixteen lanes on padding.
extension Kernels {
  /// `C[m, 1] (+)= A[m, k] · B[k, 1] + bias`.
  static func multiplyColumn(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int,
    bias: Source?, accumulate: Bool
  ) {
    let start = bias?[0] ?? 0
    func put(_ row: Int, _ sum: Vector) {
      var v = Vector.zero
      v[0] = sum.sum() + (accumulate ? c[row * ldc] : start)
      store(c, row * ldc, v)
    }
    // Each row is one chain of vectors, whatever group it is in.
    var row = 0
    while m - row >= 8 {
      let x = a + row * lda
      var (r0, r1, r2, r3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
      var (r4, r5, r6, r7) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
      var i = 0
      while i < k {
        let w = column(b, ldb, from: i, of: k)
        r0 = multiplyAdd(load(x, i), w, r0)
        r1 = multiplyAdd(load(x, lda + i), w, r1)
        r2 = multiplyAdd(load(x, 2 * lda + i), w, r2)
        r3 = multiplyAdd(load(x, 3 * lda + i), w, r3)
        r4 = multiplyAdd(load(x, 4 * lda + i), w, r4)
        r5 = multiplyAdd(load(x, 5 * lda + i), w, r5)
        r6 = multiplyAdd(load(x, 6 * lda + i), w, r6)
        r7 = multiplyAdd(load(x, 7 * lda + i), w, r7)
        i += 16
      }
      put(row, r0)
      put(row + 1, r1)
      put(row + 2, r2)
      put(row + 3, r3)
      put(row + 4, r4)
      put(row + 5, r5)
      put(row + 6, r6)
      put(row + 7, r7)
      row += 8
    }
    while row < m {
      var sum = Vector.zero
      var i = 0
      while i < k {
        sum = multiplyAdd(load(a, row * lda + i), column(b, ldb, from: i, of: k), sum)
        i += 16
      }
      put(row, sum)
      row += 1
    }
  }

  /// Sixteen numbers of a column from a row on, zeros beyond its end.
  @inline(__always)
  private static func column(_ b: Source, _ ldb: Int, from row: Int, of count: Int) -> Vector {
    if count - row >= 16 { return strided(b + row * ldb, ldb) }
    var v = Vector.zero
    for lane in 0..<count - row { v[lane] = b[(row + lane) * ldb] }
    return v
  }

  /// `C[k, 1] (+)= A[m, k]ᵀ · B[m, 1]`.
  static func multiplyColumnTransposedLeft(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int,
    accumulate: Bool
  ) {
    func start(_ first: Int) -> Vector {
      accumulate ? column(c, ldc, from: first, of: k) : .zero
    }
    func put(_ first: Int, _ sums: Vector) {
      for lane in 0..<min(16, k - first) {
        var v = Vector.zero
        v[0] = sums[lane]
        store(c, (first + lane) * ldc, v)
      }
    }
    // Each number is one chain of additions in the order of rows.
    var i = 0
    while k - i >= 64 {
      var (s0, s1, s2, s3) = (start(i), start(i + 16), start(i + 32), start(i + 48))
      var x = a + i
      for row in 0..<m {
        let g = Vector(repeating: b[row * ldb])
        s0 = multiplyAdd(load(x, 0), g, s0)
        s1 = multiplyAdd(load(x, 16), g, s1)
        s2 = multiplyAdd(load(x, 32), g, s2)
        s3 = multiplyAdd(load(x, 48), g, s3)
        x += lda
      }
      put(i, s0)
      put(i + 16, s1)
      put(i + 32, s2)
      put(i + 48, s3)
      i += 64
    }
    while i < k {
      var sum = start(i)
      for row in 0..<m {
        sum = multiplyAdd(load(a, row * lda + i), Vector(repeating: b[row * ldb]), sum)
      }
      put(i, sum)
      i += 16
    }
  }
}
