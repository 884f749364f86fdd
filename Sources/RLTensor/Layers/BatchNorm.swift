/// Shifts and scales each column to mean 0 and variance 1 over the rows of a batch, then by learned numbers; running
/// statistics stand in for those of the batch outside of training (Ioffe and Szegedy 2015; Ioffe 2017).
public struct BatchNorm: Sendable {
  /// The learned scale `[width]`, from one.
  public let gain: Parameter
  /// The learned shift `[width]`, from zero.
  public let offset: Parameter
  /// The running mean `[width]`, from zero.
  public let mean: Parameter
  /// The running variance `[width]`, from one.
  public let variance: Parameter
  /// How many batches there were.
  public let count: Parameter
  /// Added to variances.
  public let epsilon: Float

  /// Adds the layer's weights and statistics to a layout, with PyTorch's names.
  public init(
    _ width: Int, name: String, epsilon: Float = 1e-3, in layout: inout ParameterLayout
  ) {
    gain = layout.add(name + ".weight", .vector(width), .constant(1))
    offset = layout.add(name + ".bias", .vector(width), .constant(0))
    mean = layout.add(name + ".running_mean", .vector(width), .constant(0), isTrained: false)
    variance = layout.add(
      name + ".running_var", .vector(width), .constant(1), isTrained: false,
      within: 0...Float.greatestFiniteMagnitude)
    count = layout.add(
      name + ".num_batches_tracked", .scalar, .constant(0), isTrained: false,
      within: 0...Float.greatestFiniteMagnitude)
    self.epsilon = epsilon
  }

  /// The normalized columns.
  ///
  /// - Parameters:
  ///   - input: `[rows, width]`.
  ///   - isTraining: Whether statistics are those of the batch, which move the running ones by a hundredth of the way;
  ///     else the running ones take their place, and no row depends on another one.
  public func callAsFunction(_ input: Variable, isTraining: Bool) -> Variable {
    let graph = input.graph
    let (gain, offset) = (graph.parameter(gain), graph.parameter(offset))
    let (mean, variance) = (graph.parameter(mean), graph.parameter(variance))
    if isTraining {
      return input.batchNorm(
        gain: gain, offset: offset,
        statistics: BatchStatistics(
          mean: mean, variance: variance, count: graph.parameter(count)), epsilon: epsilon)
    }
    let scale = gain / (variance + epsilon).squareRoot()
    return input * scale + (offset - mean * scale)
  }
}
