/// The kinds of recurrent layers.
public enum RecurrentKind: String, Sendable, CaseIterable {
  /// A gated recurrent unit (Cho et al. 2014), whose state is its output.
  case gru
  /// A long short-term memory (Hochreiter and Schmidhuber 1997), whose state is its output and its cells.
  case lstm

  /// How many numbers a unit remembers from step to step.
  public var states: Int { self == .gru ? 1 : 2 }
  var gates: Int { self == .gru ? 3 : 4 }
}

/// A layer that remembers: a gated recurrent unit or a long short-term memory over rows that are steps.
public struct RecurrentLayer: Sendable {
  /// What kind it is.
  public let kind: RecurrentKind
  /// The number of units.
  public let width: Int
  /// `[inputs, gates · width]`.
  public let inputWeight: Parameter
  /// `[width, gates · width]`.
  public let weight: Parameter
  /// `[gates · width]`.
  public let inputBias: Parameter
  /// `[gates · width]`.
  public let bias: Parameter

  /// The numbers of a state: of each unit its output, then its cell if it has one.
  public var stateWidth: Int { kind.states * width }

  /// Adds the layer's weights to a layout, with PyTorch's names, order of gates and start: uniform within 1 / √width.
  ///
  /// - Parameters:
  ///   - kind: What kind it is.
  ///   - inputs: The width of the input.
  ///   - width: The number of units, a multiple of 16.
  ///   - name: The prefix of the weights' names, such as `lstm_actor`.
  ///   - layout: Where the weights are added.
  public init(
    _ kind: RecurrentKind, _ inputs: Int, _ width: Int, name: String,
    in layout: inout ParameterLayout
  ) {
    (self.kind, self.width) = (kind, width)
    let columns = kind.gates * width
    let initializer = Initializer.uniform(inputs: width)
    inputWeight = layout.add(
      name + ".weight_ih_l0", .matrix(inputs, columns), initializer, fileLayout: .transposed)
    weight = layout.add(
      name + ".weight_hh_l0", .matrix(width, columns), initializer, fileLayout: .transposed)
    inputBias = layout.add(name + ".bias_ih_l0", .vector(columns), initializer)
    bias = layout.add(name + ".bias_hh_l0", .vector(columns), initializer)
  }

  /// The states after each step.
  ///
  /// - Parameters:
  ///   - input: `[rows, inputs]`; `sequenceLength` of the graph of them that follow each other are a sequence.
  ///   - keep: `[rows]`: 1, or 0 where an episode begins.
  ///   - start: `[rows, stateWidth]`: the states before the first row of each sequence; other rows are not read.
  /// - Returns: `[rows, stateWidth]`, of which ``output(_:)`` is what other layers see.
  public func callAsFunction(_ input: Variable, keep: Variable, start: Variable) -> Variable {
    let graph = input.graph
    let projected = input.linear(
      graph.parameter(inputWeight), bias: graph.parameter(inputBias))
    let (weight, bias) = (graph.parameter(weight), graph.parameter(bias))
    return switch kind {
    case .gru: projected.gru(weight: weight, bias: bias, keep: keep, start: start)
    case .lstm: projected.lstm(weight: weight, bias: bias, keep: keep, start: start)
    }
  }

  /// The outputs `[rows, width]` in states.
  public func output(_ states: Variable) -> Variable {
    kind.states == 1 ? states : states.columns(0..<width)
  }
}
