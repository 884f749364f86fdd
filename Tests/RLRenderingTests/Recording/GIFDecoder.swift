import RLRendering

extension DecodedRecording {
  /// Decodes an animated GIF, checking everything that the specification demands of it.
  init(gif bytes: [UInt8]) throws {
    var reader = ByteReader(bytes)
    try require(try reader.take(6) == Array("GIF89a".utf8), "no signature")
    let (width, height) = (try reader.little(2), try reader.little(2))
    try require(try reader.take(3)[0] & 0x80 == 0, "a color table for all pictures")
    var canvas = Frame(width: width, height: height)
    var control: (duration: Double, transparent: Int?)?
    while true {
      switch try reader.big(1) {
      case 0x3b:
        try require(reader.bytes.isEmpty, "something after the end")
        return
      case 0x21:
        let label = try reader.big(1)
        let data = try Self.blocks(&reader)
        if label == 0xff {
          repeats = data == Array("NETSCAPE2.0".utf8) + [1, 0, 0]
        } else {
          try require(label == 0xf9 && data.count == 4, "extension \(label)")
          try require(data[0] & 0xfe == 4, "other operations")
          control = (
            Double(Int(data[1]) | Int(data[2]) << 8) / 100, data[0] & 1 == 1 ? Int(data[3]) : nil
          )
        }
      case 0x2c:
        guard let (duration, transparent) = control else { throw DecodingProblem("no control") }
        control = nil
        let (x, y) = (try reader.little(2), try reader.little(2))
        let (w, h) = (try reader.little(2), try reader.little(2))
        try require(w > 0 && h > 0 && x + w <= width && y + h <= height, "outside of the canvas")
        let flags = try reader.big(1)
        try require(flags & 0xf8 == 0x80, "flags \(flags)")
        let table = try reader.take(3 << (flags & 7 + 1))
        let bits = try reader.big(1)
        let indices = try Self.lzw(try Self.blocks(&reader), bits: bits)
        try require(indices.count == w * h, "\(indices.count) pixels for \(w)x\(h)")
        for (i, index) in indices.enumerated() where index != transparent {
          try require(3 * index < table.count, "index \(index) is not in the table")
          canvas[x + i % w, y + i / w] = Array(table[3 * index..<3 * index + 3])
        }
        if pictures.isEmpty { try require(w == width && h == height, "a part comes first") }
        pictures.append(Picture(frame: canvas, duration: duration, area: w * h))
      case let other: throw DecodingProblem("block \(other)")
      }
    }
  }

  private static func blocks(_ reader: inout ByteReader) throws -> [UInt8] {
    var data: [UInt8] = []
    while true {
      let size = try reader.big(1)
      if size == 0 { return data }
      data += try reader.take(size)
    }
  }

  private static func lzw(_ bytes: [UInt8], bits: Int) throws -> [Int] {
    try require((2...8).contains(bits), "code size \(bits)")
    let clear = 1 << bits
    var runs: [[Int]] = []
    var size = bits + 1
    var last: [Int]?
    var result: [Int] = []
    var position = 0
    func code() throws -> Int {
      try require(position + size <= 8 * bytes.count, "the codes end too early")
      defer { position += size }
      return (0..<size).reduce(0) {
        let place = position + $1
        return $0 | Int(bytes[place / 8] >> UInt8(place % 8) & 1) << $1
      }
    }
    try require(try code() == clear, "no clear code at first")
    while true {
      if last == nil {
        runs = (0..<clear).map { [$0] } + [[], []]
        size = bits + 1
      }
      let next = try code()
      if next == clear {
        last = nil
        continue
      }
      if next == clear + 1 {
        try require(8 * bytes.count - position < 8, "data after the end code")
        return result
      }
      var run: [Int]
      if next < runs.count {
        run = runs[next]
      } else {
        guard next == runs.count, let last else { throw DecodingProblem("code \(next)") }
        run = last + [last[0]]
      }
      if let last, runs.count < 4096 {
        runs.append(last + [run[0]])
        if runs.count == 1 << size, size < 12 { size += 1 }
      }
      result += run
      last = run
    }
  }
}
