/// Chooses few colours for many: boxes of the colour space are cut in two, the one with the largest
/// squared error first, at its mean along the axis of its largest variance (after Wan, Wong and
/// Prusinkiewicz 1988).
struct ColorQuantizer {
  /// Colours that share the upper six bits of red, green and blue.
  private struct Bin {
    var number: Int
    var weight = 0.0
    var sum = SIMD3<Double>.zero
    var mean: SIMD3<Double> { sum / weight }
  }

  private struct Box {
    var bins: Range<Int>
    var mean = SIMD3<Double>.zero
    /// The summed squared distances from the mean, along each axis.
    var error = SIMD3<Double>.zero

    init(_ bins: Range<Int>, of all: [Bin]) {
      self.bins = bins
      var weight = 0.0
      for bin in all[bins] {
        weight += bin.weight
        mean += bin.sum
      }
      mean /= weight
      for bin in all[bins] {
        let distance = bin.mean - mean
        error += distance * distance * bin.weight
      }
    }
  }

  private var bins: [Bin] = []
  /// The place in `bins` of each colour, plus one; after `reduce` its index, plus one.
  private var places = Array(repeating: Int32(0), count: 1 << 18)

  private static func number(_ color: UInt32) -> Int {
    Int(color >> 18 & 63) << 12 | Int(color >> 10 & 63) << 6 | Int(color >> 2 & 63)
  }

  /// Takes note of a pixel's colour.
  mutating func count(_ color: UInt32) {
    let number = Self.number(color)
    if places[number] == 0 {
      bins.append(Bin(number: number))
      places[number] = Int32(bins.count)
    }
    let place = Int(places[number]) - 1
    bins[place].weight += 1
    bins[place].sum += [
      Double(color >> 16 & 255), Double(color >> 8 & 255), Double(color & 255),
    ]
  }

  /// At most so many colours for all that were counted.
  mutating func reduce(to limit: Int) -> [UInt32] {
    guard !bins.isEmpty else { return [] }
    var boxes = [Box(0..<bins.count, of: bins)]
    while boxes.count < limit {
      guard let worst = boxes.indices.max(by: { boxes[$0].error.max() < boxes[$1].error.max() }),
        let axis = (0..<3).max(by: { boxes[worst].error[$0] < boxes[worst].error[$1] })
      else { break }
      let box = boxes[worst]
      let cut = bins[box.bins].partition { $0.mean[axis] > box.mean[axis] }
      // Nothing to cut, or differences that rounding made.
      guard cut > box.bins.lowerBound, cut < box.bins.upperBound else { break }
      boxes[worst] = Box(box.bins.lowerBound..<cut, of: bins)
      boxes.append(Box(cut..<box.bins.upperBound, of: bins))
    }
    for (index, box) in boxes.enumerated() {
      for bin in bins[box.bins] { places[bin.number] = Int32(index + 1) }
    }
    return boxes.map { box in
      let rounded = SIMD3<UInt32>(box.mean.rounded(.toNearestOrAwayFromZero))
      return rounded.x << 16 | rounded.y << 8 | rounded.z
    }
  }

  /// The index, among those that `reduce` chose, of the colour for one that was counted.
  func index(of color: UInt32) -> Int { Int(places[Self.number(color)]) - 1 }

  /// Forgets everything.
  mutating func removeAll() {
    for bin in bins { places[bin.number] = 0 }
    bins.removeAll(keepingCapacity: true)
  }
}
