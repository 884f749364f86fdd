/// Places in groups: `step` apart in a group of `count`, and `groupStep` from a group to the next.
struct GroupedSteps {
  var count: Int
  var step: Int
  var groupStep: Int

  init(_ count: Int, _ step: Int, _ groupStep: Int) {
    (self.count, self.step, self.groupStep) = (count, step, groupStep)
  }

  /// A place.
  subscript(_ index: Int) -> Int { index / count * groupStep + index % count * step }
}

/// Rows of a product that are accumulated together, in registers.
protocol WindowTile {
  associatedtype Row: TileRow
  static var count: Int { get }
  /// The next rows.
  init(
    _ product: Kernels.WindowProduct<some ProductFinish>, _ rows: inout Kernels.WindowRows,
    _ column: Int)
  /// Adds a term of each row.
  mutating func add(_ term: Int, _ row: Row)
  func store(_ product: Kernels.WindowProduct<some ProductFinish>)
}

/// A row.
struct OneRow<Row: TileRow>: WindowTile {
  private var sums: Row
  private let x: UnsafePointer<Float>
  private let out: Int
  static var count: Int { 1 }

  @inline(__always)
  init(
    _ product: Kernels.WindowProduct<some ProductFinish>, _ rows: inout Kernels.WindowRows,
    _ column: Int
  ) {
    x = product.a + rows.a
    out = rows.c &+ column
    sums = product.start(out, column, Row.self)
    product.advance(&rows)
  }

  @inline(__always) mutating func add(_ term: Int, _ row: Row) { sums.add(x[term], row) }

  @inline(__always)
  func store(_ product: Kernels.WindowProduct<some ProductFinish>) {
    sums.store(product.c, out, product.finish)
  }
}

/// The rows of two tiles. Tiles of any height are put together of these; an array of rows would not stay in registers.
struct TilePair<First: WindowTile, Second: WindowTile>: WindowTile where First.Row == Second.Row {
  private var first: First
  private var second: Second
  static var count: Int { First.count + Second.count }

  @inline(__always)
  init(
    _ product: Kernels.WindowProduct<some ProductFinish>, _ rows: inout Kernels.WindowRows,
    _ column: Int
  ) {
    first = First(product, &rows, column)
    second = Second(product, &rows, column)
  }

  @inline(__always)
  mutating func add(_ term: Int, _ row: First.Row) {
    first.add(term, row)
    second.add(term, row)
  }

  @inline(__always)
  func store(_ product: Kernels.WindowProduct<some ProductFinish>) {
    first.store(product)
    second.store(product)
  }
}

private typealias TwoRows<Row: TileRow> = TilePair<OneRow<Row>, OneRow<Row>>
private typealias ThreeRows<Row: TileRow> = TilePair<TwoRows<Row>, OneRow<Row>>
private typealias FourRows<Row: TileRow> = TilePair<TwoRows<Row>, TwoRows<Row>>
private typealias SixRows<Row: TileRow> = TilePair<FourRows<Row>, TwoRows<Row>>
private typealias EightRows<Row: TileRow> = TilePair<FourRows<Row>, FourRows<Row>>

extension Kernels {
  /// The next row of a product, and where it lies in A and C.
  struct WindowRows {
    fileprivate(set) var a: Int
    fileprivate(set) var c: Int
    fileprivate var index: Int
  }

  /// A product whose rows are windows of an image: `C[m, n] = Σ over groups of terms of A · B`.
  ///
  /// What is under a filter lies in lines, so that rows and terms of A are in groups each, and so are the rows of C. Terms
  /// of B follow each other, `ldb` apart. No row of the image is copied. Each number is one chain of additions in the order
  /// of terms, whatever the tile.
  struct WindowProduct<Finish: ProductFinish> {
    var c: Target
    /// The places of rows in C and in A; both have as many in a group.
    var (results, rows): (GroupedSteps, GroupedSteps)
    var a: Source
    /// The places of terms in A, and how many groups there are.
    var terms: GroupedSteps
    var groups: Int
    var b: Source
    var ldb: Int
    /// What the sums start from: a row for all rows of C, C itself, or zero.
    var bias: Source?
    var accumulate: Bool
    var finish: Finish

    @inline(__always)
    fileprivate func start<Row: TileRow>(_ out: Int, _ column: Int, _: Row.Type) -> Row {
      if accumulate { return Row(c + out) }
      if let bias { return Row(bias + column) }
      return Row()
    }

    @inline(__always)
    fileprivate func advance(_ next: inout WindowRows) {
      next.index &+= 1
      next.a &+= rows.step
      next.c &+= results.step
      if next.index == rows.count {
        next.index = 0
        next.a &+= rows.groupStep &- rows.count &* rows.step
        next.c &+= results.groupStep &- rows.count &* results.step
      }
    }

    @inline(__always)
    private func add<Tile: WindowTile>(
      _: Tile.Type, _ rows: inout WindowRows, _ left: inout Int, _ column: Int
    ) {
      var tile = Tile(self, &rows, column)
      var y = b + column
      var group = 0
      for _ in 0..<groups {
        var term = group
        for _ in 0..<terms.count {
          tile.add(term, Tile.Row(y))
          term &+= terms.step
          y += ldb
        }
        group &+= terms.groupStep
      }
      tile.store(self)
      left &-= Tile.count
    }

    /// Some rows of one panel of columns, in tiles that fill the registers and then in smaller ones.
    @inline(never)
    private func panel<Row: TileRow>(_ range: Range<Int>, _ column: Int, _: Row.Type) {
      let first = range.lowerBound
      var next = WindowRows(a: rows[first], c: results[first], index: first % rows.count)
      var left = range.count
      if Row.width == 16 { while left >= 8 { add(EightRows<Row>.self, &next, &left, column) } }
      while left >= 6 && left != 7 && left != 8 { add(SixRows<Row>.self, &next, &left, column) }
      while left >= 4 { add(FourRows<Row>.self, &next, &left, column) }
      if left == 3 { add(ThreeRows<Row>.self, &next, &left, column) }
      while left >= 1 { add(OneRow<Row>.self, &next, &left, column) }
    }

    /// Computes some rows of C, with their padding.
    func run(rows: Range<Int>, columns n: Int) {
      let width = Shape.padded(n)
      var column = 0
      while width - column >= 64 {
        panel(rows, column, TileRow4.self)
        column += 64
      }
      if width - column >= 32 {
        panel(rows, column, TileRow2.self)
        column += 32
      }
      if width - column >= 16 { panel(rows, column, TileRow1.self) }
    }

    /// Computes all rows of C where nothing lies between them: with columns that do not fill vectors, through memory of
    /// `rows` padded rows.
    func run(rows m: Int, columns n: Int, through scratch: Target) {
      if n == Shape.padded(n) { return run(rows: 0..<m, columns: n) }
      var (apart, width) = (self, Shape.padded(n))
      apart.c = scratch
      apart.results = GroupedSteps(rows.count, width, rows.count * width)
      apart.accumulate = false
      apart.run(rows: 0..<m, columns: n)
      for row in 0..<m {
        let (to, from) = (c + results[row], scratch + row * width)
        if accumulate {
          for column in 0..<n { to[column] += from[column] }
        } else {
          for column in 0..<n { to[column] = from[column] }
        }
      }
    }
  }
}
