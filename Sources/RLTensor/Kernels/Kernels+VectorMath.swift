/// Elementary functions of sixteen numbers at once, without branches. The polynomials are weighted
/// least-squares fits made for these kernels; the errors are those that the tests check.
extension Kernels {
  @inline(__always) static func minimum(_ a: Vector, _ b: Vector) -> Vector {
    select(b .< a, b, a)
  }
  @inline(__always) static func maximum(_ a: Vector, _ b: Vector) -> Vector {
    select(b .> a, b, a)
  }
  @inline(__always) static func relu(_ x: Vector) -> Vector { maximum(x, .zero) }
  @inline(__always) static func magnitude(_ x: Vector) -> Vector {
    unsafeBitCast(
      unsafeBitCast(x, to: SIMD16<UInt32>.self) & SIMD16(repeating: 0x7fff_ffff), to: Vector.self)
  }
  /// 1, 0 or -1.
  @inline(__always) static func sign(_ x: Vector) -> Vector {
    select(x .< 0, Vector(repeating: -1), select(x .> 0, Vector(repeating: 1), .zero))
  }

  /// Σ coefficient[i] xⁱ by Horner's rule, highest first.
  @inline(__always)
  private static func polynomial(
    _ x: Vector, _ a: Float, _ b: Float, _ c: Float, _ d: Float, _ e: Float
  ) -> Vector {
    var p = multiplyAdd(Vector(repeating: a), x, Vector(repeating: b))
    p = multiplyAdd(p, x, Vector(repeating: c))
    p = multiplyAdd(p, x, Vector(repeating: d))
    return multiplyAdd(p, x, Vector(repeating: e))
  }

  /// e to the power of x, within 1.5 ulp; 0 below -87.3, infinity above 88.72.
  @inline(__always) static func exp(_ x: Vector) -> Vector {
    let clamped = minimum(maximum(x, Vector(repeating: -87.4)), Vector(repeating: 89))
    // Adding 1.5 · 2^23 leaves the nearest whole number in the low bits.
    let magic = Vector(repeating: 12_582_912)
    let shifted = multiplyAdd(clamped, Vector(repeating: 1.442_695_04), magic)
    let n = shifted - magic
    var r = multiplyAdd(n, Vector(repeating: -0.693_145_752), clamped)
    r = multiplyAdd(n, Vector(repeating: -1.428_606_8e-6), r)
    let p = polynomial(r, 0.001_381_422, 0.008_368_899, 0.041_668_408, 0.166_665_2, 0.499_999_94)
    let q = multiplyAdd(p, r * r, r) + 1
    // 2^(n-1), then twice that, so that n = 128 does not overflow on the way.
    let bits = unsafeBitCast(shifted, to: SIMD16<UInt32>.self) &- 0x4b40_0000 &+ 126
    let scale = unsafeBitCast(bits &<< 23, to: Vector.self)
    return select(x .< Vector(repeating: -87.3), .zero, q * scale * 2)
  }

  /// Whole numbers between ±2^22, exactly: added in the low bits of 1.5 · 2^23.
  @inline(__always) private static func wholeNumber(_ n: SIMD16<Int32>) -> Vector {
    unsafeBitCast(n &+ 0x4b40_0000, to: Vector.self) - 12_582_912
  }

  /// The natural logarithm, within 1.5 ulp; -infinity at 0, not a number below.
  @inline(__always) static func log(_ x: Vector) -> Vector {
    let tiny = x .< Vector(repeating: 0x1p-126)
    let scaled = select(tiny, x * 0x1p25, x)
    let bits = unsafeBitCast(scaled, to: SIMD16<Int32>.self)
    // The exponent that leaves a mantissa from √½ to √2.
    let exponent = (bits &- 0x3f35_04f3) &>> 23
    let mantissa = unsafeBitCast(bits &- (exponent &<< 23), to: Vector.self)
    let n = wholeNumber(exponent) - select(tiny, Vector(repeating: 25), .zero)
    let f = mantissa - 1
    let s = f / (f + 2)
    let z = s * s
    var p = multiplyAdd(Vector(repeating: 0.235_821_545), z, Vector(repeating: 0.285_373_092))
    p = multiplyAdd(p, z, Vector(repeating: 0.400_003_344))
    p = multiplyAdd(p, z, Vector(repeating: 0.666_666_627)) * z
    // log(1+f) = f - f²/2 + s (f²/2 + p), which keeps f itself exact.
    let half = 0.5 * f * f
    let low = multiplyAdd(n, Vector(repeating: 1.428_606_8e-6), s * (half + p))
    var result = multiplyAdd(n, Vector(repeating: 0.693_145_752), (low - half) + f)
    result = select(x .== 0, Vector(repeating: -.infinity), result)
    result = select(x .>= 0, result, Vector(repeating: .nan))
    return select(x .== .infinity, Vector(repeating: .infinity), result)
  }

