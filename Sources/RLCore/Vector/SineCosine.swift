internal import Glibc

@usableFromInline func librarySine(_ x: Double) -> Double { sin(x) }
@usableFromInline func libraryCosine(_ x: Double) -> Double { cos(x) }

/// Sine and cosine together, within 1 ulp.
///
/// Reduction by multiples of π/2 in three parts (Cody and Waite 1980), then the Taylor-like minimax
/// polynomials of fdlibm's kernels (Sun Microsystems 1993) on [-π/4, π/4]. Arguments beyond 2^20 and
/// those that are not finite go to the C library.
@inlinable @inline(__always)
public func sineCosine<L: Lanes>(_ x: L) -> (sine: L, cosine: L) {
  let n = L.nearest(x * L(0.636_619_772_367_581_343_08))
  // The first two parts of π/2 have 33 bits, so that n times them is exact.
  let first = x - n * L(0x1.921fb544p+0)
  let second = n * L(0x1.0b4611a6p-34)
  let r = first - second
  let lost = (first - r) - second
  let low = lost - n * L(0x1.3198a2e037073p-69)
  let y = r + low
  let tail = (r - y) + low

  let z = y * y
  let s1 =
    L(8.333_333_333_322_489_461_24e-03) + z
    * (L(-1.984_126_982_985_794_931_34e-04) + z
      * (L(2.755_731_370_707_006_767_89e-06) + z
        * (L(-2.505_076_025_340_686_341_95e-08) + z * L(1.589_690_995_211_550_102_21e-10))))
  let cube = z * y
  let sine =
    y - ((z * (L(0.5) * tail - cube * s1) - tail) - cube * L(-1.666_666_666_666_663_243_48e-01))
  let c1 =
    z
    * (L(4.166_666_666_666_660_190_37e-02) + z
      * (L(-1.388_888_888_887_410_957_49e-03) + z
        * (L(2.480_158_728_947_672_941_78e-05) + z
          * (L(-2.755_731_435_139_066_330_35e-07) + z
            * (L(2.087_572_321_298_174_827_90e-09) + z
              * L(-1.135_964_755_778_819_482_65e-11))))))
  let half = L(0.5) * z
  let one = L(1) - half
  let cosine = one + (((L(1) - one) - half) + (z * c1 - y * tail))

  // Quadrant n: an odd one swaps the two; quadrants 2 and 3 change the sine's sign, 1 and 2 the cosine's.
  let pairs = L.nearest(n * L(0.5) - L(0.25))
  let isOdd = L.less(L(0.5), n - pairs - pairs)
  let sineResult = L.flip(L.select(isOdd, cosine, sine), ifOdd: pairs)
  let cosineResult = L.flip(L.select(isOdd, L(0) - sine, cosine), ifOdd: pairs)
  // Also true for what is not a number.
  let limit = L(1_048_576)
  let outside = L.not(L.less(x * x, limit * limit))
  return (
    L.replace(sineResult, where: outside, with: librarySine, of: x),
    L.replace(cosineResult, where: outside, with: libraryCosine, of: x)
  )
}

extension Lanes {
  /// `x mod y` with the sign of y > 0, as Python's `%`: exact for quotients below 2^51.
  @inlinable @inline(__always)
  public static func remainder(_ x: Self, _ y: Self) -> Self {
    // The quotient may be off by one after rounding; two products with split halves keep x - n y exact.
    let n = nearest(x / y)
    let r = (x - n * high(y)) - n * (y - high(y))
    return select(less(r, Self(0)), r + y, r)
  }

  /// The leading 26 bits, so that products with small whole numbers are exact.
  @inlinable @inline(__always)
  static func high(_ y: Self) -> Self {
    let scaled = y * Self(134_217_729)
    return scaled - (scaled - y)
  }
}
