/// The safetensors format: named arrays in a file that holds no code and can be checked before use.
///
/// Eight bytes of header length, a JSON header padded to a multiple of eight, then the numbers,
/// little-endian and without gaps (https://github.com/huggingface/safetensors).
public enum Safetensors {
  /// The most a header may take, as in the reference implementation.
  static let headerLimit = 100_000_000

  /// Marks the words of the header that are small values of the archive.
  private static let valuePrefix = "json:"

  private static func kind(_ values: StateArchive.Values) -> (name: String, size: Int, order: Int) {
    switch values {
    case .uint: ("U64", 8, 0)
    case .int: ("I64", 8, 1)
    case .double: ("F64", 8, 2)
    case .float: ("F32", 4, 3)
    case .bytes: ("U8", 1, 4)
    }
  }

  /// Writes an archive.
  ///
  /// - Parameters:
  ///   - archive: The arrays and small values.
  ///   - metadata: Words that go into the header, beside the archive's small values.
  public static func encode(_ archive: StateArchive, metadata: [String: String] = [:]) -> [UInt8] {
    let entries = archive.entries.sorted {
      (kind($0.value.values).order, $0.key) < (kind($1.value.values).order, $1.key)
    }
    var header = "{"
    let words = Dictionary(
      uniqueKeysWithValues: archive.values.map { (valuePrefix + $0.key, $0.value) }
    ).merging(metadata) { $1 }
    if !words.isEmpty {
      let words = words.sorted { $0.key < $1.key }.map {
        "\(quoted($0.key)):\(quoted($0.value))"
      }
      header += "\"__metadata__\":{\(words.joined(separator: ","))}"
    }
    var offset = 0
    for (name, entry) in entries {
      let kind = kind(entry.values)
      let end = offset + entry.values.count * kind.size
      if header.count > 1 { header += "," }
      let shape = entry.shape.map(String.init).joined(separator: ",")
      header +=
        "\(quoted(name)):{\"dtype\":\"\(kind.name)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
      offset = end
    }
    header += "}"
    var text = Array(header.utf8)
    while text.count % 8 != 0 { text.append(0x20) }
    var result: [UInt8] = []
    result.reserveCapacity(8 + text.count + offset)
    append(UInt64(text.count), to: &result)
    result += text
    for (_, entry) in entries {
      switch entry.values {
      case .uint(let a): for x in a { append(x, to: &result) }
      case .int(let a): for x in a { append(UInt64(bitPattern: x), to: &result) }
      case .double(let a): for x in a { append(x.bitPattern, to: &result) }
      case .float(let a): for x in a { append(x.bitPattern, to: &result) }
      case .bytes(let a): result += a
      }
    }
    return result
  }

  private static func append<Word: FixedWidthInteger>(_ word: Word, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
  }

  private static func quoted(_ text: String) -> String { JSONValue.string(text).text() }

