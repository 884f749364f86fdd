internal import Glibc

extension Variable {
  /// The states of a gated recurrent unit after each step (Cho et al. 2014), with PyTorch's equations and order of gates:
  /// r = σ(x_r + h_r), z = σ(x_z + h_z), n = tanh(xₙ + r · hₙ), h' = (1 - z) · n + z · h, where `h_*` is
  /// `h · weight + bias`.
  ///
  /// Rows are steps; `sequenceLength` of the graph of them that follow each other are a sequence, whose gradients flow back
  /// through time to its first row and no further (truncated back-propagation through time).
  ///
  /// - Parameters:
  ///   - weight: `[n, 3 n]`, n a multiple of 16.
  ///   - bias: `[3 n]`.
  ///   - keep: `[rows]`: 1, or 0 where an episode begins and the state before is forgotten.
  ///   - start: `[rows, n]`: the state before the first row of each sequence; other rows are not read.
  /// - Returns: h', `[rows, n]`; self is `[rows, 3 n]`, the projection of the input with its bias.
  public func gru(weight: Variable, bias: Variable, keep: Variable, start: Variable) -> Variable {
    recurrent(Operations.GRUCell.self, weight: weight, bias: bias, keep: keep, start: start)
  }
}

extension Operations {
  typealias GRU = Recurrent<GRUCell>

  struct GRUCell: RecurrentCell {
    static var name: String { "gru" }
    static var states: Int { 1 }
    static var gates: Int { 3 }
    static var extras: Int { 1 }
    static var hasInputGradient: Bool { true }
    static var keepsOutput: Bool { true }

    static var walk: Instruction.Kernel { { Kernels.walk($0, GRUCell.self) } }
    static var walkBack: Instruction.Kernel { { Kernels.walkBack($0, GRUCell.self) } }

    @inline(__always)
    static func step(_ unit: RecurrentUnits) {
      let r = Kernels.sigmoid(unit[1] + unit.input(0))
      let z = Kernels.sigmoid(unit[2] + unit.input(1))
      let n = Kernels.tanh(Kernels.multiplyAdd(r, unit[3], unit.input(2)))
      unit.set(1, r)
      unit.set(2, z)
      unit.set(4, n)
      unit.setResult(0, Kernels.multiplyAdd(z, unit[0] - n, n))
    }

    @inline(__always)
    static func differentiate(_ unit: RecurrentUnits, _ gradients: RecurrentGradients) {
      let (r, z, n) = (unit[1], unit[2], unit[4])
      let ofH = gradients.ofState(0)
      let ofN = ofH * (1 - z) * (1 - n * n)
      let ofR = ofN * unit[3] * (r * (1 - r))
      let ofZ = ofH * (unit[0] - n) * (z * (1 - z))
      gradients.set(0, ofR)
      gradients.set(1, ofZ)
      gradients.set(2, ofN * r)
      gradients.setInput(0, ofR)
      gradients.setInput(1, ofZ)
      gradients.setInput(2, ofN)
      gradients.carry(0, ofH * z)
    }

    static func reference(input: [Double], projection: [Double], states: [Double]) -> [Double] {
      let size = states.count
      func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
      return (0..<size).map { j in
        let (r, z) = (
          sigmoid(input[j] + projection[j]), sigmoid(input[size + j] + projection[size + j])
        )
        let n = tanh(input[2 * size + j] + r * projection[2 * size + j])
        return (1 - z) * n + z * states[j]
      }
    }
  }
}
