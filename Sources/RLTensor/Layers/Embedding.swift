/// A learned vector for each of some choices.
public struct Embedding: Sendable {
  /// `[count, width]`.
  public let weight: Parameter

  /// Adds the layer's weight to a layout; in files it lies as PyTorch's.
  ///
  /// - Parameters:
  ///   - count: How many choices there are.
  ///   - width: The numbers of a vector.
  ///   - name: The prefix of the weight's name.
  ///   - initializer: How the weight starts; `nil` for PyTorch's default, a normal distribution with deviation 1.
  ///   - layout: Where the weight is added.
  public init(
    _ count: Int, _ width: Int, name: String, initializer: Initializer? = nil,
    in layout: inout ParameterLayout
  ) {
    weight = layout.add(
      name + ".weight", .matrix(count, width), initializer ?? .normal(deviation: 1),
      fileLayout: .plain)
  }

  /// The vectors `[rows, width]` of indices `[rows]`, which are whole numbers from 0 on.
  public func callAsFunction(_ indices: Variable) -> Variable {
    indices.embedded(by: indices.graph.parameter(weight))
  }
}
