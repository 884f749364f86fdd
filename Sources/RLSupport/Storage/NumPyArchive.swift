internal import CZlib

/// Arrays in NumPy's `.npz` form: a zip file of `.npy` files, as `numpy.savez` writes and `numpy.load` reads
/// (NumPy Enhancement Proposal 1, version 1.0 of the format).
public enum NumPyArchive {
  /// Encodes arrays, sorted by name, without compression; the same arrays give the same bytes.
  ///
  /// - Precondition: The file stays below 4 GB.
  public static func encode(_ archive: StateArchive) -> [UInt8] {
    var (file, directory) = ([UInt8](), [UInt8]())
    let entries = archive.entries.sorted { $0.key < $1.key }
    for (name, entry) in entries {
      let path = Array((name + ".npy").utf8)
      let data = array(entry)
      let offset = file.count
      // Zip (APPNOTE.TXT 4.3.7 and 4.3.12): stored, dated 1 January 1980.
      var common: [UInt8] = []
      common.append16(20, 0x800, 0, 0, 0x21)
      common.append32(FileStore.checksum(data), UInt32(data.count), UInt32(data.count))
      common.append16(UInt16(path.count), 0)
      file.append32(0x0403_4b50)
      file += common + path + data
      directory.append32(0x0201_4b50)
      directory.append16(20)
      directory += common
      directory.append16(0, 0, 0)
      directory.append32(0, UInt32(offset))
      directory += path
    }
    precondition(file.count + directory.count < 1 << 32, "NumPyArchive: more than 4 GB")
    let start = UInt32(file.count)
    file += directory
    file.append32(0x0605_4b50)
    file.append16(0, 0, UInt16(entries.count), UInt16(entries.count))
    file.append32(UInt32(directory.count), start)
    file.append16(0)
    return file
  }

