import Foundation
import RLSupport
import Testing

@Suite struct NumPyArchiveTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "npz"))
    return Array(try Data(contentsOf: url))
  }

  @Test(arguments: ["numpy", "numpy-packed"])
  func filesOfNumPyAreRead(_ name: String) throws {
    let archive = try NumPyArchive.decode(bytes(name), name: name)
    let expected: [String: ([Int], StateArchive.Values)] = [
      "timesteps": ([3], .int([100, 200, 300])),
      "results": ([3, 2], .double([0, 0.25, 0.5, 0.75, 1, 1.25])),
      "single": ([2], .float([1.5, -2])), "narrow": ([1, 1], .int([-7])),
      "flags": ([2], .bytes([1, 0])), "scalar": ([], .double([2.5])),
      "empty": ([0, 3], .double([])), "large": ([1], .uint([1 << 63])),
    ]
    #expect(Set(archive.entries.keys) == Set(expected.keys))
    for (key, (shape, values)) in expected {
      #expect(archive.entries[key]?.shape == shape, "\(key)")
      #expect(archive.entries[key]?.values == values, "\(key)")
    }
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let archive = try NumPyArchive.decode(bytes("numpy"), name: "numpy")
    let written = NumPyArchive.encode(archive)
    #expect(try NumPyArchive.decode(written, name: "written") == archive)
    // The header of each array ends at a multiple of 64 bytes after its beginning, as NumPy's does.
    let start = try #require(written.firstRange(of: [0x93] + Array("NUMPY".utf8))).lowerBound
    #expect((10 + Int(written[start + 8]) + 256 * Int(written[start + 9])) % 64 == 0)
  }

  /// Many entries that share one megabyte would unpack to gigabytes.
  @Test func entriesThatShareDataDoNotFillTheMemory() throws {
    var archive = StateArchive()
    archive.set("zeros", .bytes([UInt8](repeating: 0, count: 1 << 20)))
    let honest = NumPyArchive.encode(archive)
    let start = try #require(honest.firstRange(of: [0x50, 0x4b, 1, 2])).lowerBound
    let end = honest.count - 22
    let entry = honest[start..<end]
    func bomb(_ count: Int) -> [UInt8] {
      var file = Array(honest[..<start])
      for _ in 0..<count { file += entry }
      var tail = Array(honest[end...])
      for place in [8, 10] {
        (tail[place], tail[place + 1]) = (UInt8(count & 255), UInt8(count >> 8))
      }
      return file + tail
    }
    #expect(try NumPyArchive.decode(bomb(3), name: "few").entries["zeros"]?.shape == [1 << 20])
    #expect { try NumPyArchive.decode(bomb(60_000), name: "bomb") } throws: {
      "\($0)".contains("unpacks to more than 268 MB")
    }
  }

  @Test(arguments: ["numpy", "numpy-packed"])
  func damageIsAnError(_ name: String) throws {
    let intact = try bytes(name)
    let archive = try NumPyArchive.decode(intact, name: name)
    #expect(throws: FileError.self) { try NumPyArchive.decode([], name: "empty") }
    for count in stride(from: 0, to: intact.count, by: 7) {
      #expect(throws: FileError.self) {
        try NumPyArchive.decode(Array(intact.prefix(count)), name: "cut")
      }
    }
    var rng = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      var bytes = intact
      for _ in 0...rng.integer(below: 3) {
        bytes[rng.integer(below: bytes.count)] = UInt8(rng.integer(below: 256))
      }
      // Numbers have checksums; a change elsewhere may lose an array, but never change one.
      guard let read = try? NumPyArchive.decode(bytes, name: "changed") else { continue }
      for (key, entry) in read.entries where archive.entries[key] != nil {
        #expect(entry == archive.entries[key])
      }
    }
  }
}
