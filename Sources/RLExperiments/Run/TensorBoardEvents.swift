internal import Foundation

/// Records of a TensorBoard event file (`tfrecord` framing around protobuf `Event` messages).
///
/// Only scalars: tag, step, time and value. Readers put up with a record that is cut off at the end, so the
/// file is appended to as it is.
package enum TensorBoardEvents {
  /// The record that begins a file.
  package static func header(time: Double) -> [UInt8] {
    var event = Message()
    event.double(1, time)
    event.bytes(3, Array("brain.Event:2".utf8))
    return record(event.data)
  }

  /// Scalars of one step.
  package static func scalars(_ values: [(tag: String, value: Double)], step: Int, time: Double)
    -> [UInt8]
  {
    var summary = Message()
    for (tag, value) in values {
      var scalar = Message()
      scalar.bytes(1, Array(tag.utf8))
      scalar.float(2, Float(value))
      summary.bytes(1, scalar.data)
    }
    var event = Message()
    event.double(1, time)
    event.varint(2, UInt64(max(0, step)))
    event.bytes(5, summary.data)
    return record(event.data)
  }

  private static func record(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(masked(length)) + data + littleEndian(masked(data))
  }

  private static func littleEndian(_ x: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: x.littleEndian) { Array($0) }
  }

  /// A checksum that is not itself changed by checksumming, as TensorFlow masks it.
  package static func masked(_ bytes: [UInt8]) -> UInt32 {
    let c = crc32c(bytes)
    return ((c >> 15) | (c << 17)) &+ 0xa282_ead8
  }

  /// CRC-32 with Castagnoli's polynomial.
  package static func crc32c(_ bytes: [UInt8]) -> UInt32 {
    var c = ~UInt32(0)
    for byte in bytes { c = table[Int((c ^ UInt32(byte)) & 255)] ^ (c >> 8) }
    return ~c
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { c, _ in c & 1 == 1 ? 0x82f6_3b78 ^ (c >> 1) : c >> 1 }
  }

  /// A protobuf message in the making.
  private struct Message {
    var data: [UInt8] = []

    mutating func varint(_ field: UInt64, _ value: UInt64) {
      append(field << 3)
      append(value)
    }
    mutating func double(_ field: UInt64, _ value: Double) {
      append(field << 3 | 1)
      data += littleEndian(value.bitPattern)
    }
    mutating func float(_ field: UInt64, _ value: Float) {
      append(field << 3 | 5)
      data += littleEndian(value.bitPattern)
    }
    mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
      append(field << 3 | 2)
      append(UInt64(value.count))
      data += value
    }
    private mutating func append(_ value: UInt64) {
      var rest = value
      while rest >= 128 {
        data.append(UInt8(rest & 127) | 128)
        rest >>= 7
      }
      data.append(UInt8(rest))
    }
  }
}
