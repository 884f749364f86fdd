/// Numbers that dynamics are written in: one `Double`, or eight that go through the same operations.
///
/// Dynamics written once over `Lanes` give the same bits for a single environment and for a vector:
/// both forms do the same IEEE operations in the same order, and none is ever fused.
///
/// Every function here and every function over `Lanes` is to be `@inlinable @inline(__always)`. The
/// registers in which eight numbers are passed depend on the instructions that a module is compiled
/// for, so a call between modules of different settings would not find them; what is inlined calls
/// nobody.
public protocol Lanes: Sendable {
  /// One truth value a lane.
  associatedtype Mask

  /// The same number in every lane.
  init(_ value: Double)
  /// The sum.
  static func + (a: Self, b: Self) -> Self
  /// The difference.
  static func - (a: Self, b: Self) -> Self
  /// The product.
  static func * (a: Self, b: Self) -> Self
  /// The quotient.
  static func / (a: Self, b: Self) -> Self
  /// The square root, correctly rounded.
  static func squareRoot(_ a: Self) -> Self
  /// Whether `a < b`; false if one is not a number.
  static func less(_ a: Self, _ b: Self) -> Mask
  /// Whether one of two or both are true.
  static func either(_ a: Mask, _ b: Mask) -> Mask
  /// Whether it is false.
  static func not(_ a: Mask) -> Mask
  /// `yes` where the mask is true, else `no`.
  static func select(_ mask: Mask, _ yes: Self, _ no: Self) -> Self
  /// The nearest whole number, ties to even, for magnitudes below 2^51.
  static func nearest(_ a: Self) -> Self
  /// Rounded to single precision and back.
  static func single(_ a: Self) -> Self
  /// The sign changed where the whole number is odd.
  static func flip(_ a: Self, ifOdd n: Self) -> Self
  /// `function(x)`, lane by lane, where the mask is true, else `a`; cheap where no lane is.
  static func replace(
    _ a: Self, where mask: Mask, with function: (Double) -> Double, of x: Self
  ) -> Self
}

extension Lanes {
  /// Whether both are true.
  @inlinable @inline(__always)
  public static func both(_ a: Mask, _ b: Mask) -> Mask { not(either(not(a), not(b))) }

  /// The number itself between the bounds, else the bound that it passed.
  @inlinable @inline(__always)
  public static func clamp(_ a: Self, _ low: Self, _ high: Self) -> Self {
    let raised = select(less(a, low), low, a)
    return select(less(high, raised), high, raised)
  }
}

extension Double: Lanes {
  /// One truth value.
  public typealias Mask = Bool
  /// The square root, correctly rounded.
  @inlinable @inline(__always)
  public static func squareRoot(_ a: Double) -> Double { a.squareRoot() }
  /// Whether `a < b`; false if one is not a number.
  @inlinable @inline(__always)
  public static func less(_ a: Double, _ b: Double) -> Bool { a < b }
  /// Whether one of two or both are true.
  @inlinable @inline(__always)
  public static func either(_ a: Bool, _ b: Bool) -> Bool { a || b }
  /// Whether it is false.
  @inlinable @inline(__always)
  public static func not(_ a: Bool) -> Bool { !a }
  /// `yes` if the mask is true, else `no`.
  @inlinable @inline(__always)
  public static func select(_ mask: Bool, _ yes: Double, _ no: Double) -> Double {
    mask ? yes : no
  }
  /// The nearest whole number, ties to even, for magnitudes below 2^51.
  @inlinable @inline(__always)
  public static func nearest(_ a: Double) -> Double { (a + 0x1.8p52) - 0x1.8p52 }
  /// Rounded to single precision and back.
  @inlinable @inline(__always)
  public static func single(_ a: Double) -> Double { Double(Float(a)) }
  /// The sign changed if the whole number is odd.
  @inlinable @inline(__always)
  public static func flip(_ a: Double, ifOdd n: Double) -> Double {
    Double(bitPattern: a.bitPattern ^ ((n + 0x1.8p52).bitPattern << 63))
  }
  /// `function(x)` if the mask is true, else `a`.
  @inlinable @inline(__always)
  public static func replace(
    _ a: Double, where mask: Bool, with function: (Double) -> Double, of x: Double
  ) -> Double {
    mask ? function(x) : a
  }
}

/// Eight numbers, one an environment, in vector registers.
@frozen public struct EightLanes: Lanes {
  /// One truth value a lane.
  @frozen public struct Mask: Sendable {
    @usableFromInline var lanes: SIMDMask<SIMD8<Int64>>

