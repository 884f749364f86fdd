internal import Glibc

/// A part of a frame, in pixels from its upper left corner.
struct PixelRectangle: Equatable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int
}

extension Frame {
  /// The whole frame.
  var bounds: PixelRectangle { PixelRectangle(x: 0, y: 0, width: width, height: height) }

  /// The smallest rectangle with every pixel that differs from a frame of the same size; `nil`
  /// if none does.
  func rectangle(changedFrom old: Frame) -> PixelRectangle? {
    let rowBytes = width * 3
    return pixels.withUnsafeBufferPointer { new in
      old.pixels.withUnsafeBufferPointer { old -> PixelRectangle? in
        guard let new = new.baseAddress, let old = old.baseAddress, new != old else { return nil }
        func isChanged(_ row: Int) -> Bool {
          memcmp(new + row * rowBytes, old + row * rowBytes, rowBytes) != 0
        }
        guard let first = (0..<height).first(where: isChanged),
          let last = (first..<height).last(where: isChanged)
        else { return nil }
        // The changed bytes lie in `left..<right` of each row looked at so far.
        var (left, right) = (rowBytes, 0)
        for row in first...last {
          let (a, b) = (new + row * rowBytes, old + row * rowBytes)
          if memcmp(a, b, left) != 0 {
            left = (0..<left).first { a[$0] != b[$0] } ?? left
          }
          if memcmp(a + right, b + right, rowBytes - right) != 0 {
            right = ((right..<rowBytes).last { a[$0] != b[$0] } ?? right) + 1
          }
        }
        let x = left / 3
        return PixelRectangle(
          x: x, y: first, width: (right + 2) / 3 - x, height: last - first + 1)
      }
    }
  }
}
