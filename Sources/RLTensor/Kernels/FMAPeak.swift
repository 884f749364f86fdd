internal import Dispatch
internal import Glibc
internal import RLSupport
internal import Synchronization

/// The most floating-point operations a second that this machine does: 32-bit fused multiply-adds in
/// registers, counted as two operations a lane.
///
/// - Parameter threads: How many threads run at once; the result is their total.
/// - Returns: FLOP/s, the best of several measurements of a few milliseconds.
public func measureFMAPeak(threads: Int) -> Double {
  let rounds = 400_000
  var best = 0.0
  for _ in 0..<6 {
    let clock = ContinuousClock()
    let elapsed = clock.measure {
      if threads <= 1 {
        blackHole(FMALoop.run(rounds))
      } else {
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
          blackHole(FMALoop.run(rounds))
        }
      }
    }
    let flop = Double(max(1, threads) * rounds * FMALoop.flopPerRound)
    best = max(best, flop / elapsed.seconds)
  }
  return best
}

/// Where results go that nobody reads, so that they are worked out.
private let sink = Atomic<UInt32>(0)

private func blackHole(_ value: Float) { sink.store(value.bitPattern, ordering: .relaxed) }

private enum FMALoop {
  /// Twelve independent chains of 16 lanes, more than latency times throughput needs.
  static let flopPerRound = 12 * 16 * 2

  @inline(never)
  static func run(_ rounds: Int) -> Float {
    typealias V = SIMD16<Float>
    let x = V(repeating: 0.999_999)
    let y = V(repeating: 1e-7)
    var (a, b, c, d) = (V(repeating: 1), V(repeating: 2), V(repeating: 3), V(repeating: 4))
    var (e, f, g, h) = (V(repeating: 5), V(repeating: 6), V(repeating: 7), V(repeating: 8))
    var (i, j, k, l) = (V(repeating: 9), V(repeating: 10), V(repeating: 11), V(repeating: 12))
    for _ in 0..<rounds {
      a = Kernels.multiplyAdd(a, x, y)
      b = Kernels.multiplyAdd(b, x, y)
      c = Kernels.multiplyAdd(c, x, y)
      d = Kernels.multiplyAdd(d, x, y)
      e = Kernels.multiplyAdd(e, x, y)
      f = Kernels.multiplyAdd(f, x, y)
      g = Kernels.multiplyAdd(g, x, y)
      h = Kernels.multiplyAdd(h, x, y)
      i = Kernels.multiplyAdd(i, x, y)
      j = Kernels.multiplyAdd(j, x, y)
      k = Kernels.multiplyAdd(k, x, y)
      l = Kernels.multiplyAdd(l, x, y)
    }
    return (a + b + c + d + e + f + g + h + i + j + k + l).sum()
  }
}
