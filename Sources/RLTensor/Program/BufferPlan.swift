/// Places buffers in one arena, or in one for the rows of a slice and one for what all slices share; buffers that are
/// never alive at the same time share memory.
struct BufferPlan {
  struct Buffer {
    /// Numbers needed, a multiple of 16.
    var size: Int
    /// Instructions between which the numbers must be kept; pinned ones live throughout.
    var first = Int.max
    var last = -1
    var pinned = false
    /// Whether the numbers belong to the rows of a slice.
    var isRow = false
    /// Memory elsewhere: a weight or its gradient.
    var external: UnsafeMutablePointer<Float>?
    var offset = 0
  }

  var buffers: [Buffer] = []
  /// The numbers in the arena, and in that of the rows of a slice.
  private(set) var total = 0
  private(set) var rowTotal = 0
  /// The most numbers that an instruction needs for itself.
  var scratch = 0

  mutating func add(_ shape: Shape, pinned: Bool = false, isRow: Bool = false) -> Int32 {
    buffers.append(Buffer(size: shape.storage, pinned: pinned, isRow: isRow))
    return Int32(buffers.count - 1)
  }

  mutating func add(external pointer: UnsafeMutablePointer<Float>) -> Int32 {
    buffers.append(Buffer(size: 0, external: pointer))
    return Int32(buffers.count - 1)
  }

  mutating func touch(_ index: Int32, at instruction: Int) {
    guard index >= 0 else { return }
    buffers[Int(index)].first = min(buffers[Int(index)].first, instruction)
    buffers[Int(index)].last = max(buffers[Int(index)].last, instruction)
  }

  /// First fit in the order of first use: each buffer takes the lowest gap that is free over its life.
  mutating func place() {
    total = place { !$0.isRow }
    rowTotal = place { $0.isRow }
  }

  private mutating func place(where isChosen: (Buffer) -> Bool) -> Int {
    var total = 0
    var placed: [(offset: Int, size: Int, first: Int, last: Int)] = []
    let order = buffers.indices.filter {
      buffers[$0].external == nil && isChosen(buffers[$0])
    }.sorted {
      let (a, b) = (buffers[$0], buffers[$1])
      return (a.pinned ? -1 : a.first, $0) < (b.pinned ? -1 : b.first, $1)
    }
    for index in order {
      let buffer = buffers[index]
      let first = buffer.pinned ? -1 : buffer.first
      let last = buffer.pinned ? Int.max : buffer.last
      if first > last { continue }
      var offset = 0
      for other in placed where other.first <= last && other.last >= first {
        if other.offset >= offset + buffer.size { break }
        offset = max(offset, other.offset + other.size)
      }
      buffers[index].offset = offset
      let position = placed.firstIndex { $0.offset > offset } ?? placed.endIndex
      placed.insert((offset, buffer.size, first, last), at: position)
      total = max(total, offset + buffer.size)
    }
    return total
  }
}
