internal import Glibc

extension Variable {
  /// The next hidden state of a gated recurrent unit from its projections, with PyTorch's equations:
  /// r = σ(iᵣ + hᵣ), z = σ(i_z + h_z), n = tanh(iₙ + r · hₙ), h' = (1 - z) · n + z · h.
  ///
  /// - Parameters:
  ///   - input: The projection of the input with its bias, `[rows, 3 n]`: r, z, n side by side.
  ///   - hidden: The projection of the hidden state with its bias, `[rows, 3 n]`.
  ///   - state: The hidden state before, `[rows, n]`.
  /// - Returns: The hidden state after, `[rows, n]`.
  public static func gru(input: Variable, hidden: Variable, state: Variable) -> Variable {
    let (operation, shape) = (Operations.GRU(), state.shape)
    guard shape.rank == 2, input.shape == .matrix(shape.rows, 3 * shape.columns),
      hidden.shape == input.shape
    else {
      state.graph.fail(
        operation.name,
        "projections \(input.shape) and \(hidden.shape) do not fit state \(shape); they are three times as wide"
      )
      return state
    }
    return state.graph.add(operation, [input, hidden, state], shape)
  }
}

extension Operations {
  /// The element-wise part of a gated recurrent unit.
  struct GRU: Operation {
    static var examples: [OperationExample] {
      OperationExample.matrices().map { leaf in
        let gates = OperationExample.Leaf.rows(.matrix(leaf.shape.rows, 3 * leaf.shape.columns))
        return OperationExample("gru \(leaf.shape)", [gates, gates, leaf]) {
          .gru(input: $0[0], hidden: $0[1], state: $0[2])
        }
      }
    }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let gates = builder.save(.matrix(3 * node.shape.rows, node.shape.columns), for: node)
      var instruction = Instruction(
        Kernels.gru, [node.value, gates] + node.operands.map(\.value), node.shape)
      instruction.other = Instruction.Extent(node[0].shape)
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let reads = [node.gradient, node.saved, node[1].value, node[2].value]
      func setOther(_ instruction: inout Instruction) {
        instruction.other = Instruction.Extent(node[0].shape)
      }
      builder.contribute(
        to: 0, of: node, Kernels.gruInputGradient, reads, node.shape, configure: setOther)
      builder.contribute(
        to: 1, of: node, Kernels.gruHiddenGradient, reads, node.shape, configure: setOther)
      builder.contribute(to: 2, of: node, Kernels.gruStateGradient, reads, node.shape)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      let size = shape.columns
      func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
      return (0..<shape.rows).flatMap { row in
        let (i, h, state) = (operands[0].rows[row], operands[1].rows[row], operands[2].rows[row])
        return (0..<size).map { j in
          let (r, z) = (sigmoid(i[j] + h[j]), sigmoid(i[size + j] + h[size + j]))
          let n = tanh(i[2 * size + j] + r * h[2 * size + j])
          return (1 - z) * n + z * state[j]
        }
      }
    }
  }
}

extension Kernels {
  /// Up to sixteen numbers from any place on; zeros beyond.
  @inline(__always)
  private static func load(_ p: Target, _ offset: Int, _ count: Int) -> Vector {
    if count >= 16 { return load(p, offset) }
    var v = Vector.zero
    for lane in 0..<count { v[lane] = p[offset &+ lane] }
    return v
  }

  /// Keeps the gates r, z and n of each row, one after the other.
  @inline(never)
  fileprivate static func gru(_ call: KernelCall) {
    let (size, stride) = (call.width, call.stride)
    for row in 0..<call.rows {
      let (out, gates) = (call[0] + row &* stride, call[1] + 3 &* row &* stride)
      let (i, h) = (
        call[2] + row &* Int(call.other.stride), call[3] + row &* Int(call.other.stride)
      )
      let state = call[4] + row &* stride
      forEachColumn(call) { column, mask in
        let count = size &- column
        let (second, third) = (size &+ column, 2 &* size &+ column)
        let r = sigmoid(load(i, column, count) + load(h, column, count))
        let z = sigmoid(load(i, second, count) + load(h, second, count))
        let n = tanh(multiplyAdd(r, load(h, third, count), load(i, third, count)))
        store(gates, column, r)
        store(gates, stride &+ column, z)
        store(gates, 2 &* stride &+ column, n)
        store(out, column, select(mask, (1 - z) * n + z * load(state, column), .zero))
      }
    }
  }

  @inline(never)
  fileprivate static func gruInputGradient(_ call: KernelCall) {
    gruGradient(call, isHidden: false)
  }

  @inline(never)
  fileprivate static func gruHiddenGradient(_ call: KernelCall) {
    gruGradient(call, isHidden: true)
  }

  /// The gradient of a projection. They differ in the last third, which r multiplies in that of the hidden state.
  @inline(__always)
  private static func gruGradient(_ call: KernelCall, isHidden: Bool) {
    let (size, stride, outStride) = (call.width, call.stride, Int(call.other.stride))
    for row in 0..<call.rows {
      let (out, g) = (call[0] + row &* outStride, call[1] + row &* stride)
      let (gates, h) = (call[2] + 3 &* row &* stride, call[3] + row &* outStride)
      let state = call[4] + row &* stride
      if !call.accumulates { for j in 3 &* size..<outStride { out[j] = 0 } }
      forEachColumn(call) { column, _ in
        let count = size &- column
        func put(_ offset: Int, _ v: Vector) {
          for lane in 0..<min(16, count) {
            out[offset &+ lane] = call.accumulates ? out[offset &+ lane] + v[lane] : v[lane]
          }
        }
        let (r, z) = (load(gates, column), load(gates, stride &+ column))
        let n = load(gates, 2 &* stride &+ column)
        let gradient = load(g, column)
        let ofN = gradient * (1 - z) * (1 - n * n)
        let ofZ = gradient * (load(state, column) - n) * (z * (1 - z))
        put(column, ofN * load(h, 2 &* size &+ column, count) * (r * (1 - r)))
        put(size &+ column, ofZ)
        put(2 &* size &+ column, isHidden ? ofN * r : ofN)
      }
    }
  }

  /// `out (+)= g · z`
  @inline(never)
  fileprivate static func gruStateGradient(_ call: KernelCall) {
    for row in 0..<call.rows {
      let (g, gates) = (call[1] + row &* call.stride, call[2] + 3 &* row &* call.stride)
      setRow(call, call[0] + row &* call.stride) { load(g, $0) * load(gates, call.stride &+ $0) }
    }
  }
}
