internal import Glibc

extension Variable {
  /// The states of a long short-term memory after each step (Hochreiter and Schmidhuber 1997), with PyTorch's equations and
  /// order of gates: i = σ(x_i + h_i), f = σ(x_f + h_f), g = tanh(x_g + h_g), o = σ(x_o + h_o), c' = f · c + i · g,
  /// h' = o · tanh(c'), where `h_*` is `h · weight + bias`.
  ///
  /// Rows are steps; `sequenceLength` of the graph of them that follow each other are a sequence, whose gradients flow back
  /// through time to its first row and no further (truncated back-propagation through time).
  ///
  /// - Parameters:
  ///   - weight: `[n, 4 n]`, n a multiple of 16.
  ///   - bias: `[4 n]`.
  ///   - keep: `[rows]`: 1, or 0 where an episode begins and the states before are forgotten.
  ///   - start: `[rows, 2 n]`: the states before the first row of each sequence, h and c side by side; other rows are not
  ///     read.
  /// - Returns: h' and c' side by side, `[rows, 2 n]`; self is `[rows, 4 n]`, the projection of the input with its bias.
  public func lstm(weight: Variable, bias: Variable, keep: Variable, start: Variable) -> Variable {
    recurrent(
      Operations.LSTMCell.self, weight: weight, bias: bias, keep: keep, start: start)
  }
}

extension Operations {
  typealias LSTM = Recurrent<LSTMCell>

  struct LSTMCell: RecurrentCell {
    static var name: String { "lstm" }
    static var states: Int { 2 }
    static var gates: Int { 4 }
    static var extras: Int { 0 }
    static var hasInputGradient: Bool { false }
    static var keepsOutput: Bool { false }

    static var walk: Instruction.Kernel { { Kernels.walk($0, LSTMCell.self) } }
    static var walkBack: Instruction.Kernel { { Kernels.walkBack($0, LSTMCell.self) } }

    @inline(__always)
    static func step(_ unit: RecurrentUnits) {
      let i = Kernels.sigmoid(unit[2] + unit.input(0))
      let f = Kernels.sigmoid(unit[3] + unit.input(1))
      let g = Kernels.tanh(unit[4] + unit.input(2))
      let o = Kernels.sigmoid(unit[5] + unit.input(3))
      let c = Kernels.multiplyAdd(f, unit[1], i * g)
      unit.set(2, i)
      unit.set(3, f)
      unit.set(4, g)
      unit.set(5, o)
      unit.setResult(0, o * Kernels.tanh(c))
      unit.setResult(1, c)
    }

    @inline(__always)
    static func differentiate(_ unit: RecurrentUnits, _ gradients: RecurrentGradients) {
      let (i, f, g, o) = (unit[2], unit[3], unit[4], unit[5])
      let t = Kernels.tanh(Kernels.load(unit.result, unit.width))
      let ofH = gradients.ofState(0)
      let ofC = Kernels.multiplyAdd(ofH * o, 1 - t * t, gradients.ofState(1))
      gradients.set(0, ofC * g * (i * (1 - i)))
      gradients.set(1, ofC * unit[1] * (f * (1 - f)))
      gradients.set(2, ofC * i * (1 - g * g))
      gradients.set(3, ofH * t * (o * (1 - o)))
      gradients.carry(1, ofC * f)
    }

    static func reference(input: [Double], projection: [Double], states: [Double]) -> [Double] {
      let n = states.count / 2
      func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
      func gate(_ k: Int, _ j: Int) -> Double { input[k * n + j] + projection[k * n + j] }
      let c = (0..<n).map { j in
        sigmoid(gate(1, j)) * states[n + j] + sigmoid(gate(0, j)) * tanh(gate(2, j))
      }
      return (0..<n).map { sigmoid(gate(3, $0)) * tanh(c[$0]) } + c
    }
  }
}
