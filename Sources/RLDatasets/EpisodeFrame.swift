package import RLCore
internal import RLSupport

/// How a reader process hands episodes to the one that started it: frames of a kind, a length, bytes and a
/// checksum, all little-endian.
package enum EpisodeFrame {
  static let magic: UInt32 = 0x4c47_4c52
  static let headerSize = 16
  /// The most bytes of a frame.
  static let limit = 4 << 30

  enum Kind: UInt32 { case episode = 1, end = 2, problem = 3 }

  /// The bytes of a frame.
  static func encode(_ kind: Kind, _ payload: [UInt8]) -> [UInt8] {
    var buffer = ImageBuffer(capacity: payload.count + 24)
    buffer.append(magic)
    buffer.append(kind.rawValue)
    buffer.append(UInt64(payload.count))
    buffer.append(payload)
    buffer.append(FileStore.checksum(payload))
    return Array(buffer.bytes)
  }

  static func encode(_ episode: Episode, number: Int) -> [UInt8] {
    var buffer = ImageBuffer(capacity: episode.byteCount + 128)
    let flags: [Bool] = [
      episode.seed != nil, episode.origin != nil, episode.terminated, episode.truncated,
      episode.isUnfinished,
    ]
    buffer.append(UInt64(number))
    buffer.append(flags.enumerated().reduce(UInt64(0)) { $0 | ($1.element ? 1 << $1.offset : 0) })
    buffer.append(episode.seed ?? 0)
    buffer.append(episode.origin?.seed ?? 0)
    buffer.append(UInt64(episode.origin?.index ?? 0))
    for count in [
      episode.rewards.count, episode.observations.count, episode.actions.count,
      episode.logProbabilities.count, episode.values.count, episode.actionMasks.count,
      episode.infos.count,
    ] { buffer.append(UInt64(count)) }
    episode.rewards.withUnsafeBytes { buffer.append($0) }
    for numbers in [
      episode.observations, episode.actions, episode.logProbabilities, episode.values,
    ] { numbers.withUnsafeBytes { buffer.append($0) } }
    buffer.append(episode.actionMasks)
    episode.infos.withUnsafeBytes { buffer.append($0) }
    return encode(.episode, Array(buffer.bytes))
  }

  /// Reads an episode; `nil` if the bytes are none.
  package static func decode(_ payload: [UInt8], number: Int) -> Episode? {
    payload.withUnsafeBytes { bytes in
      var place = 0
      func next() -> UInt64? {
        guard bytes.count - place >= 8 else { return nil }
        defer { place += 8 }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      }
      var head: [UInt64] = []
      for _ in 0..<12 {
        guard let word = next() else { return nil }
        head.append(word)
      }
      let counts = head[5...].map { Int(clamping: $0) }
      let widths = [8, 4, 4, 4, 4, 1, 8]
      var left = bytes.count - place
      for (count, width) in zip(counts, widths) {
        guard count <= left / width else { return nil }
        left -= count * width
      }
      guard left == 0, head[0] == UInt64(number), head[4] < 1 << 40 else { return nil }
      func array<T>(_ count: Int, _ zero: T) -> [T] {
        var values = [T](repeating: zero, count: count)
        let size = count * MemoryLayout<T>.stride
        values.withUnsafeMutableBytes {
          $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[place..<place + size]))
        }
        place += size
        return values
      }
      var episode = Episode()
      if head[1] & 1 != 0 { episode.seed = head[2] }
      if head[1] & 2 != 0 {
        episode.origin = Episode.Origin(seed: head[3], index: Int(head[4]))
      }
      episode.terminated = head[1] & 4 != 0
      episode.truncated = head[1] & 8 != 0
      episode.isUnfinished = head[1] & 16 != 0
      episode.rewards = array(counts[0], 0)
      episode.observations = array(counts[1], 0)
      episode.actions = array(counts[2], 0)
      episode.logProbabilities = array(counts[3], 0)
      episode.values = array(counts[4], 0)
      episode.actionMasks = array(counts[5], 0)
      episode.infos = array(counts[6], 0)
      return episode
    }
  }
}
