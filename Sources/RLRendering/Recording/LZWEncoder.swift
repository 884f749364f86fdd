/// The compression of GIF: variable-length codes for runs of color indices seen before (GIF89a,
/// appendix F).
struct LZWEncoder {
  private static let slots = 1 << 14
  /// Known runs by their prefix's code and last index: key + 1 above, code in the low 12 bits.
  private var table = Array(repeating: UInt32(0), count: slots)

  /// Appends the compressed image data of a picture.
  ///
  /// - Parameters:
  ///   - indices: The picture's color indices, below `1 << bits`.
  ///   - bits: The bits of an index, 2 to 8.
  ///   - bytes: Where the data goes: the code size, blocks of 255 bytes, and the end mark.
  mutating func encode(_ indices: [UInt8], bits: Int, into bytes: inout [UInt8]) {
    bytes.append(UInt8(bits))
    guard let first = indices.first else {
      bytes.append(0)
      return
    }
    let clear = UInt32(1) << UInt32(bits)
    var output = BlockWriter()
    var size = UInt32(bits + 1)
    var next = clear + 2
    var prefix = UInt32(first)
    Self.forget(&table)
    output.put(clear, size, &bytes)
    table.withUnsafeMutableBufferPointer { table in
      for index in indices.dropFirst() {
        let key = (prefix << 8 | UInt32(index)) + 1
        var slot = Int((key &* 0x9e37_79b1) >> 18)
        while table[slot] != 0, table[slot] >> 12 != key {
          slot = (slot + 1) & (Self.slots - 1)
        }
        if table[slot] != 0 {
          prefix = table[slot] & 4095
          continue
        }
        output.put(prefix, size, &bytes)
        if next < 4096 {
          table[slot] = key << 12 | next
          // The decoder knows this code one code later, when the next one is read.
          if next == 1 << size { size += 1 }
          next += 1
        } else {
          output.put(clear, size, &bytes)
          table.update(repeating: 0)
          size = UInt32(bits + 1)
          next = clear + 2
        }
        prefix = UInt32(index)
      }
    }
    output.put(prefix, size, &bytes)
    if next == 1 << size, size < 12 { size += 1 }
    output.put(clear + 1, size, &bytes)
    output.finish(&bytes)
  }

  private static func forget(_ table: inout [UInt32]) {
    table.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
  }

  /// Packs codes into bytes, lowest bits first, in blocks with their length in front.
  private struct BlockWriter {
    private var bits: UInt32 = 0
    private var bitCount: UInt32 = 0
    /// Where the current block's length stands.
    private var block = -1

    mutating func put(_ code: UInt32, _ size: UInt32, _ bytes: inout [UInt8]) {
      bits |= code << bitCount
      bitCount += size
      while bitCount >= 8 {
        put(UInt8(truncatingIfNeeded: bits), &bytes)
        bits >>= 8
        bitCount -= 8
      }
    }

    private mutating func put(_ byte: UInt8, _ bytes: inout [UInt8]) {
      if block < 0 || bytes[block] == 255 {
        block = bytes.count
        bytes.append(0)
      }
      bytes.append(byte)
      bytes[block] += 1
    }

    mutating func finish(_ bytes: inout [UInt8]) {
      if bitCount > 0 { put(UInt8(truncatingIfNeeded: bits), &bytes) }
      bytes.append(0)
    }
  }
}