  private struct Tensor: Decodable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]
    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// Reads an archive.
  ///
  /// - Throws: `SafetensorsError` for anything the format forbids: a short or long file, gaps, overlaps,
  ///   shapes that do not fit, unknown types, duplicate names.
  public static func decode(_ bytes: [UInt8]) throws(SafetensorsError) -> StateArchive {
    guard bytes.count >= 8 else { throw .damaged("it is shorter than its own length field") }
    let length = read(UInt64.self, bytes, 0)
    guard length <= UInt64(headerLimit), length <= UInt64(bytes.count - 8) else {
      throw .damaged("its header is longer than the file")
    }
    let start = 8 + Int(length)
    let header = bytes[8..<start]
    guard header.first == UInt8(ascii: "{") else { throw .damaged("its header is no JSON object") }
    try rejectDuplicates(header)
    let tensors: [String: Tensor]
    var archive = StateArchive()
    do {
      var json = try JSONText.decode(header, as: [String: Lenient].self)
      for (name, text) in json["__metadata__"]?.words ?? [:] where name.hasPrefix(valuePrefix) {
        archive.set(String(name.dropFirst(valuePrefix.count)), json: text)
      }
      json["__metadata__"] = nil
      tensors = try json.mapValues { entry in
        guard let tensor = entry.tensor else { throw SafetensorsError.damaged("") }
        return tensor
      }
    } catch {
      throw .damaged("its header cannot be read")
    }
    var position = 0
    for (name, tensor) in tensors.sorted(by: {
      ($0.value.offsets.first ?? 0, $0.value.offsets.last ?? 0, $0.key)
        < ($1.value.offsets.first ?? 0, $1.value.offsets.last ?? 0, $1.key)
    }) {
      guard tensor.offsets.count == 2, tensor.offsets[0] == position,
        tensor.offsets[1] >= position, tensor.offsets[1] <= bytes.count - start
      else { throw .damaged("the place of '\(name)' does not follow the one before") }
      var count = 1
      for extent in tensor.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: extent)
        guard extent >= 0, !overflow else { throw .damaged("the shape of '\(name)' is impossible") }
        count = product
      }
      let sizes = ["U64": 8, "I64": 8, "F64": 8, "F32": 4, "U8": 1]
      guard let size = sizes[tensor.dtype] else { throw .unknownType(name, tensor.dtype) }
      let (total, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, total == tensor.offsets[1] - position else {
        throw .damaged("the shape of '\(name)' does not fit its numbers")
      }
      let base = start + position
      let values: StateArchive.Values
      switch tensor.dtype {
      case "U64": values = .uint((0..<count).map { read(UInt64.self, bytes, base + 8 * $0) })
      case "I64": values = .int((0..<count).map { read(Int64.self, bytes, base + 8 * $0) })
      case "F64":
        values = .double(
          (0..<count).map { Double(bitPattern: read(UInt64.self, bytes, base + 8 * $0)) })
      case "F32":
        values = .float(
          (0..<count).map { Float(bitPattern: read(UInt32.self, bytes, base + 4 * $0)) })
      default: values = .bytes(Array(bytes[base..<base + count]))
      }
      archive.set(name, values, shape: tensor.shape)
      position = tensor.offsets[1]
    }
    guard start + position == bytes.count else { throw .damaged("there are bytes after its end") }
    return archive
  }

  /// A header entry: a tensor, or the map of words.
  private struct Lenient: Decodable {
    var tensor: Tensor?
    var words: [String: String] = [:]
    init(from decoder: any Decoder) throws {
      tensor = try? Tensor(from: decoder)
      if tensor == nil { words = try [String: String](from: decoder) }
    }
  }

  private static func read<Word: FixedWidthInteger>(_: Word.Type, _ bytes: [UInt8], _ at: Int)
    -> Word
  {
    bytes.withUnsafeBytes {
      Word(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: Word.self))
    }
  }

  /// Finds a name that stands twice at the top level, which JSON readers tend to overlook, and nesting that
  /// no header needs.
  private static func rejectDuplicates(_ header: ArraySlice<UInt8>) throws(SafetensorsError) {
    var depth = 0
    var names: Set<[UInt8]> = []
    var i = header.startIndex
    var expectsName = false
    while i < header.endIndex {
      switch header[i] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        if depth > 8 { throw .damaged("its header is nested too deeply") }
        if depth == 1 { expectsName = true }
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ","): if depth == 1 { expectsName = true }
      case UInt8(ascii: "\""):
        var end = i + 1
        while end < header.endIndex, header[end] != UInt8(ascii: "\"") {
          end += header[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        if depth == 1 && expectsName {
          guard end < header.endIndex, names.insert(Array(header[i..<end])).inserted else {
            throw .damaged("a name stands twice in its header")
          }
          expectsName = false
        }
        i = end
      default: break
      }
      i += 1
    }
  }
}

/// What can be wrong with a safetensors file.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
  /// The file breaks a rule of the format.
  case damaged(String)
  /// Numbers of a kind that rlgym does not use.
  case unknownType(String, String)

  /// What is wrong.
  public var description: String { "The safetensors file is damaged: \(reason)." }

  /// What is wrong, to be said of a file.
  public var reason: String {
    switch self {
    case .damaged(let problem): problem
    case .unknownType(let name, let type):
      "it holds '\(name)' as \(type); only F32, F64, I64, U64 and U8 are known"
    }
  }
}
