internal import RLCore
internal import RLSupport

/// Writes episodes as an HDF5 file in memory.
///
/// The library takes some 350 microseconds an episode, as each has a dozen objects; at full speed that is
/// longer than it takes to train on the episode. This writer knows just the objects of an episode and takes
/// a few microseconds. Everything has the oldest form that HDF5 knows, so that any version reads it: the
/// file format specification 3.0, superblock version 0, object headers version 1; only the groups of
/// episodes list their members in link messages (version 1.8), which saves them an index.
struct ShardEncoder: ~Copyable {
  /// How the numbers of a space lie in a file.
  enum Column: Equatable {
    case float32([Int])
    case int64([Int])
    case int8([Int])
    /// A group of the parts of a space: by their names, or `_index_0` and so on.
    case group([Member])

    /// A part of a space: its name, and its numbers in a row of the space.
    struct Member: Equatable {
      let name: [UInt8]
      let column: Column
      let numbers: Range<Int>
    }

    init(_ space: SpaceSpec) {
      switch space {
      case .box(let shape, _, _), .bytes(let shape, _, _): self = .float32(shape)
      case .discrete: self = .int64([])
      case .multiDiscrete(let counts): self = .int64([counts.count])
      case .multiBinary(let count): self = .int8([count])
      case .tuple, .dict:
        var start = 0
        self = .group(
          space.logNames.map { name, part in
            defer { start += part.rowWidth }
            return Member(
              name: Array(name.utf8), column: Column(part), numbers: start..<start + part.rowWidth)
          })
      }
    }
  }

  private let observations: Column
  private let actions: Column
  private let infoNames: [[UInt8]]
  var image: ImageBuffer
  /// The address of the image's first byte; what came before has been taken out.
  private(set) var base = 0
  var members: [(name: [UInt8], header: UInt64)] = []

  init(_ metadata: RolloutLogMetadata) {
    observations = Column(metadata.observationSpace)
    actions = Column(metadata.actionSpace)
    infoNames = metadata.infos.map { Array($0.name.utf8) }
    image = ImageBuffer(capacity: 1 << 20)
    image.appendZeros(Self.superblockSize)
  }

  /// The episodes so far.
  var episodeCount: Int { members.count }
  /// The size of the file so far, without its index.
  var byteCount: Int { base + image.count }
  /// The bytes of it that are in memory.
  var openByteCount: Int { image.count }

  // MARK: Episodes

  /// Adds an episode as the group `episode_<number>`.
  mutating func append(_ episode: Episode, number: Int) {
    let length = episode.length
    var links: [(name: StaticString, header: UInt64)] = []
    links.reserveCapacity(10)
    links.append(("observations", column(episode.observations, observations, rows: length + 1)))
    links.append(("actions", column(episode.actions, actions, rows: length)))
    let rewards = place(episode.rewards)
    links.append(("rewards", dataset(rewards, .float64, [length], bytes: 8 * length)))
    links.append(("terminations", flag(episode.terminated, length)))
    links.append(("truncations", flag(episode.truncated, length)))
    links.append(("infos", infos(of: episode)))
    if !episode.logProbabilities.isEmpty {
      let data = place(episode.logProbabilities)
      links.append(("rlgym_logprob", dataset(data, .float32, [length], bytes: 4 * length)))
    }
    if !episode.values.isEmpty {
      let data = place(episode.values)
      links.append(("rlgym_value", dataset(data, .float32, [length], bytes: 4 * length)))
    }
    if !episode.actionMasks.isEmpty {
      let data = place(episode.actionMasks)
      links.append(
        (
          "rlgym_action_mask",
          dataset(
            data, .int8, [length + 1, episode.actionMasks.count / (length + 1)],
            bytes: episode.actionMasks.count)
        ))
    }
    var attributes: [(name: StaticString, type: Datatype, bits: UInt64)] = [
      ("id", .int64, UInt64(number)), ("total_steps", .int64, UInt64(length)),
    ]
    if let seed = episode.seed {
      attributes.append(("seed", seed > UInt64(Int64.max) ? .uint64 : .int64, seed))
    }
    if let origin = episode.origin {
      attributes.append(("rlgym_origin_seed", .uint64, origin.seed))
      attributes.append(("rlgym_origin_index", .int64, UInt64(origin.index)))
    }
    if episode.isUnfinished { attributes.append(("rlgym_unfinished", .int64, 1)) }
    members.append((Array("episode_\(number)".utf8), group(links, attributes)))
  }

