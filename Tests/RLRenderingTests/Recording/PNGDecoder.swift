import CZlib
import RLRendering

extension DecodedRecording {
  /// Decodes a PNG or animated PNG, checking everything that the specification demands of it.
  init(png bytes: [UInt8]) throws {
    var reader = ByteReader(bytes)
    try require(try reader.take(8) == [137, 80, 78, 71, 13, 10, 26, 10], "no signature")
    var chunks: [(type: String, data: [UInt8])] = []
    while !reader.bytes.isEmpty {
      let size = try reader.big(4)
      let body = try reader.take(4 + size)
      try require(try reader.big(4) == Int(checksum(body)), "wrong checksum")
      chunks.append((String(decoding: body[..<4], as: UTF8.self), Array(body[4...])))
    }
    try require(chunks.first?.type == "IHDR" && chunks.last?.type == "IEND", "wrong order")
    var header = ByteReader(chunks[0].data)
    let (width, height) = (try header.big(4), try header.big(4))
    try require(try header.take(5) == [8, 2, 0, 0, 0], "not 8 bits of red, green and blue")

    var canvas = Frame(width: width, height: height)
    var announced: Int?
    var sequence = 0
    var control: (part: (x: Int, y: Int, width: Int, height: Int), duration: Double)?
    for (type, data) in chunks.dropFirst().dropLast() {
      var reader = ByteReader(data)
      switch type {
      case "acTL":
        try require(announced == nil && pictures.isEmpty, "acTL comes late")
        announced = try reader.big(4)
        repeats = try reader.big(4) == 0
      case "fcTL":
        try require(try reader.big(4) == sequence, "wrong sequence number")
        sequence += 1
        let (w, h) = (try reader.big(4), try reader.big(4))
        let (x, y) = (try reader.big(4), try reader.big(4))
        try require(w > 0 && h > 0 && x + w <= width && y + h <= height, "outside of the canvas")
        if pictures.isEmpty { try require(w == width && h == height, "a part comes first") }
        let (number, unit) = (try reader.big(2), try reader.big(2))
        try require(try reader.take(2) == [0, 0], "other operations")
        control = ((x, y, w, h), Double(number) / Double(unit == 0 ? 100 : unit))
      case "IDAT", "fdAT":
        try require((type == "IDAT") == pictures.isEmpty, "wrong kind of data")
        if type == "fdAT" {
          try require(try reader.big(4) == sequence, "wrong sequence number")
          sequence += 1
        }
        let (part, duration) = control ?? ((0, 0, width, height), 0)
        try require(control != nil || announced == nil, "no control before the data")
        control = nil
        let rows = try Self.unfilter(
          try Self.inflate(Array(reader.bytes), count: part.height * (part.width * 3 + 1)),
          rowBytes: part.width * 3)
        for (y, row) in rows.enumerated() {
          let start = ((part.y + y) * width + part.x) * 3
          canvas.pixels.replaceSubrange(start..<start + row.count, with: row)
        }
        pictures.append(
          Picture(frame: canvas, duration: duration, area: part.width * part.height))
      default: throw DecodingProblem("unknown chunk \(type)")
      }
    }
    if let announced { try require(announced == pictures.count, "not the announced number") }
  }

  private static func inflate(_ bytes: [UInt8], count: Int) throws -> [UInt8] {
    // One byte more than expected, to see whether there is too much.
    var result = Array(repeating: UInt8(0), count: count + 1)
    var size = uLongf(result.count)
    let status = uncompress(&result, &size, bytes, uLong(bytes.count))
    try require(status == Z_OK && Int(size) == count, "zlib says \(status), \(size) bytes")
    return Array(result[..<count])
  }

  private static func unfilter(_ bytes: [UInt8], rowBytes: Int) throws -> [[UInt8]] {
    var rows: [[UInt8]] = []
    var reader = ByteReader(bytes)
    while !reader.bytes.isEmpty {
      let filter = try reader.big(1)
      var row = try reader.take(rowBytes)
      for i in row.indices {
        let a = i >= 3 ? Int(row[i - 3]) : 0
        let b = rows.last.map { Int($0[i]) } ?? 0
        let c = i >= 3 ? rows.last.map { Int($0[i - 3]) } ?? 0 : 0
        let guess: Int
        switch filter {
        case 0: guess = 0
        case 1: guess = a
        case 2: guess = b
        case 3: guess = (a + b) / 2
        case 4:
          let p = a + b - c
          let (pa, pb, pc) = (abs(p - a), abs(p - b), abs(p - c))
          guess = pa <= pb && pa <= pc ? a : pb <= pc ? b : c
        default: throw DecodingProblem("filter \(filter)")
        }
        row[i] = row[i] &+ UInt8(guess)
      }
      rows.append(row)
    }
    return rows
  }
}

/// CRC-32, bit by bit.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
  var value = UInt32.max
  for byte in bytes {
    value ^= UInt32(byte)
    for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
  }
  return ~value
}
