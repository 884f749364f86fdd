extension [UInt8] {
  /// Appends a number, its highest byte first.
  package mutating func append<T: FixedWidthInteger>(bigEndian number: T) {
    Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
  }

  /// Appends a number, its lowest byte first.
  package mutating func append<T: FixedWidthInteger>(littleEndian number: T) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