  /// A group of the information's numbers, each `[length + 1]` as Minari has them: the first one, which
  /// belongs to the reset, is zero.
  private mutating func infos(of episode: Episode) -> UInt64 {
    let (length, width) = (episode.length, infoNames.count)
    // An episode that was recorded in part only has none.
    guard width > 0, episode.infos.count == length * width else { return group([]) }
    var links: [(name: [UInt8], header: UInt64)] = []
    for (k, name) in infoNames.enumerated() {
      let data = place([0] + (0..<length).map { episode.infos[$0 * width + k] })
      links.append((name, dataset(data, .float64, [length + 1], bytes: 8 * (length + 1))))
    }
    return group([], named: links)
  }

  /// The numbers of a space, as a dataset or a group of them.
  private mutating func column(_ numbers: [Float], _ column: Column, rows: Int) -> UInt64 {
    switch column {
    case .float32(let shape):
      let data = place(numbers)
      return dataset(data, .float32, [rows] + shape, bytes: 4 * numbers.count)
    case .int64(let shape):
      let data = address
      image.reserve(8 * numbers.count)
      for x in numbers { image.append(Int64(x)) }
      return dataset(data, .int64, [rows] + shape, bytes: 8 * numbers.count)
    case .int8(let shape):
      let data = address
      for x in numbers { image.append(Int8(x)) }
      image.pad()
      return dataset(data, .int8, [rows] + shape, bytes: numbers.count)
    case .group(let members):
      let width = rows > 0 ? numbers.count / rows : 0
      var links: [(name: [UInt8], header: UInt64)] = []
      for member in members {
        var part: [Float] = []
        part.reserveCapacity(rows * member.numbers.count)
        for row in 0..<rows {
          for i in member.numbers { part.append(numbers[row * width + i]) }
        }
        links.append((member.name, self.column(part, member.column, rows: rows)))
      }
      return group([], named: links)
    }
  }

  /// A flag that only the last step may have.
  private mutating func flag(_ isSet: Bool, _ length: Int) -> UInt64 {
    let data = address
    image.appendZeros(length)
    if isSet && length > 0 { image.set(UInt8(1), at: image.count - 1) }
    image.pad()
    return dataset(data, .boolean, [length], bytes: length)
  }

  /// The address of what is appended next.
  var address: UInt64 { UInt64(base + image.count) }

  /// Appends numbers as they are.
  private mutating func place<T>(_ numbers: [T]) -> UInt64 {
    let start = address
    numbers.withUnsafeBytes { image.append($0) }
    image.pad()
    return start
  }

  // MARK: The file

  /// Takes out the bytes so far, for files that are written piece by piece. The first 96 of all are zero; they
  /// are what `finish` returns.
  mutating func drain(_ body: (UnsafeRawBufferPointer) throws(FileError) -> Void)
    throws(FileError)
  {
    try body(image.bytes)
    base += image.count
    image.removeAll()
  }

  /// Hands out the file, which `finish` has completed.
  borrowing func withBytes(_ body: (UnsafeRawBufferPointer) throws(FileError) -> Void)
    throws(FileError)
  { try body(image.bytes) }
}

extension SpaceSpec {
  /// The parts of a space with their names in a log: those of a `dict`, and `_index_0` and so on of a `tuple`, as in
  /// Minari's datasets.
  var logNames: [(name: String, part: SpaceSpec)] {
    if case .dict(let parts) = self { return parts.map { ($0.name, $0.space) } }
    return parts.enumerated().map { ("_index_\($0)", $1) }
  }
}
