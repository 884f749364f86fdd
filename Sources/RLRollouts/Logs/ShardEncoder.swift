internal import RLCore

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
    /// A group of integers, one a component (Gymnasium's `Tuple` of `Discrete`).
    case tuple(Int)

    init(_ space: SpaceSpec, isTuple: Bool = false) {
      switch space {
      case .box(let shape, _, _): self = .float32(shape)
      case .discrete: self = .int64([])
      case .multiDiscrete(let counts):
        self =
          isTuple && counts.count <= ShardEncoder.indexNames.count
          ? .tuple(counts.count) : .int64([counts.count])
      case .multiBinary(let count): self = .int8([count])
      }
    }
  }

  private let observations: Column
  private let actions: Column
  private var image: ImageBuffer
  /// The address of the image's first byte; what came before has been taken out.
  private var base = 0
  private var members: [(name: [UInt8], header: UInt64)] = []

  init(observationSpace: SpaceSpec, actionSpace: SpaceSpec, observationsAreTuples: Bool) {
    observations = Column(observationSpace, isTuple: observationsAreTuples)
    actions = Column(actionSpace)
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
  mutating func append(_ episode: LoggedEpisode, number: Int) {
    let length = episode.length
    var links: [(name: StaticString, header: UInt64)] = []
    links.reserveCapacity(10)
    links.append(("observations", column(episode.observations, observations, rows: length + 1)))
    links.append(("actions", column(episode.actions, actions, rows: length)))
    let rewards = place(episode.rewards)
    links.append(("rewards", dataset(rewards, .float64, [length], bytes: 8 * length)))
    links.append(("terminations", flag(episode.terminated, length)))
    links.append(("truncations", flag(episode.truncated, length)))
    links.append(("infos", group([])))
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
    case .tuple(let width):
      var links: [(name: StaticString, header: UInt64)] = []
      for i in 0..<width {
        let data = address
        for row in 0..<rows { image.append(Int64(numbers[row * width + i])) }
        links.append((Self.indexNames[i], dataset(data, .int64, [rows], bytes: 8 * rows)))
      }
      return group(links)
    }
  }

  fileprivate static let indexNames: [StaticString] = [
    "_index_0", "_index_1", "_index_2", "_index_3", "_index_4", "_index_5", "_index_6", "_index_7",
  ]

  /// A flag that only the last step may have.
  private mutating func flag(_ isSet: Bool, _ length: Int) -> UInt64 {
    let data = address
    image.appendZeros(length)
    if isSet && length > 0 { image.set(UInt8(1), at: image.count - 1) }
    image.pad()
    return dataset(data, .boolean, [length], bytes: length)
  }

  /// The address of what is appended next.
  private var address: UInt64 { UInt64(base + image.count) }

  /// Appends numbers as they are.
  private mutating func place<T>(_ numbers: [T]) -> UInt64 {
    let start = address
    numbers.withUnsafeBytes { image.append($0) }
    image.pad()
    return start
  }

  // MARK: Objects

  /// The types that datasets and attributes have.
  private enum Datatype {
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
  private mutating func beginHeader() -> Int {
    let start = image.count
    image.append(UInt16(1))
    image.append(UInt16(0))
    image.append(UInt32(1))
    image.append(UInt64(0))
    return start
  }

  private mutating func endHeader(_ start: Int, messages: Int) -> UInt64 {
    image.set(UInt16(messages), at: start + 2)
    image.set(UInt32(image.count - start - 16), at: start + 8)
    return UInt64(base + start)
  }

  private mutating func beginMessage(_ type: UInt16) -> Int {
    image.append(type)
    image.append(UInt16(0))
    image.append(UInt32(0))
    return image.count
  }

  private mutating func endMessage(_ start: Int) {
    image.pad(from: start)
    image.set(UInt16(image.count - start), at: start - 6)
  }

  private static let undefined = UInt64.max

  /// A dataset in one piece.
  private mutating func dataset(
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
  private mutating func group(
    _ links: [(name: StaticString, header: UInt64)],
    _ attributes: [(name: StaticString, type: Datatype, bits: UInt64)] = []
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
    return endHeader(start, messages: 2 + links.count + attributes.count)
  }

  // MARK: The file

  private static let superblockSize = 96
  /// Half the symbols of a leaf, and half the children of an inner node, of the root group's index.
  private static let order = (leaf: 32, inner: 32)

  /// Takes out the bytes so far, for files that are written piece by piece. The first 96 of all are zero; they
  /// are what `finish` returns.
  mutating func drain(_ body: (UnsafeRawBufferPointer) throws(FileError) -> Void)
    throws(FileError)
  {
    try body(image.bytes)
    base += image.count
    image.removeAll()
  }

  /// Appends the index of the episodes.
  ///
  /// - Returns: The first 96 bytes of the file.
  mutating func finish() -> [UInt8] {
    // The index is sorted by name.
    members.sort { $0.name.lexicographicallyPrecedes($1.name) }
    var names = ImageBuffer(capacity: 24 * members.count + 64)
    names.appendZeros(8)
    var entries: [(name: UInt64, header: UInt64)] = []
    entries.reserveCapacity(members.count)
    for member in members {
      entries.append((UInt64(names.count), member.header))
      names.append(member.name)
      names.append(UInt8(0))
      names.pad()
    }
    let heapData = address
    image.append(names.bytes)
    let heap = address
    image.append("HEAP")
    image.append(UInt32(0))
    image.append(UInt64(names.count))
    image.append(UInt64(1))  // No free space.
    image.append(heapData)
    let tree = index(entries)
    let start = beginHeader()
    let message = beginMessage(0x11)
    image.append(tree)
    image.append(heap)
    endMessage(message)
    let root = endHeader(start, messages: 1)

    var superblock = ImageBuffer(capacity: Self.superblockSize)
    superblock.append([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a])
    superblock.append([0, 0, 0, 0, 0, 8, 8, 0])
    superblock.append(UInt16(Self.order.leaf))
    superblock.append(UInt16(Self.order.inner))
    superblock.append(UInt32(0))
    superblock.append(UInt64(0))
    superblock.append(Self.undefined)
    superblock.append(address)
    superblock.append(Self.undefined)
    superblock.append(UInt64(0))
    superblock.append(root)
    superblock.append(UInt64(1))
    superblock.append(tree)
    superblock.append(heap)
    if base == 0 {
      for (i, byte) in superblock.bytes.enumerated() { image.set(byte, at: i) }
    }
    return Array(superblock.bytes)
  }

  /// The B-tree of the root group, built from its leaves up.
  private mutating func index(_ entries: [(name: UInt64, header: UInt64)]) -> UInt64 {
    /// What a node knows of a child: its address, and its last name.
    typealias Child = (address: UInt64, last: UInt64)
    var children: [Child] = []
    let symbols = 2 * Self.order.leaf
    for first in stride(from: 0, to: entries.count, by: symbols) {
      let leaf = entries[first..<min(first + symbols, entries.count)]
      children.append((address, leaf.last?.name ?? 0))
      image.append("SNOD")
      image.append(UInt16(1))
      image.append(UInt16(leaf.count))
      for entry in leaf {
        image.append(entry.name)
        image.append(entry.header)
        image.appendZeros(24)
      }
      image.appendZeros(40 * (symbols - leaf.count))
    }
    let width = 2 * Self.order.inner
    var level = 0
    repeat {
      let starts = Array(stride(from: 0, to: max(1, children.count), by: width))
      let size = 24 + 8 * (2 * width + 1)
      var parents: [Child] = []
      var previous: UInt64 = 0
      let first = address
      for (i, start) in starts.enumerated() {
        let node = children[start..<min(start + width, children.count)]
        parents.append((address, node.last?.last ?? 0))
        image.append("TREE")
        image.append(UInt8(0))
        image.append(UInt8(level))
        image.append(UInt16(node.count))
        image.append(i == 0 ? Self.undefined : first + UInt64((i - 1) * size))
        image.append(i == starts.count - 1 ? Self.undefined : first + UInt64((i + 1) * size))
        image.append(previous)
        for child in node {
          image.append(child.address)
          image.append(child.last)
          previous = child.last
        }
        image.appendZeros(16 * (width - node.count))
      }
      children = parents
      level += 1
    } while children.count > 1
    return children[0].address
  }

  /// Hands out the file, which `finish` has completed.
  borrowing func withBytes(_ body: (UnsafeRawBufferPointer) throws(FileError) -> Void)
    throws(FileError)
  { try body(image.bytes) }
}
