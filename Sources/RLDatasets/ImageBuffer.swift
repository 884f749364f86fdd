/// Bytes of a file in the making, little-endian, in memory that grows.
struct ImageBuffer: ~Copyable {
  private(set) var start: UnsafeMutableRawPointer
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int = 1 << 16) {
    self.capacity = max(64, capacity)
    start = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { start.deallocate() }

  /// Makes room for more bytes at the end.
  @inline(__always)
  mutating func reserve(_ bytes: Int) {
    if count + bytes > capacity { grow(bytes) }
  }

  private mutating func grow(_ bytes: Int) {
    capacity = max(2 * capacity, count + bytes)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    larger.copyMemory(from: start, byteCount: count)
    start.deallocate()
    start = larger
  }

  /// Appends a number.
  @inline(__always)
  mutating func append<T: FixedWidthInteger>(_ value: T) {
    let size = MemoryLayout<T>.size
    reserve(size)
    (start + count).storeBytes(of: value.littleEndian, as: T.self)
    count += size
  }

  /// Appends bytes as they are.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count)
    (start + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  /// Appends bytes as they are.
  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  /// Appends the letters of a word.
  mutating func append(_ word: StaticString) {
    append(UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  /// Appends zeros up to a multiple of eight bytes, counted from `origin`.
  @inline(__always)
  mutating func pad(from origin: Int = 0) {
    let odd = (count - origin) & 7
    if odd > 0 { appendZeros(8 - odd) }
  }

  mutating func appendZeros(_ bytes: Int) {
    reserve(bytes)
    (start + count).initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    count += bytes
  }

  /// Overwrites a number.
  mutating func set<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    (start + offset).storeBytes(of: value.littleEndian, as: T.self)
  }

  /// Forgets the bytes but keeps the memory.
  mutating func removeAll() { count = 0 }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}
