internal import COpenBLAS
internal import RLSupport

/// One to four vectors of a row, accumulated together.
protocol TileRow {
  static var width: Int { get }
  init()
  init(_ p: UnsafePointer<Float>)
  /// Adds `x · b`.
  mutating func add(_ x: Float, _ b: Self)
  /// Stores what `finish` makes of the numbers at an offset.
  func store(_ p: UnsafeMutablePointer<Float>, _ offset: Int, _ finish: some ProductFinish)
}

/// What becomes of the sums of a product, while they are in registers.
protocol ProductFinish {
  /// What is stored of sums at an offset from the product's first number.
  func finished(_ sums: Kernels.Vector, _ offset: Int) -> Kernels.Vector
}

/// The sums as they are.
struct PlainFinish: ProductFinish {
  @inline(__always) func finished(_ sums: Kernels.Vector, _: Int) -> Kernels.Vector { sums }
}

/// A function of the sums.
struct ActivatedFinish<Function: UnaryFunction>: ProductFinish {
  let function: Function
  @inline(__always) func finished(_ sums: Kernels.Vector, _: Int) -> Kernels.Vector {
    function.value(sums)
  }
}

/// The sums times the derivative of a function at its results `y`, which lie as the product does.
struct GatedFinish<Function: UnaryFunction>: ProductFinish {
  let function: Function
  let y: UnsafeMutablePointer<Float>
  @inline(__always) func finished(_ sums: Kernels.Vector, _ offset: Int) -> Kernels.Vector {
    function.gradient(sums, x: .zero, y: Kernels.load(y, offset))
  }
}

struct TileRow1: TileRow {
  var a: Kernels.Vector
  static var width: Int { 16 }
  @inline(__always) init() { a = .zero }
  @inline(__always) init(_ p: UnsafePointer<Float>) { a = Kernels.load(p, 0) }
  @inline(__always) mutating func add(_ x: Float, _ b: Self) {
    a = Kernels.multiplyAdd(Kernels.Vector(repeating: x), b.a, a)
  }
  @inline(__always)
  func store(_ p: UnsafeMutablePointer<Float>, _ offset: Int, _ finish: some ProductFinish) {
    Kernels.store(p, offset, finish.finished(a, offset))
  }
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
  @inline(__always)
  func store(_ p: UnsafeMutablePointer<Float>, _ offset: Int, _ finish: some ProductFinish) {
    Kernels.store(p, offset, finish.finished(a, offset))
    Kernels.store(p, offset + 16, finish.finished(b, offset + 16))
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
  @inline(__always)
  func store(_ p: UnsafeMutablePointer<Float>, _ offset: Int, _ finish: some ProductFinish) {
    Kernels.store(p, offset, finish.finished(a, offset))
    Kernels.store(p, offset + 16, finish.finished(b, offset + 16))
    Kernels.store(p, offset + 32, finish.finished(c, offset + 32))
    Kernels.store(p, offset + 48, finish.finished(d, offset + 48))
  }
}

extension Kernels {
  /// A product `C[m, n] = Σ over k of A · B`. A is addressed by two steps, so that the same tiles
  /// serve a matrix and its transpose.
  struct Product<Finish: ProductFinish> {
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
    var finish: Finish

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
      let out = row * ldc + column
      r0.store(c, out, finish)
      r1.store(c, out + ldc, finish)
      r2.store(c, out + 2 * ldc, finish)
      r3.store(c, out + 3 * ldc, finish)
      r4.store(c, out + 4 * ldc, finish)
      r5.store(c, out + 5 * ldc, finish)
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
      let out = row * ldc + column
      r0.store(c, out, finish)
      r1.store(c, out + ldc, finish)
      r2.store(c, out + 2 * ldc, finish)
      r3.store(c, out + 3 * ldc, finish)
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
      r0.store(c, row * ldc + column, finish)
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

  /// OpenBLAS' product, for `prefersBLAS`; without the library the tiles do it all. So they do where addresses are limited
  /// (`ulimit -v`): it takes hundreds of megabytes of them for each thread, and ends the process, or waits forever, where
  /// it cannot have them. How many are left is not asked, or the bits of a product would depend on when it is computed.
  private static let sgemm = MemoryLimit.addresses == nil ? rlgym_load_sgemm() : nil

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
      func product(_ finish: some ProductFinish) {
        Product(
          c: c, ldc: ldc, a: a, rowStep: lda, termStep: 1, b: b, ldb: ldb, m: m, k: k, bias: bias,
          accumulate: accumulate, finish: finish
        ).run(columns: n)
      }
      if activation == .relu {
        return product(ActivatedFinish(function: Operations.Relu()))
      }
      product(PlainFinish())
    }
    if activation != .none { activate(c, rows: m, columns: n, stride: ldc, activation) }
  }

  /// `C[m, n] = (A[m, k] · B[k, n]) · act'`, the derivative taken at the activation's result y.
  static func matmulGated(
    _ c: Target, ldc: Int, _ a: Source, lda: Int, _ b: Source, ldb: Int, m: Int, k: Int, n: Int,
    gate y: Target, activation: Activation, allowsBLAS: Bool
  ) {
    if n <= fewColumns || (allowsBLAS && prefersBLAS(m: m, k: k, n: n) && hasBLAS) {
      matmul(
        c, ldc: ldc, a, lda: lda, b, ldb: ldb, m: m, k: k, n: n, bias: nil, activation: .none,
        accumulate: false, allowsBLAS: allowsBLAS)
      return gate(c, y: y, Extent(.matrix(m, n)), activation)
    }
    func product(_ function: some UnaryFunction) {
      Product(
        c: c, ldc: ldc, a: a, rowStep: lda, termStep: 1, b: b, ldb: ldb, m: m, k: k, bias: nil,
        accumulate: false, finish: GatedFinish(function: function, y: y)
      ).run(columns: n)
    }
    switch activation {
    case .tanh: product(Operations.Tanh())
    case .relu: product(Operations.Relu())
    case .sigmoid: product(Operations.Sigmoid())
    case .none, .gelu, .softplus:
      preconditionFailure("Kernels: the derivative of \(activation) is not one of its results")
    }
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
        accumulate: accumulate, finish: PlainFinish()
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

  /// Sixteen rows of sixteen numbers, four by four: larger networks of shuffles are compiled to more instructions.
  @inline(__always)
  private static func transposeBlock(_ out: Target, _ ldo: Int, _ a: Source, _ lda: Int) {
    typealias Four = SIMD4<Float>
    for i in 0..<4 {
      for j in 0..<4 {
        let from = UnsafeRawPointer(a + 4 * i * lda + 4 * j)
        let step = lda * MemoryLayout<Float>.stride
        let p = from.loadUnaligned(as: Four.self)
        let q = (from + step).loadUnaligned(as: Four.self)
        let r = (from + 2 * step).loadUnaligned(as: Four.self)
        let s = (from + 3 * step).loadUnaligned(as: Four.self)
        let to = out + 4 * j * ldo + 4 * i
        func put(_ k: Int) {
          UnsafeMutableRawPointer(to + k * ldo).storeBytes(
            of: Four(p[k], q[k], r[k], s[k]), as: Four.self)
        }
        put(0)
        put(1)
        put(2)
        put(3)
      }
    }
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

/// Whether OpenBLAS was found, and addresses have no limit.
package var hasOpenBLAS: Bool { Kernels.hasBLAS }
