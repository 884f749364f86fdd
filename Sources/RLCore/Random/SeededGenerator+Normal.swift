#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

extension SeededGenerator {
  /// A standard normal number (Box and Muller 1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// An exponential number of mean 1.
  public mutating func exponential() -> Double { -log(1 - uniform()) }
}