  private static func array(_ entry: StateArchive.Entry) -> [UInt8] {
    let (type, data): (String, [UInt8]) =
      switch entry.values {
      case .float(let a): ("<f4", littleEndian(a.map(\.bitPattern)))
      case .double(let a): ("<f8", littleEndian(a.map(\.bitPattern)))
      case .int(let a): ("<i8", littleEndian(a))
      case .uint(let a): ("<u8", littleEndian(a))
      case .bytes(let a): ("|u1", a)
      }
    let shape = entry.shape.map { "\($0)," }.joined(separator: " ")
    var header =
      "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    var bytes = magic
    bytes.append16(UInt16(header.utf8.count))
    return bytes + Array(header.utf8) + data
  }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]

  private static func littleEndian<T: FixedWidthInteger>(_ numbers: [T]) -> [UInt8] {
    numbers.map(\.littleEndian).withUnsafeBytes { Array($0) }
  }

  // MARK: Reading

  /// Decodes arrays of numbers; `True` and `False` become bytes, narrow numbers wide ones. Arrays of other
  /// things, such as objects, are passed over.
  ///
  /// - Parameters:
  ///   - bytes: A file `.npz`.
  ///   - name: The file's name, for messages.
  public static func decode(_ bytes: [UInt8], name: String) throws(FileError) -> StateArchive {
    var result = StateArchive()
    for member in try members(of: bytes, name) where member.path.hasSuffix(".npy") {
      let key = String(member.path.dropLast(4))
      if let entry = try parse(member.data, "\(name), \(member.path)") {
        result.set(key, entry.values, shape: entry.shape)
      }
    }
    return result
  }

  /// More than any log of a training unpacks to.
  private static let sizeLimit = 1 << 28

  /// The files of a zip archive, as its directory lists them.
  private static func members(of bytes: [UInt8], _ name: String) throws(FileError) -> [(
    path: String, data: [UInt8]
  )] {
    func damaged(_ reason: String) -> FileError { .damaged(name, reason: reason) }
    let reader = ByteReader(bytes)
    let first = max(0, bytes.count - 22 - 65_535)
    guard bytes.count >= 22,
      let end = (first...bytes.count - 22).last(where: { reader.word32($0) == 0x0605_4b50 }),
      let count = reader.word16(end + 10), let start = reader.word32(end + 16)
    else { throw damaged("it is no zip archive") }
    var place = Int(start)
    // Entries that share data, or data that unpacks to a thousandfold, could fill the memory.
    var total = 0
    var result: [(path: String, data: [UInt8])] = []
    for _ in 0..<count {
      guard reader.word32(place) == 0x0201_4b50, let method = reader.word16(place + 10),
        let checksum = reader.word32(place + 16), let packed = reader.word32(place + 20),
        let size = reader.word32(place + 24), let nameCount = reader.word16(place + 28),
        let extraCount = reader.word16(place + 30), let noteCount = reader.word16(place + 32),
        let offset = reader.word32(place + 42),
        let path = reader.bytes(place + 46, Int(nameCount)),
        let localName = reader.word16(Int(offset) + 26),
        let localExtra = reader.word16(Int(offset) + 28),
        reader.word32(Int(offset)) == 0x0403_4b50,
        let data = reader.bytes(
          Int(offset) + 30 + Int(localName) + Int(localExtra), Int(packed))
      else { throw damaged("its directory is broken, or it is larger than 4 GB") }
      total += Int(size)
      guard total <= max(sizeLimit, bytes.count) else {
        throw damaged("it unpacks to more than \(Format.bytes(sizeLimit))")
      }
      let file: [UInt8]?
      switch method {
      case 0: file = packed == size ? Array(data) : nil
      case 8: file = inflated(Array(data), size: Int(size))
      default: throw damaged("it is compressed in an unknown way")
      }
      guard let file, FileStore.checksum(file) == checksum else {
        throw damaged("a checksum is wrong")
      }
      result.append((String(decoding: path, as: UTF8.self), file))
      place += 46 + Int(nameCount) + Int(extraCount) + Int(noteCount)
    }
    return result
  }

  /// Inflates raw deflated data of a known size; `nil` if it is not of that size.
  private static func inflated(_ packed: [UInt8], size: Int) -> [UInt8]? {
    // Deflate packs 1032 to 1 at most, so a larger size is a lie.
    guard size <= 1032 * packed.count + 64, size < UInt32.max, packed.count < UInt32.max else {
      return nil
    }
    var stream = z_stream()
    guard
      inflateInit2_(&stream, -15, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { inflateEnd(&stream) }
    var input = packed
    var output = [UInt8](repeating: 0, count: size + 1)
    let status = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        return inflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END, stream.total_out == UInt(size) else { return nil }
    output.removeLast()
    return output
  }

  /// One array; `nil` if it is not an array of numbers.
  private static func parse(_ bytes: [UInt8], _ name: String) throws(FileError)
    -> StateArchive.Entry?
  {
    func damaged(_ reason: String) -> FileError { .damaged(name, reason: reason) }
    let reader = ByteReader(bytes)
    guard bytes.count >= 12, bytes.prefix(6) == magic.prefix(6), (1...3).contains(bytes[6]),
      let length = bytes[6] == 1 ? reader.word16(8).map(UInt32.init) : reader.word32(8)
    else { throw damaged("it is no NumPy array") }
    let start = bytes[6] == 1 ? 10 : 12
    guard let header = reader.bytes(start, Int(length)) else { throw damaged("it is cut short") }
    let text = String(decoding: header, as: UTF8.self)
    guard let type = value("descr", text), let order = value("fortran_order", text),
      let extents = value("shape", text)
    else { throw damaged("its header is unknown") }
    let numbers = extents.split { "(), ".contains($0) }.map { Int($0) }
    let shape = numbers.compactMap { $0 }
    guard shape.count == numbers.count, shape.allSatisfy({ $0 >= 0 }),
      order == "False" || shape.count < 2
    else { throw damaged("its shape \(extents) is not supported") }
    var count = 1
    for extent in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: extent)
      guard !overflows else { throw damaged("its shape \(extents) is too large") }
      count = product
    }
    let data = bytes.dropFirst(start + Int(length))
    func words<T: FixedWidthInteger>(_ type: T.Type) throws(FileError) -> [T] {
      let width = MemoryLayout<T>.size
      guard data.count / width == count, data.count % width == 0 else {
        throw damaged("it has \(data.count) bytes for \(count) numbers")
      }
      return data.withUnsafeBytes { raw in
        (0..<count).map {
          T(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * width, as: T.self))
        }
      }
    }
    let values: StateArchive.Values
    switch type {
    case "'<f4'": values = .float(try words(UInt32.self).map { Float(bitPattern: $0) })
    case "'<f8'": values = .double(try words(UInt64.self).map { Double(bitPattern: $0) })
    case "'<i8'": values = .int(try words(Int64.self))
    case "'<i4'": values = .int(try words(Int32.self).map { Int64($0) })
    case "'<u8'": values = .uint(try words(UInt64.self))
    case "'|u1'", "'|b1'": values = .bytes(try words(UInt8.self))
    default: return nil
    }
    return StateArchive.Entry(shape: shape, values: values)
  }

  /// A value of the Python dictionary that describes an array.
  private static func value(_ key: String, _ header: String) -> String? {
    guard let start = header.firstRange(of: "'\(key)':")?.upperBound else { return nil }
    let rest = header[start...].drop { $0 == " " }
    var end = rest.firstIndex { $0 == "," || $0 == "}" }
    if rest.first == "(" { end = rest.firstIndex(of: ")").map { rest.index(after: $0) } }
    return end.map { String(rest[..<$0]) }
  }
}

/// Little-endian numbers at places that may not be there.
private struct ByteReader {
  let all: [UInt8]
  init(_ all: [UInt8]) { self.all = all }

  func bytes(_ place: Int, _ count: Int) -> ArraySlice<UInt8>? {
    guard place >= 0, count >= 0, place <= all.count, count <= all.count - place else {
      return nil
    }
    return all[place..<place + count]
  }
  func word16(_ place: Int) -> UInt16? {
    bytes(place, 2).map { $0.reversed().reduce(0) { $0 << 8 | UInt16($1) } }
  }
  func word32(_ place: Int) -> UInt32? {
    bytes(place, 4).map { $0.reversed().reduce(0) { $0 << 8 | UInt32($1) } }
  }
}

extension [UInt8] {
  fileprivate mutating func append16(_ numbers: UInt16...) {
    for number in numbers { append(littleEndian: number) }
  }
  fileprivate mutating func append32(_ numbers: UInt32...) {
    for number in numbers { append(littleEndian: number) }
  }
}
