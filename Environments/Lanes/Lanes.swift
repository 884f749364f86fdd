/// Numbers that dynamics are written in: one `Double`, or eight that go through the same operations.
///
/// Dynamics written once over `Lanes` give the same bits for a single environment and for a vector:
/// both forms do the same IEEE operations in the same order, and none is ever fused.
protocol Lanes {
  /// One truth value a lane.
  associatedtype Mask

  init(_ value: Double)
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  static func less(_ a: Self, _ b: Self) -> Mask
  static func either(_ a: Mask, _ b: Mask) -> Mask
  static func not(_ a: Mask) -> Mask
  static func select(_ mask: Mask, _ yes: Self, _ no: Self) -> Self
  /// The nearest whole number, ties to even, for magnitudes below 2^51.
  static func nearest(_ a: Self) -> Self
  /// Rounded to single precision and back.
  static func single(_ a: Self) -> Self
  /// The sign changed where the whole number is odd.
  static func flip(_ a: Self, ifOdd n: Self) -> Self
  /// `library(x)` in the lanes of `mask`, which is rare.
  static func replace(_ a: Self, where mask: Mask, with library: (Double) -> Double, of x: Self)
    -> Self
}

extension Double: Lanes {
  typealias Mask = Bool
  @inline(__always) static func less(_ a: Double, _ b: Double) -> Bool { a < b }
  @inline(__always) static func either(_ a: Bool, _ b: Bool) -> Bool { a || b }
  @inline(__always) static func not(_ a: Bool) -> Bool { !a }
  @inline(__always)
  static func select(_ mask: Bool, _ yes: Double, _ no: Double) -> Double {
    mask ? yes : no
  }
  @inline(__always) static func nearest(_ a: Double) -> Double {
    (a + 0x1.8p52) - 0x1.8p52
  }
  @inline(__always) static func single(_ a: Double) -> Double {
    Double(Float(a))
  }
  @inline(__always) static func flip(_ a: Double, ifOdd n: Double) -> Double {
    Double(bitPattern: a.bitPattern ^ ((n + 0x1.8p52).bitPattern << 63))
  }
  @inline(__always)
  static func replace(
    _ a: Double, where mask: Bool, with library: (Double) -> Double, of x: Double
  ) -> Double {
    mask ? library(x) : a
  }
}

extension SIMD8<Double>: Lanes {
  typealias Mask = SIMDMask<SIMD8<Int64>>
  @inline(__always) init(_ value: Double) { self.init(repeating: value) }
  @inline(__always) static func less(_ a: Self, _ b: Self) -> Mask { a .< b }
  @inline(__always) static func either(_ a: Mask, _ b: Mask) -> Mask { a .| b }
  @inline(__always) static func not(_ a: Mask) -> Mask { .!a }
  @inline(__always)
  static func select(_ mask: Mask, _ yes: Self, _ no: Self) -> Self {
    no.replacing(with: yes, where: mask)
  }
  @inline(__always) static func nearest(_ a: Self) -> Self {
    (a + Self(repeating: 0x1.8p52)) - Self(repeating: 0x1.8p52)
  }
  @inline(__always) static func single(_ a: Self) -> Self {
    Self(SIMD8<Float>(a))
  }
  @inline(__always) static func flip(_ a: Self, ifOdd n: Self) -> Self {
    let odd = unsafeBitCast(n + Self(repeating: 0x1.8p52), to: SIMD8<UInt64>.self) &<< 63
    return unsafeBitCast(unsafeBitCast(a, to: SIMD8<UInt64>.self) ^ odd, to: Self.self)
  }
  @inline(__always)
  static func replace(
    _ a: Self, where mask: Mask, with library: (Double) -> Double, of x: Self
  ) -> Self {
    if !anyLane(mask) { return a }
    var result = a
    for lane in 0..<8 where mask[lane] { result[lane] = library(x[lane]) }
    return result
  }
}

extension Lanes {
  /// The number itself between the bounds, else the bound that it passed.
  @inline(__always)
  static func clamp(_ a: Self, _ low: Self, _ high: Self) -> Self {
    let raised = select(less(a, low), low, a)
    return select(less(high, raised), high, raised)
  }
}

/// Whether any lane is set.
@inline(__always)
func anyLane(_ mask: SIMDMask<SIMD8<Int64>>) -> Bool {
  let bits = unsafeBitCast(mask, to: SIMD8<UInt64>.self)
  let half = bits.lowHalf | bits.highHalf
  let quarter = half.lowHalf | half.highHalf
  return quarter[0] | quarter[1] != 0
}
