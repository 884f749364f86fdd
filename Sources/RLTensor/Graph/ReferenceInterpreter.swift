/// Evaluates a traced computation in double precision with plain loops: the oracle that the kernels are
/// tested against. Central differences of its results are the oracle of gradients.
package struct ReferenceInterpreter {
  /// The numbers of inputs, and of weights by name, row-major without padding.
  package var inputs: [Int: [Double]] = [:]
  /// Weights that differ from those of the graph's parameters.
  package var weights: [String: [Double]] = [:]
  /// The numbers of nodes through which no gradient flows.
  private var stopped: [Int: [Double]] = [:]

  /// An interpreter without inputs.
  package init() {}

  /// Gives an input its numbers.
  package mutating func set(_ variable: Variable, _ numbers: [Double]) {
    inputs[variable.id] = numbers
  }

  /// Keeps what no gradient flows through as it is now, whatever the weights are from now on, so that differences
  /// are derivatives as gradients define them.
  package mutating func keepStopped(in graph: Graph) {
    let known = evaluate(graph, through: graph.nodes.count - 1)
    for (id, node) in graph.nodes.enumerated()
    where !node.operands.isEmpty
      && !node.operands.indices.contains(where: node.operation.isDifferentiable)
    { stopped[id] = known[id] }
  }

  /// The numbers of a variable, row-major without padding.
  package func evaluate(_ variable: Variable) -> [Double] {
    evaluate(variable.graph, through: variable.id)[variable.id]
  }

  private func evaluate(_ graph: Graph, through last: Int) -> [[Double]] {
    var known: [[Double]] = []
    for id in 0...last {
      let node = graph.nodes[id]
      let operands = node.operands.map {
        ReferenceTensor(numbers: known[$0], shape: graph.nodes[$0].shape)
      }
      let given: [Double]? =
        switch node.operation {
        case let input as Operations.Input: inputs[id]?.map { $0 * Double(input.scale) }
        case let weight as Operations.Weight:
          weights[weight.parameter.name]
            ?? node.parameters?.array(weight.parameter).map(Double.init)
        default: stopped[id]
        }
      known.append(given ?? node.operation.reference(operands, node.shape))
    }
    return known
  }
}
