/// The group of all episodes, and where a file begins.
extension ShardEncoder {
  static let superblockSize = 96
  /// Half the symbols of a leaf, and half the children of an inner node, of the root group's index.
  private static let order = (leaf: 32, inner: 32)

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
}
