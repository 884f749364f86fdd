import RLSupport
import Testing

@Suite struct SafetensorsTests {
  private var archive: StateArchive {
    var archive = StateArchive()
    archive.set("weights", .float([1, -2, 3.5, .infinity, 0, -0.0]), shape: [2, 3])
    archive.set("moments", .double([0.1, -1e300]))
    archive.set("counter", .int([-7]))
    archive.set("state", .uint([.max, 1]))
    archive.set("bytes \"quoted\" \\ \n", .bytes([1, 2, 255]))
    archive.set("empty", .float([]))
    return archive
  }

  /// A file with a header of one's choice.
  private func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
    let text = Array(header.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return length + text + data
  }

  @Test func archivesComeBack() throws {
    let bytes = Safetensors.encode(archive, metadata: ["format": "pt"])
    #expect(try Safetensors.decode(bytes) == archive)
    let headerLength = Int(bytes[0]) + Int(bytes[1]) << 8
    #expect(headerLength % 8 == 0)
  }

  /// Written by the reference package: `save({"a": float32 [[1, 2]], "b": int64 [3]}, {"k": "v"})`.
  @Test func theReferencePackagesFileIsRead() throws {
    let header =
      #"{"__metadata__":{"k":"v"},"b":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}"#
    let data: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]
    let archive = try Safetensors.decode(file(header, data))
    #expect(try archive.floats("a") == [1, 2])
    #expect(try archive.ints("b") == [3])
    #expect(archive.entries["a"]?.shape == [1, 2])
  }

  @Test func everyTruncationIsAnError() {
    let bytes = Safetensors.encode(archive)
    for length in 0..<bytes.count {
      #expect(throws: SafetensorsError.self) {
        try Safetensors.decode(Array(bytes.prefix(length)))
      }
    }
    #expect(throws: SafetensorsError.self) { try Safetensors.decode(bytes + [0]) }
  }

  @Test func noFlippedByteIsACrash() {
    let bytes = Safetensors.encode(archive)
    for position in bytes.indices {
      for bit in [0x01, 0x10, 0x80] as [UInt8] {
        var damaged = bytes
        damaged[position] ^= bit
        // A flip in the numbers cannot be told from other numbers here; checksums are the manifest's.
        _ = try? Safetensors.decode(damaged)
      }
    }
  }

  @Test(arguments: [
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, #"{"__metadata__":{"k":1}}"#,
    #"[1]"#, #"{"a":}"#, #"{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1}}}}}}}}}"#,
  ])
  func impossibleHeadersAreRefused(_ header: String) {
    #expect(throws: SafetensorsError.self) { try Safetensors.decode(file(header, [0, 0, 0, 0])) }
  }

  @Test func missingAndWrongEntriesAreNamed() {
    #expect(throws: StateError.missing("x")) { try archive.floats("x") }
    #expect(throws: StateError.wrongCount("weights", expected: 5, found: 6)) {
      try archive.floats("weights", count: 5)
    }
    #expect(throws: StateError.wrongType("weights", expected: "F64")) {
      try archive.doubles("weights")
    }
    #expect(throws: StateError.self) { try archive.floats("weights", offset: 5, count: 2) }
  }
}
