internal import COpenBLAS
internal import RLSupport

/// One to four vectors of a row, accumulated together.
protocol TileRow {
  static var width: Int { get }
  init()
  init(_ p: UnsafePointer<Float>)
  /// Adds `x · b`.
  mutating func add(_ x: Float, _ b: Self)
  func store(_ p: UnsafeMutablePointer<Float>)
}

struct TileRow1: TileRow {
  var a: Kernels.Vector
  static var width: Int { 16 }
  @inline(__always) init() { a = .zero }
  @inline(__always) init(_ p: UnsafePointer<Float>) { a = Kernels.load(p, 0) }
  @inline(__always) mutating func add(_ x: Float, _ b: Self) {
    a = Kernels.multiplyAdd(Kernels.Vector(repeating: x), b.a, a)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Float>) { Kernels.store(p, 0, a) }
}

struct TileRow2: TileRow {
  var (a, b): (Kernels.Vector, Kernels.Vector)
  static var width: Int { 32 }
  @inline(__always) init() { (a, b) = (.zero, .zero) }
  @inline(__always) init(_ p: UnsafePointer<Float>) {
    (a, b) = (Kernels.load(p, 0), Kernels.load(p, 16))
  }
  @inline(__always) mutating func add(_ x: Float, _ row: Self) {
    let x = Kernels.Vector(repeating: x)
    a = Kernels.multiplyAdd(x, row.a, a)
    b = Kernels.multiplyAdd(x, row.b, b)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Float>) {
    Kernels.store(p, 0, a)
    Kernels.store(p, 16, b)
  }
}

struct TileRow4: TileRow {
  var (a, b, c, d): (Kernels.Vector, Kernels.Vector, Kernels.Vector, Kernels.Vector)
  static var width: Int { 64 }
  @inline(__always) init() { (a, b, c, d) = (.zero, .zero, .zero, .zero) }
  @inline(__always) init(_ p: UnsafePointer<Float>) {
    (a, b) = (Kernels.load(p, 0), Kernels.load(p, 16))
    (c, d) = (Kernels.load(p, 32), Kernels.load(p, 48))
  }
  @inline(__always) mutating func add(_ x: Float, _ row: Self) {
    let x = Kernels.Vector(repeating: x)
    a = Kernels.multiplyAdd(x, row.a, a)
    b = Kernels.multiplyAdd(x, row.b, b)
    c = Kernels.multiplyAdd(x, row.c, c)
    d = Kernels.multiplyAdd(x, row.d, d)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Float>) {
    Kernels.store(p, 0, a)
    Kernels.store(p, 16, b)
    Kernels.store(p, 32, c)
    Kernels.store(p, 48, d)
  }
}

extension Kernels {
  /// A product `C[m, n] = Σ over k of A · B`. A is addressed by two steps, so that the same tiles
  /// serve a matrix and its transpose.
  struct Product {
    var c: Target
    var ldc: Int
    var a: Source
    /// The distance in A between rows of C, and between terms of the sum.
    var (rowStep, termStep): (Int, Int)
    var b: Source
    var ldb: Int
    var m: Int
    var k: Int
    /// What the sums start from: a row for all rows of C, C itself, or zero.
    var bias: Source?
    var accumulate: Bool

    @inline(__always)
    func start<Row: TileRow>(_ row: Int, _ column: Int, _: Row.Type) -> Row {
      if accumulate { return Row(c + row * ldc + column) }
      if let bias { return Row(bias + column) }
      return Row()
    }

    @inline(__always)
    func tile6<Row: TileRow>(_ row: Int, _ column: Int, _: Row.Type) {
      var r0 = start(row, column, Row.self)
      var r1 = start(row + 1, column, Row.self)
      var r2 = start(row + 2, column, Row.self)
      var r3 = start(row + 3, column, Row.self)
      var r4 = start(row + 4, column, Row.self)
      var r5 = start(row + 5, column, Row.self)
      var x = a + row * rowStep
      var y = b + column
      for _ in 0..<k {
        let terms = Row(y)
        r0.add(x[0], terms)
        r1.add(x[rowStep], terms)
        r2.add(x[2 * rowStep], terms)
        r3.add(x[3 * rowStep], terms)
        r4.add(x[4 * rowStep], terms)
        r5.add(x[5 * rowStep], terms)
        x += termStep
        y += ldb
      }
      let out = c + row * ldc + column
      r0.store(out)
      r1.store(out + ldc)
      r2.store(out + 2 * ldc)
      r3.store(out + 3 * ldc)
      r4.store(out + 4 * ldc)
      r5.store(out + 5 * ldc)
    }