  /// The hyperbolic tangent, within 6 ulp, odd, never beyond ±1: x P(x²) / Q(x²) on [-9.02, 9.02].
  @inline(__always) static func tanh(_ value: Vector) -> Vector {
    let x = minimum(maximum(value, Vector(repeating: -9.02)), Vector(repeating: 9.02))
    let z = x * x
    var p = polynomial(
      z, -8.436_572e-14, 5.258_007e-11, -2.018_448_2e-8, 1.114_439_7e-5, 3.103_015_5e-3)
    p = multiplyAdd(p, z, Vector(repeating: 0.130_831_704))
    p = multiplyAdd(p, z, Vector(repeating: 1))
    var q = multiplyAdd(
      Vector(repeating: 2.544_771_4e-4), z, Vector(repeating: 0.024_491_439))
    q = multiplyAdd(q, z, Vector(repeating: 0.464_164_97))
    q = multiplyAdd(q, z, Vector(repeating: 1))
    return minimum(maximum(x * p / q, Vector(repeating: -1)), Vector(repeating: 1))
  }

  /// 1 / (1 + exp(-x)), within 3 ulp.
  @inline(__always) static func sigmoid(_ x: Vector) -> Vector {
    let e = exp(0 - magnitude(x))
    return select(x .< 0, e / (1 + e), 1 / (1 + e))
  }

  /// log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)).
  @inline(__always) static func softplus(_ x: Vector) -> Vector {
    let e = exp(0 - magnitude(x))
    // log(1 + e) with the rounding error of 1 + e put back.
    let sum = 1 + e
    let correction = (e - (sum - 1)) / sum
    return relu(x) + (log(sum) + correction)
  }

  /// exp(z²) · erfc(z) for z >= 0, to 5e-8 of itself.
  @inline(__always) private static func scaledComplementaryError(_ z: Vector) -> Vector {
    let t = 1 / multiplyAdd(Vector(repeating: 0.5), z, Vector(repeating: 1))
    var p = polynomial(
      t, -0.058_891_24, 0.283_704_13, -0.485_387_98, 0.275_982_77, -0.025_180_633)
    p = polynomial2(p, t, 0.202_070_98, 0.243_260_74, 0.282_353_52, 0.282_087_68)
    return p * t
  }

  @inline(__always)
  private static func polynomial2(
    _ start: Vector, _ x: Vector, _ a: Float, _ b: Float, _ c: Float, _ d: Float
  ) -> Vector {
    var p = multiplyAdd(start, x, Vector(repeating: a))
    p = multiplyAdd(p, x, Vector(repeating: b))
    p = multiplyAdd(p, x, Vector(repeating: c))
    return multiplyAdd(p, x, Vector(repeating: d))
  }

  /// The standard normal distribution function Φ.
  @inline(__always) private static func normalDistribution(_ x: Vector) -> Vector {
    let z = magnitude(x) * 0.707_106_78
    let tail = 0.5 * exp(-0.5 * x * x) * scaledComplementaryError(z)
    return select(x .< 0, tail, 1 - tail)
  }

  /// x Φ(x).
  @inline(__always) static func gelu(_ x: Vector) -> Vector { x * normalDistribution(x) }

  /// The derivative of x Φ(x): Φ(x) + x φ(x).
  @inline(__always) static func geluSlope(_ x: Vector) -> Vector {
    normalDistribution(x) + x * 0.398_942_28 * exp(-0.5 * x * x)
  }
}
