/// The objects of an HDF5 file: headers of messages.
extension ShardEncoder {
  /// The types that datasets and attributes have.
  enum Datatype {
    case float32, float64, int64, uint64, int8, boolean

    /// The type's bytes in a message, without padding.
    var size: Int {
      switch self {
      case .float32, .float64: 20
      case .int64, .uint64, .int8: 12
      case .boolean: 38
      }
    }
  }

  private mutating func append(_ type: Datatype) {
    func fixedPoint(_ size: UInt32, isSigned: Bool) {
      image.append(UInt8(0x10))
      image.append(UInt8(isSigned ? 8 : 0))
      image.append(UInt16(0))
      image.append(size)
      image.append(UInt16(0))
      image.append(UInt16(8 * size))
    }
    switch type {
    case .float32:
      image.append([0x11, 0x20, 0x1f, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0])
    case .float64:
      image.append([0x11, 0x20, 0x3f, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0])
    case .int64: fixedPoint(8, isSigned: true)
    case .uint64: fixedPoint(8, isSigned: false)
    case .int8: fixedPoint(1, isSigned: true)
    case .boolean:
      // The enumeration that h5py knows as a Boolean.
      image.append([0x18, 2, 0, 0, 1, 0, 0, 0])
      fixedPoint(1, isSigned: true)
      image.append("FALSE\0\0\0")
      image.append("TRUE\0\0\0\0")
      image.append([0, 1])
    }
  }

  /// Starts an object header; `endHeader` fills in the counts.
  mutating func beginHeader() -> Int {
    let start = image.count
    image.append(UInt16(1))
    image.append(UInt16(0))
    image.append(UInt32(1))
    image.append(UInt64(0))
    return start
  }

  mutating func endHeader(_ start: Int, messages: Int) -> UInt64 {
    image.set(UInt16(messages), at: start + 2)
    image.set(UInt32(image.count - start - 16), at: start + 8)
    return UInt64(base + start)
  }

  mutating func beginMessage(_ type: UInt16) -> Int {
    image.append(type)
    image.append(UInt16(0))
    image.append(UInt32(0))
    return image.count
  }

  mutating func endMessage(_ start: Int) {
    image.pad(from: start)
    image.set(UInt16(image.count - start), at: start - 6)
  }

  static let undefined = UInt64.max

  /// A dataset in one piece.
  mutating func dataset(
    _ data: UInt64, _ type: Datatype, _ shape: [Int], bytes: Int
  ) -> UInt64 {
    let start = beginHeader()
    var message = beginMessage(0x01)
    image.append(UInt8(1))
    image.append(UInt8(shape.count))
    image.appendZeros(6)
    for extent in shape { image.append(UInt64(extent)) }
    endMessage(message)
    message = beginMessage(0x03)
    append(type)
    endMessage(message)
    // The fill value: the default one, in space that is there from the start.
    message = beginMessage(0x05)
    image.append([2, 1, 0, 1, 0, 0, 0, 0])
    endMessage(message)
    message = beginMessage(0x08)
    image.append([3, 1])
    image.append(bytes > 0 ? data : Self.undefined)
    image.append(UInt64(bytes))
    endMessage(message)
    return endHeader(start, messages: 4)
  }

  /// A group that lists its members in its header.
  mutating func group(
    _ links: [(name: StaticString, header: UInt64)],
    _ attributes: [(name: StaticString, type: Datatype, bits: UInt64)] = [],
    named others: [(name: [UInt8], header: UInt64)] = []
  ) -> UInt64 {
    let start = beginHeader()
    var message = beginMessage(0x02)
    image.append(UInt16(0))
    image.append(Self.undefined)
    image.append(Self.undefined)
    endMessage(message)
    message = beginMessage(0x0a)
    image.append(UInt16(0))
    endMessage(message)
    for (name, header) in links {
      message = beginMessage(0x06)
      image.append([1, 0, UInt8(name.utf8CodeUnitCount)])
      image.append(name)
      image.append(header)
      endMessage(message)
    }
    for (name, header) in others {
      message = beginMessage(0x06)
      image.append([1, 0, UInt8(name.count)])
      image.append(name)
      image.append(header)
      endMessage(message)
    }
    for (name, type, bits) in attributes {
      message = beginMessage(0x0c)
      image.append(UInt16(1))
      image.append(UInt16(name.utf8CodeUnitCount + 1))
      image.append(UInt16(type.size))
      image.append(UInt16(8))
      image.append(name)
      image.append(UInt8(0))
      image.pad(from: message)
      append(type)
      image.pad(from: message)
      image.append(UInt64(1))
      image.append(bits)
      endMessage(message)
    }
    return endHeader(start, messages: 2 + links.count + others.count + attributes.count)
  }
}