    @inline(__always)
    func tile4<Row: TileRow>(_ row: Int, _ column: Int, _: Row.Type) {
      var r0 = start(row, column, Row.self)
      var r1 = start(row + 1, column, Row.self)
      var r2 = start(row + 2, column, Row.self)
      var r3 = start(row + 3, column, Row.self)
      var x = a + row * rowStep
      var y = b + column
      for _ in 0..<k {
        let terms = Row(y)
        r0.add(x[0], terms)
        r1.add(x[rowStep], terms)
        r2.add(x[2 * rowStep], terms)
        r3.add(x[3 * rowStep], terms)
        x += termStep
        y += ldb
      }
      let out = c + row * ldc + column
      r0.store(out)
      r1.store(out + ldc)
      r2.store(out + 2 * ldc)
      r3.store(out + 3 * ldc)
    }

    @inline(__always)
    func tile1<Row: TileRow>(_ row: Int, _ column: Int, _: Row.Type) {
      var r0 = start(row, column, Row.self)
      var x = a + row * rowStep
      var y = b + column
      for _ in 0..<k {
        r0.add(x[0], Row(y))
        x += termStep
        y += ldb
      }
      r0.store(c + row * ldc + column)
    }

    /// All rows of one panel of columns. Tiles of six rows fill the registers; what is left goes in
    /// fours and ones. Each number is one chain of additions in the order of k, whatever the tile.
    @inline(never)
    func panel<Row: TileRow>(_ column: Int, _: Row.Type) {
      var row = 0
      while m - row >= 6 && m - row != 8 {
        tile6(row, column, Row.self)
        row += 6
      }
      while m - row >= 4 {
        tile4(row, column, Row.self)
        row += 4
      }
      while row < m {
        tile1(row, column, Row.self)
        row += 1
      }
    }

    func run(columns n: Int) {
      let width = Shape.padded(n)
      var column = 0
      while width - column >= 64 {
        panel(column, TileRow4.self)
        column += 64
      }
      if width - column >= 32 {
        panel(column, TileRow2.self)
        column += 32
      }
      if width - column >= 16 { panel(column, TileRow1.self) }
    }
  }

  /// Shapes that BLAS, with its blocking for the caches, does faster than the tiles above.
  @inline(__always)
  private static func prefersBLAS(m: Int, k: Int, n: Int) -> Bool {
    #if (NativeCPU && !DEBUG) || arch(arm64)
      k * n > 512 * 512 && m >= 16
    #else
      m >= 16 && m * k * n >= 32 * 32 * 32
    #endif
  }

  /// OpenBLAS' product, for `prefersBLAS`; without the library, or room for it, the tiles do it all.
  private static let sgemm = MemoryLimit.hasRoomForThreads ? rlgym_load_sgemm() : nil

  fileprivate static var hasBLAS: Bool { sgemm != nil }

  private static func blas(
    _ sgemm: rlgym_sgemm, _ c: Target, ldc: Int, _ a: Source, lda: Int, transposed: Bool,
    _ b: Source, ldb: Int, m: Int,
    k: Int, n: Int, bias: Source?, accumulate: Bool
  ) {
    let width = Shape.padded(n)
    if let bias, !accumulate {
      for row in 0..<m { (c + row * ldc).update(from: bias, count: width) }
    }
    sgemm(
      101, transposed ? 112 : 111, 111, Int32(m), Int32(width), Int32(k), 1, a, Int32(lda), b,
      Int32(ldb), accumulate || bias != nil ? 1 : 0, c, Int32(ldc))
  }

  /// `C[m, n] (+)= act(A[m, k] · B[k, n] + bias[n])`; accumulation excludes bias and activation.
  static func matmul(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int, n: Int,
    bias: Source?, activation: Activation, accumulate: Bool, allowsBLAS: Bool = true
  ) {
    if n <= fewColumns {
      multiplyFewColumns(
        c, ldc: ldc, a, lda: lda, b, ldb: ldb, m: m, k: k, n: n, bias: bias,
        accumulate: accumulate)
    } else if allowsBLAS && prefersBLAS(m: m, k: k, n: n), let sgemm {
      blas(
        sgemm, c, ldc: ldc, a, lda: lda, transposed: false, b, ldb: ldb, m: m, k: k, n: n,
        bias: bias,
        accumulate: accumulate)
    } else {
      Product(
        c: c, ldc: ldc, a: a, rowStep: lda, termStep: 1, b: b, ldb: ldb, m: m, k: k, bias: bias,
        accumulate: accumulate
      ).run(columns: n)
    }
    if activation != .none { activate(c, rows: m, columns: n, stride: ldc, activation) }
  }

  /// `C[m, n] = (A[m, k] · B[k, n]) · act'`, the derivative taken at the activation's result y.
  static func matmulGated(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int, n: Int,
    gate y: Target, activation: Activation, allowsBLAS: Bool
  ) {
    matmul(
      c, ldc: ldc, a, lda: lda, b, ldb: ldb, m: m, k: k, n: n, bias: nil, activation: .none,
      accumulate: false, allowsBLAS: allowsBLAS)
    gate(c, y: y, Extent(.matrix(m, n)), activation)
  }

