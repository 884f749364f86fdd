/// A linear layer, residual blocks and layer normalization (SimBa; Lee et al. 2025, section 4).
///
/// A block adds to its input what two linear layers make of it, after layer normalization and with an activation between
/// them: `x + down(activation(up(norm(x))))`. The first one is four times as wide as the block.
public struct ResidualPerceptron: Sendable {
  /// What a block adds to its input.
  public struct Block: Sendable {
    /// Normalizes the input.
    public let norm: LayerNorm
    /// To four times the width.
    public let up: Linear
    /// Back to the width.
    public let down: Linear
  }

  /// From the input to the width of the blocks.
  public let embedding: Linear
  /// The blocks, first to last.
  public let blocks: [Block]
  /// Normalizes the last block's result.
  public let norm: LayerNorm
  /// The function within blocks.
  public let activation: Activation
  /// The width of the blocks and of the result.
  public let outputs: Int

  /// How much wider a block is inside (Lee et al. 2025, section 4).
  public static let expansion = 4

  /// Adds the layers' weights to a layout: an orthogonal embedding, normal blocks of variance 2 / inputs, no bias at first.
  public init(
    inputs: Int, width: Int, blocks count: Int, activation: Activation, name: String,
    in layout: inout ParameterLayout
  ) {
    embedding = Linear(
      inputs, width, name: "\(name).embedding", initializer: .orthogonal(gain: 1), in: &layout)
    func layer(_ inputs: Int, _ outputs: Int, _ name: String) -> Linear {
      let deviation = (2 / Float(inputs)).squareRoot()
      return Linear(
        inputs, outputs, name: name, initializer: .normal(deviation: deviation), in: &layout)
    }
    var blocks: [Block] = []
    for i in 0..<count {
      blocks.append(
        Block(
          norm: LayerNorm(width, name: "\(name).\(i).norm", in: &layout),
          up: layer(width, Self.expansion * width, "\(name).\(i).up"),
          down: layer(Self.expansion * width, width, "\(name).\(i).down")))
    }
    norm = LayerNorm(width, name: "\(name).norm", in: &layout)
    (self.blocks, self.activation, outputs) = (blocks, activation, width)
  }

  /// The result for an input `[rows, inputs]`: `[rows, outputs]`.
  public func callAsFunction(_ input: Variable) -> Variable {
    norm(
      blocks.reduce(embedding(input)) { x, block in
        x + block.down(block.up(block.norm(x)).activated(by: activation))
      })
  }
}
