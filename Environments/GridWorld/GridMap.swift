/// A rectangular map, one letter a cell: `S` start, `F` or `.` free, `H` pit, `G` goal, `#` wall.
public struct GridMap: Sendable, Equatable, Codable {
  /// What a cell is.
  public enum Cell: String, Sendable, Codable {
    /// Where episodes start.
    case start = "S"
    /// An ordinary cell.
    case free = "F"
    /// A bad end, or a way back to the start.
    case pit = "H"
    /// The good end.
    case goal = "G"
    /// A cell that cannot be entered.
    case wall = "#"
  }

  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The cells row by row.
  public let cells: [Cell]

  /// Reads a map.
  ///
  /// - Parameter lines: One string a row, all equally long.
  /// - Throws: `GridMapError` for ragged rows, unknown letters, and maps without start or goal.
  public init(_ lines: [String]) throws(GridMapError) {
    guard let width = lines.first?.count, width > 0 else { throw .empty }
    var cells: [Cell] = []
    for (row, line) in lines.enumerated() {
      guard line.count == width else {
        throw .ragged(row: row, length: line.count, expected: width)
      }
      for (column, letter) in line.enumerated() {
        let name = letter == "." ? "F" : String(letter)
        guard let cell = Cell(rawValue: name) else {
          throw .unknownLetter(String(letter), row: row, column: column)
        }
        cells.append(cell)
      }
    }
    guard cells.contains(.start) else { throw .missing("start 'S'") }
    guard cells.contains(.goal) else { throw .missing("goal 'G'") }
    rows = lines.count
    columns = width
    self.cells = cells
  }

  private enum CodingKeys: CodingKey { case rows, columns, cells }

  /// Reads a map.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    rows = try container.decode(Int.self, forKey: .rows)
    columns = try container.decode(Int.self, forKey: .columns)
    cells = try container.decode([Cell].self, forKey: .cells)
    let (size, isTooLarge) = rows.multipliedReportingOverflow(by: columns)
    guard rows > 0, columns > 0, !isTooLarge, size == cells.count, cells.contains(.start),
      cells.contains(.goal)
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .cells, in: container, debugDescription: "these cells are no map")
    }
  }

  /// A map that is known to be right.
  static func known(_ lines: [String]) -> GridMap {
    do { return try GridMap(lines) } catch { preconditionFailure("\(error)") }
  }

  /// A random square map with a way from the upper left start to the lower right goal; each other cell
  /// is free with the given probability, else a pit (Gymnasium's `generate_random_map`).
  public static func random(
    size: Int = 8, freeProbability: Double = 0.8, using rng: inout some RandomNumberGenerator
  ) throws(GridMapError) -> GridMap {
    guard size >= 2, freeProbability > 0, freeProbability <= 1 else {
      throw .unlikely(size: size, freeProbability: freeProbability)
    }
    for _ in 0..<100_000 {
      var lines = (0..<size).map { _ in
        (0..<size).map { _ in Double.random(in: 0..<1, using: &rng) < freeProbability ? "F" : "H" }
      }
      lines[0][0] = "S"
      lines[size - 1][size - 1] = "G"
      let map = try GridMap(lines.map { $0.joined() })
      if map.hasPath { return map }
    }
    throw .unlikely(size: size, freeProbability: freeProbability)
  }

  /// Whether a goal can be reached from a start without entering a pit or a wall.
  public var hasPath: Bool {
    var open = cells.indices.filter { cells[$0] == .start }
    var seen = Set(open)
    while let cell = open.popLast() {
      if cells[cell] == .goal { return true }
      for direction in GridDirection.allCases {
        let next = neighbour(of: cell, direction)
        if cells[next] != .pit, seen.insert(next).inserted { open.append(next) }
      }
    }
    return false
  }

  /// The cell one step away; the same cell at the map's edge and in front of a wall.
  func neighbour(of cell: Int, _ direction: GridDirection) -> Int {
    var (row, column) = (cell / columns, cell % columns)
    switch direction {
    case .left: column = max(0, column - 1)
    case .right: column = min(columns - 1, column + 1)
    case .up: row = max(0, row - 1)
    case .down: row = min(rows - 1, row + 1)
    }
    let next = row * columns + column
    return cells[next] == .wall ? cell : next
  }
}

/// The four ways to go.
public enum GridDirection: String, Sendable, Codable, CaseIterable {
  /// Towards column 0.
  case left
  /// Away from row 0.
  case down
  /// Away from column 0.
  case right
  /// Towards row 0.
  case up
}

/// What can be wrong with a map.
public enum GridMapError: Error, Equatable, CustomStringConvertible {
  /// There are no cells.
  case empty
  /// Rows differ in length.
  case ragged(row: Int, length: Int, expected: Int)
  /// A letter that means nothing.
  case unknownLetter(String, row: Int, column: Int)
  /// No start or no goal.
  case missing(String)
  /// A random map with a way to the goal is out of reach.
  case unlikely(size: Int, freeProbability: Double)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .empty: "The map has no cells; give at least one row."
    case .ragged(let row, let length, let expected):
      "Row \(row) of the map has \(length) cells, but row 0 has \(expected); make all rows equally long."
    case .unknownLetter(let letter, let row, let column):
      "The map's cell at row \(row), column \(column) is '\(letter)'; use S, F, '.', H, G or #."
    case .missing(let what): "The map has no \(what)."
    case .unlikely(let size, let probability):
      "No random map of size \(size) with a free share of \(probability) has a way to the goal; choose a size of 2 or more and a larger share."
    }
  }
}