  /// `C[k, n] (+)= A[m, k]ᵀ · B[m, n]`: the gradient of weights.
  static func matmulTransposedLeft(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int, n: Int,
    accumulate: Bool, allowsBLAS: Bool = true
  ) {
    if n <= fewColumns {
      multiplyFewColumnsTransposedLeft(
        c, ldc: ldc, a, lda: lda, b, ldb: ldb, m: m, k: k, n: n, accumulate: accumulate)
    } else if allowsBLAS && prefersBLAS(m: k, k: m, n: n), let sgemm {
      blas(
        sgemm, c, ldc: ldc, a, lda: lda, transposed: true, b, ldb: ldb, m: k, k: m, n: n, bias: nil,
        accumulate: accumulate)
    } else {
      Product(
        c: c, ldc: ldc, a: a, rowStep: 1, termStep: lda, b: b, ldb: ldb, m: k, k: m, bias: nil,
        accumulate: accumulate
      ).run(columns: n)
    }
  }

  /// `out[columns, rows] = a[rows, columns]ᵀ`, with the padding of the result set to zero.
  static func transpose(
    _ out: Target, ldo: Int, _ a: Source, lda: Int, rows: Int, columns: Int
  ) {
    var row = 0
    while row < rows {
      let count = min(16, rows - row)
      var column = 0
      while column < columns {
        let from = a + row * lda + column
        let to = out + column * ldo + row
        if count == 16 && columns - column >= 16 {
          transposeBlock(to, ldo, from, lda)
        } else {
          // Beyond the last row there are zeros.
          for i in 0..<min(16, columns - column) {
            var v = Vector.zero
            for lane in 0..<count { v[lane] = from[lane * lda + i] }
            store(to, i * ldo, v)
          }
        }
        column += 16
      }
      row += 16
    }
  }

  private typealias Block = (
    Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector,
    Vector, Vector, Vector, Vector
  )

  /// Sixteen rows of sixteen numbers: four rounds of a perfect shuffle.
  @inline(__always)
  private static func transposeBlock(_ out: Target, _ ldo: Int, _ a: Source, _ lda: Int) {
    func row(_ i: Int) -> Vector { load(a, i * lda) }
    let block: Block = (
      row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7), row(8), row(9), row(10),
      row(11), row(12), row(13), row(14), row(15)
    )
    let x = shuffled(shuffled(shuffled(shuffled(block))))
    func put(_ i: Int, _ v: Vector) { store(out, i * ldo, v) }
    put(0, x.0)
    put(1, x.1)
    put(2, x.2)
    put(3, x.3)
    put(4, x.4)
    put(5, x.5)
    put(6, x.6)
    put(7, x.7)
    put(8, x.8)
    put(9, x.9)
    put(10, x.10)
    put(11, x.11)
    put(12, x.12)
    put(13, x.13)
    put(14, x.14)
    put(15, x.15)
  }

  @inline(__always)
  private static func shuffled(_ a: Block) -> Block {
    (
      low(a.0, a.8), high(a.0, a.8), low(a.1, a.9), high(a.1, a.9), low(a.2, a.10),
      high(a.2, a.10), low(a.3, a.11), high(a.3, a.11), low(a.4, a.12), high(a.4, a.12),
      low(a.5, a.13), high(a.5, a.13), low(a.6, a.14), high(a.6, a.14), low(a.7, a.15),
      high(a.7, a.15)
    )
  }

  /// The first halves of two vectors, one number of each in turn.
  @inline(__always)
  private static func low(_ a: Vector, _ b: Vector) -> Vector {
    var c = Vector()
    c.evenHalf = a.lowHalf
    c.oddHalf = b.lowHalf
    return c
  }

  /// The second halves of two vectors, one number of each in turn.
  @inline(__always)
  private static func high(_ a: Vector, _ b: Vector) -> Vector {
    var c = Vector()
    c.evenHalf = a.highHalf
    c.oddHalf = b.highHalf
    return c
  }

  /// Sixteen numbers a fixed distance apart.
  @inline(__always)
  static func strided(_ p: Source, _ step: Int) -> Vector {
    Vector(
      p[0], p[step], p[2 * step], p[3 * step], p[4 * step], p[5 * step], p[6 * step], p[7 * step],
      p[8 * step], p[9 * step], p[10 * step], p[11 * step], p[12 * step], p[13 * step],
      p[14 * step], p[15 * step])
  }
}

/// Whether OpenBLAS was found.
package var hasOpenBLAS: Bool { Kernels.hasBLAS }
