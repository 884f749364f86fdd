internal import RLSupport
internal import RLTensor

/// The weights of a network and the optimizer that trains them.
struct TrainedNetwork {
  /// The name in files, such as `critic`.
  let name: String
  let weights: Parameters
  let optimizer: Optimizer

  init(
    _ layout: ParameterLayout, name: String, _ method: OptimizerMethod,
    using generator: inout SeededGenerator
  ) {
    self.name = name
    weights = Parameters(layout, using: &generator)
    optimizer = Optimizer(method, for: weights)
  }
}
