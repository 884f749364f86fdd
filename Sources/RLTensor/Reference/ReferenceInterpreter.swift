internal import Glibc

/// Evaluates a traced computation in double precision with plain loops: the oracle that the kernels are
/// tested against. Central differences of its results are the oracle of gradients.
package struct ReferenceInterpreter {
  /// The numbers of inputs, and of weights by name, row-major without padding.
  package var inputs: [Int: [Double]] = [:]
  /// Weights that differ from those of the graph's parameters.
  package var weights: [String: [Double]] = [:]

  /// An interpreter without inputs.
  package init() {}

  /// Gives an input its numbers.
  package mutating func set(_ variable: Variable, _ numbers: [Double]) {
    inputs[variable.id] = numbers
  }

  /// The numbers of a variable, row-major without padding.
  package func evaluate(_ variable: Variable) -> [Double] {
    var known: [Int: [Double]] = [:]
    for id in 0...variable.id {
      known[id] = compute(variable.graph, id, known)
    }
    return known[variable.id] ?? []
  }

  private func compute(_ graph: Graph, _ id: Int, _ known: [Int: [Double]]) -> [Double] {
    let node = graph.nodes[id]
    func operand(_ i: Int) -> [Double] { known[node.operands[i]] ?? [] }
    func shape(_ i: Int) -> Shape { graph.nodes[node.operands[i]].shape }
    func rows(_ body: ([Double]) -> Double) -> [Double] {
      let (x, width) = (operand(0), shape(0).columns)
      return (0..<shape(0).rows).map { body(Array(x[$0 * width..<($0 + 1) * width])) }
    }
    func logSumExp(_ row: [Double]) -> Double {
      let largest = row.max() ?? 0
      return largest + log(row.reduce(0) { $0 + exp($1 - largest) })
    }
    switch node.operation {
    case .input: return inputs[id] ?? Array(repeating: 0, count: node.shape.count)
    case .constant(let numbers): return numbers.map(Double.init)
    case .parameter(let parameter):
      return weights[parameter.name]
        ?? node.parameters?.array(parameter).map(Double.init) ?? []
    case .linear(let activation):
      let (x, w, m) = (operand(0), operand(1), shape(0).rows)
      let (k, n) = (shape(1).rows, shape(1).columns)
      var y = Array(repeating: 0.0, count: m * n)
      for i in 0..<m {
        for j in 0..<n {
          var sum = node.operands.count > 2 ? operand(2)[j] : 0
          for t in 0..<k { sum += x[i * k + t] * w[t * n + j] }
          y[i * n + j] = Self.activate(activation, sum)
        }
      }
      return y
    case .unary(let function): return operand(0).map { Self.apply(function, $0) }
    case .binary(let function, let broadcast):
      let (a, b, width) = (operand(0), operand(1), node.shape.columns)
      return a.indices.map { i in
        let other =
          switch broadcast {
          case .none: b[i]
          case .scalar: b[0]
          case .row: b[i % width]
          case .column: b[i / width]
          }
        return Self.apply(function, a[i], other)
      }
    case .sum: return [operand(0).reduce(0, +)]
    case .rowSums: return rows { $0.reduce(0, +) }
    case .columnSums:
      let (x, width) = (operand(0), shape(0).columns)
      return (0..<width).map { column in
        stride(from: column, to: x.count, by: width).reduce(0) { $0 + x[$1] }
      }
    case .rowMaxima: return rows { $0.max() ?? 0 }
    case .rowArgmax:
      return rows { row in Double(row.firstIndex(of: row.max() ?? 0) ?? 0) }
    case .logSumExp: return rows(logSumExp)
    case .logSoftmax:
      let (x, width) = (operand(0), shape(0).columns)
      return (0..<shape(0).rows).flatMap { row in
        let numbers = Array(x[row * width..<(row + 1) * width])
        let total = logSumExp(numbers)
        return numbers.map { $0 - total }
      }
    case .gather:
      let (x, indices, width) = (operand(0), operand(1), shape(0).columns)
      let groups = node.shape.rank == 2 ? node.shape.columns : 1
      return indices.indices.flatMap { row in
        (0..<groups).map { x[row * width + $0 * (width / groups) + Int(indices[row])] }
      }
    case .quantileHuber:
      let (quantiles, samples) = (shape(0).columns, shape(1).columns)
      return (0..<shape(0).rows).map { row in
        var loss = 0.0
        for i in 0..<quantiles {
          let share = (Double(i) + 0.5) / Double(quantiles)
          for j in 0..<samples {
            let u = operand(1)[row * samples + j] - operand(0)[row * quantiles + i]
            let huber = Self.apply(.huber(delta: 1), u)
            loss += abs(share - (u < 0 ? 1 : 0)) * huber / Double(samples)
          }
        }
        return loss
      }
    case .concatenate:
      return (0..<node.shape.rows).flatMap { row in
        node.operands.indices.flatMap { part in
          operand(part)[row * shape(part).columns..<(row + 1) * shape(part).columns]
        }
      }
    case .columns(let range):
      let (x, width) = (operand(0), shape(0).columns)
      return (0..<node.shape.rows).flatMap { row in range.map { x[row * width + $0] } }
    case .layerNorm(let epsilon):
      let (x, gain, offset, width) = (operand(0), operand(1), operand(2), node.shape.columns)
      return (0..<node.shape.rows).flatMap { row in
        let numbers = Array(x[row * width..<(row + 1) * width])
        let mean = numbers.reduce(0, +) / Double(width)
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
        return numbers.indices.map {
          (numbers[$0] - mean) / (variance + Double(epsilon)).squareRoot() * gain[$0] + offset[$0]
        }
      }
    case .stopGradient, .asColumn, .asVector: return operand(0)
    }
  }

  private static func activate(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .none: x
    case .tanh: tanh(x)
    case .relu: max(0, x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .gelu: 0.5 * x * erfc(-x / 2.0.squareRoot())
    case .softplus: max(x, 0) + log1p(exp(-abs(x)))
    }
  }

  private static func apply(_ function: UnaryFunction, _ x: Double) -> Double {
    switch function {
    case .negate: -x
    case .exp: exp(x)
    case .log: log(x)
    case .tanh: activate(.tanh, x)
    case .relu: activate(.relu, x)
    case .gelu: activate(.gelu, x)
    case .sigmoid: activate(.sigmoid, x)
    case .softplus: activate(.softplus, x)
    case .square: x * x
    case .squareRoot: x.squareRoot()
    case .magnitude: abs(x)
    case .reciprocal: 1 / x
    case .affine(let scale, let offset): Double(scale) * x + Double(offset)
    case .clamp(let low, let high): min(max(x, Double(low)), Double(high))
    case .huber(let delta):
      abs(x) <= Double(delta)
        ? 0.5 * x * x : Double(delta) * (abs(x) - 0.5 * Double(delta))
    }
  }

  private static func apply(_ function: BinaryFunction, _ a: Double, _ b: Double) -> Double {
    switch function {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .minimum: min(a, b)
    case .maximum: max(a, b)
    }
  }
}
