internal import CZlib
internal import RLCore
internal import RLSupport

/// The parts that PNG files are made of (W3C Portable Network Graphics, third edition).
enum PNG {
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// A chunk: length, type, data and checksum.
  static func chunk(_ type: StaticString, _ data: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(data.count + 12)
    bytes.append(bigEndian: UInt32(data.count))
    type.withUTF8Buffer { bytes += $0 }
    bytes += data
    let checksum = bytes.withUnsafeBufferPointer { buffer in
      let body = UnsafeBufferPointer(rebasing: buffer[4...])
      return UInt32(crc32_z(0, body.baseAddress, body.count))
    }
    bytes.append(bigEndian: checksum)
    return bytes
  }

  /// The header chunk of pictures with 8 bits each of red, green and blue.
  static func header(width: Int, height: Int) -> [UInt8] {
    var data: [UInt8] = []
    data.append(bigEndian: UInt32(width))
    data.append(bigEndian: UInt32(height))
    data += [8, 2, 0, 0, 0]
    return chunk("IHDR", data)
  }
}

extension Frame {
  /// The frame as the bytes of a PNG file.
  public var png: [UInt8] { png(with: PNGCompressor()) }

  func png(with compressor: PNGCompressor) -> [UInt8] {
    PNG.signature + PNG.header(width: width, height: height)
      + PNG.chunk("IDAT", compressor.compress(self, bounds)) + PNG.chunk("IEND", [])
  }
}