    @inlinable @inline(__always) init(_ lanes: SIMDMask<SIMD8<Int64>>) { self.lanes = lanes }

    /// Whether any lane is true.
    @inlinable @inline(__always) var any: Bool {
      let bits = unsafeBitCast(lanes, to: SIMD8<UInt64>.self)
      let half = bits.lowHalf | bits.highHalf
      let quarter = half.lowHalf | half.highHalf
      return quarter[0] | quarter[1] != 0
    }

    /// One byte of 0 or 1 a lane, the form of `Bool`.
    @inlinable @inline(__always) var flags: SIMD8<UInt8> {
      SIMD8<UInt8>(truncatingIfNeeded: unsafeBitCast(lanes, to: SIMD8<Int64>.self)) & 1
    }
  }

  @usableFromInline var lanes: SIMD8<Double>

  @inlinable @inline(__always) init(_ lanes: SIMD8<Double>) { self.lanes = lanes }
  /// The same number in every lane.
  @inlinable @inline(__always)
  public init(_ value: Double) { lanes = SIMD8(repeating: value) }
  /// The sums.
  @inlinable @inline(__always)
  public static func + (a: Self, b: Self) -> Self { Self(a.lanes + b.lanes) }
  /// The differences.
  @inlinable @inline(__always)
  public static func - (a: Self, b: Self) -> Self { Self(a.lanes - b.lanes) }
  /// The products.
  @inlinable @inline(__always)
  public static func * (a: Self, b: Self) -> Self { Self(a.lanes * b.lanes) }
  /// The quotients.
  @inlinable @inline(__always)
  public static func / (a: Self, b: Self) -> Self { Self(a.lanes / b.lanes) }
  /// The square roots, correctly rounded.
  @inlinable @inline(__always)
  public static func squareRoot(_ a: Self) -> Self { Self(a.lanes.squareRoot()) }
  /// Whether `a < b`; false where one is not a number.
  @inlinable @inline(__always)
  public static func less(_ a: Self, _ b: Self) -> Mask { Mask(a.lanes .< b.lanes) }
  /// Whether one of two or both are true.
  @inlinable @inline(__always)
  public static func either(_ a: Mask, _ b: Mask) -> Mask { Mask(a.lanes .| b.lanes) }
  /// Whether they are false.
  @inlinable @inline(__always)
  public static func not(_ a: Mask) -> Mask { Mask(.!a.lanes) }
  /// `yes` where the mask is true, else `no`.
  @inlinable @inline(__always)
  public static func select(_ mask: Mask, _ yes: Self, _ no: Self) -> Self {
    Self(no.lanes.replacing(with: yes.lanes, where: mask.lanes))
  }
  /// The nearest whole numbers, ties to even, for magnitudes below 2^51.
  @inlinable @inline(__always)
  public static func nearest(_ a: Self) -> Self { (a + Self(0x1.8p52)) - Self(0x1.8p52) }
  /// Rounded to single precision and back.
  @inlinable @inline(__always)
  public static func single(_ a: Self) -> Self {
    var result = a
    for lane in 0..<8 { result.lanes[lane] = Double(Float(a.lanes[lane])) }
    return result
  }
  /// The signs changed where the whole number is odd.
  @inlinable @inline(__always)
  public static func flip(_ a: Self, ifOdd n: Self) -> Self {
    let odd = unsafeBitCast((n + Self(0x1.8p52)).lanes, to: SIMD8<UInt64>.self) &<< 63
    return Self(
      unsafeBitCast(unsafeBitCast(a.lanes, to: SIMD8<UInt64>.self) ^ odd, to: SIMD8<Double>.self))
  }
  /// `function(x)`, lane by lane, where the mask is true, else `a`.
  @inlinable @inline(__always)
  public static func replace(
    _ a: Self, where mask: Mask, with function: (Double) -> Double, of x: Self
  ) -> Self {
    if !mask.any { return a }
    var (result, chosen, numbers) = (a, mask, x)
    replace(&result, where: &chosen, with: function, of: &numbers)
    return result
  }

  /// Apart from the hot loops, which it would make too long to be inlined; vectors pass in memory, where
  /// they are the same for modules of other settings.
  @usableFromInline @inline(never)
  static func replace(
    _ a: inout Self, where mask: inout Mask, with function: (Double) -> Double, of x: inout Self
  ) {
    for lane in 0..<8 where mask.lanes[lane] { a.lanes[lane] = function(x.lanes[lane]) }
  }
}
