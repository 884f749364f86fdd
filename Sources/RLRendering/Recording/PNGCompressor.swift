internal import CZlib

/// Filters and compresses pixels as PNG stores them; its memory serves one picture after another.
final class PNGCompressor {
  private let stream: UnsafeMutablePointer<z_stream>
  private var rows: [UInt8] = []
  private var output: [UInt8] = []

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let problem = deflateInit2_(
      stream, 6, Z_DEFLATED, 15, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(problem == Z_OK, "zlib cannot be started (\(problem)); is memory left?")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Parts of so many bytes are worth the search for the shortest form.
  private static let smallSize = 1 << 17

  /// The zlib stream of a part of a frame: with the filters that promise most, or unfiltered where the
  /// part is small and that is shorter, as it often is for pictures with few colours.
  func compress(_ frame: Frame, _ part: PixelRectangle) -> [UInt8] {
    filter(frame, part, isPlain: false)
    guard rows.count <= Self.smallSize else { return deflateRows(level: 6) }
    let filtered = deflateRows(level: 9)
    filter(frame, part, isPlain: true)
    let plain = deflateRows(level: 9)
    return plain.count < filtered.count ? plain : filtered
  }

  private func deflateRows(level: Int32) -> [UInt8] {
    deflateReset(stream)
    deflateParams(stream, level, Z_DEFAULT_STRATEGY)
    let bound = Int(deflateBound(stream, UInt(rows.count)))
    if output.count < bound { output = Array(repeating: 0, count: bound) }
    return rows.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        var rest = input[...]
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_in = 0
        var written = 0
        var status = Z_OK
        // zlib counts in 32 bits, a frame's bytes may not.
        while status == Z_OK {
          if stream.pointee.avail_in == 0, !rest.isEmpty {
            let piece = rest.prefix(1 << 30)
            rest = rest.dropFirst(piece.count)
            stream.pointee.next_in = input.baseAddress.map { $0 + piece.startIndex }
            stream.pointee.avail_in = UInt32(piece.count)
          }
          let room = min(output.count - written, 1 << 30)
          stream.pointee.avail_out = UInt32(room)
          status = deflate(stream, rest.isEmpty ? Z_FINISH : Z_NO_FLUSH)
          written += room - Int(stream.pointee.avail_out)
        }
        precondition(status == Z_STREAM_END, "zlib stopped with \(status)")
        return Array(output[..<written])
      }
    }
  }

  /// Puts a filter's number before each row, and in place of each byte its difference from what
  /// the filter predicts.
  ///
  /// Per row the filter wins whose differences, as signed numbers, have the smallest sum of
  /// magnitudes (PNG specification, section 12.7).
  private func filter(_ frame: Frame, _ part: PixelRectangle, isPlain: Bool) {
    let rowBytes = part.width * 3
    let size = part.height * (rowBytes + 1)
    if rows.count != size { rows = Array(repeating: 0, count: size) }
    // Two rows of the picture with three zeros before each, and the outcome of each filter.
    let span = rowBytes + 3
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * span + 5 * rowBytes) { scratch in
      scratch.initialize(repeating: 0)
      guard let start = scratch.baseAddress else { return }
      var (row, above) = (start + 3, start + span + 3)
      let tries = start + 2 * span
      frame.pixels.withUnsafeBufferPointer { pixels in
        rows.withUnsafeMutableBufferPointer { rows in
          guard let pixels = pixels.baseAddress, let rows = rows.baseAddress else { return }
          for y in 0..<part.height {
            swap(&row, &above)
            row.update(
              from: pixels + ((part.y + y) * frame.width + part.x) * 3, count: rowBytes)
            let target = rows + y * (rowBytes + 1)
            if isPlain {
              target[0] = 0
              (target + 1).update(from: row, count: rowBytes)
              continue
            }
            let best = Self.bestFilter(row, above, rowBytes, into: tries)
            target[0] = UInt8(best)
            (target + 1).update(from: tries + best * rowBytes, count: rowBytes)
          }
        }
      }
    }
  }

  private static func bestFilter(
    _ row: UnsafeMutablePointer<UInt8>, _ above: UnsafeMutablePointer<UInt8>, _ count: Int,
    into tries: UnsafeMutablePointer<UInt8>
  ) -> Int {
    var sums: (UInt, UInt, UInt, UInt, UInt) = (0, 0, 0, 0, 0)
    func cost(_ byte: UInt8) -> UInt { UInt(Int8(bitPattern: byte).magnitude) }
    let (none, sub, up) = (tries, tries + count, tries + 2 * count)
    let (average, paeth) = (tries + 3 * count, tries + 4 * count)
    for i in 0..<count {
      let (x, a, b) = (row[i], row[i - 3], above[i])
      none[i] = x
      sub[i] = x &- a
      up[i] = x &- b
      average[i] = x &- UInt8(truncatingIfNeeded: (UInt16(a) + UInt16(b)) >> 1)
      sums.0 &+= cost(x)
      sums.1 &+= cost(sub[i])
      sums.2 &+= cost(up[i])
      sums.3 &+= cost(average[i])
    }
    for i in 0..<count {
      let (a, b, c) = (Int16(row[i - 3]), Int16(above[i]), Int16(above[i - 3]))
      // The neighbour nearest to a + b - c.
      let (pa, pb, pc) = (abs(b - c), abs(a - c), abs(a + b - 2 * c))
      let guess = pa <= pb && pa <= pc ? a : pb <= pc ? b : c
      paeth[i] = row[i] &- UInt8(truncatingIfNeeded: guess)
      sums.4 &+= cost(paeth[i])
    }
    let costs = [sums.0, sums.1, sums.2, sums.3, sums.4]
    return (0..<5).min { costs[$0] < costs[$1] } ?? 0
  }
}
