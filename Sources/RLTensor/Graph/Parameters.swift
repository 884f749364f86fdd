public import RLSupport

/// One weight tensor of a model: its name, shape and place in the block of all weights.
public struct Parameter: Sendable, Equatable {
  /// The name in saved files, such as `mlp_extractor.policy_net.0.weight`.
  public let name: String
  /// The extents; weights of linear layers are `[in, out]`.
  public let shape: Shape
  /// Whether optimizers move it: all but running statistics.
  public let isTrained: Bool
  /// What its numbers may be in files that are read; any finite ones if `nil`.
  let bounds: ClosedRange<Float>?
  /// For how many results of a row a number is used: the pixels of a convolution. Threads share the sums by it.
  let uses: Int
  /// The place of the first number in the block.
  let offset: Int
  /// How its numbers lie in files.
  public let fileLayout: FileLayout
}

/// The list of a model's weights while the model is put together.
public struct ParameterLayout {
  private(set) var entries: [(parameter: Parameter, initializer: Initializer)] = []
  private(set) var size = 0

  /// A layout without weights.
  public init() {}

  /// The number of storage elements so far: the start of the next weight. Ranges between two such
  /// places name the weights of a part of the model.
  public var end: Int { size }

  /// Adds a weight.
  ///
  /// - Parameters:
  ///   - name: Its name in files; unique.
  ///   - shape: Its extents.
  ///   - initializer: How it starts.
  ///   - isTrained: Whether optimizers move it, decay included; running statistics they leave alone.
  ///   - bounds: What its numbers may be in files that are read: any finite ones if `nil`.
  ///   - uses: For how many results of a row a number is used, such as the pixels of a convolution: threads share the work
  ///     by it.
  ///   - fileLayout: How its numbers lie in files; if `nil` transposed for matrices whose name ends in `weight`, and as in
  ///     memory for others.
  public mutating func add(
    _ name: String, _ shape: Shape, _ initializer: Initializer, isTrained: Bool = true,
    within bounds: ClosedRange<Float>? = nil, uses: Int = 1, fileLayout: FileLayout? = nil
  ) -> Parameter {
    precondition(
      !entries.contains { $0.parameter.name == name },
      "ParameterLayout: there are two parameters named '\(name)'")
    let fileLayout =
      fileLayout ?? (shape.rank == 2 && name.hasSuffix("weight") ? .transposed : .plain)
    precondition(
      fileLayout.fits(shape) && !shape.areBytes,
      "ParameterLayout: '\(name)' \(shape) does not lie in files as \(fileLayout)")
    let parameter = Parameter(
      name: name, shape: shape, isTrained: isTrained, bounds: bounds, uses: max(1, uses),
      offset: size, fileLayout: fileLayout)
    entries.append((parameter, initializer))
    size += shape.storage
    return parameter
  }
}

/// All weights of a model and their gradients, each in one flat block.
///
/// One block makes optimizer steps, clipping, Polyak averaging and copying single passes. Rows are
/// padded to 16 numbers; the padding is zero in weights and gradients and stays so.
///
/// ```swift
/// var layout = ParameterLayout()
/// let layer = Linear(4, 2, name: "layer", in: &layout)
/// var rng = SeededGenerator(seed: 1)
/// let parameters = Parameters(layout, using: &rng)
/// print(parameters.array(layer.weight))
/// ```
public final class Parameters: Stateful {
  /// The weights in the order of the block.
  public let parameters: [Parameter]
  /// The numbers in the block, padding included.
  public let size: Int
  let values: UnsafeMutablePointer<Float>
  let gradients: UnsafeMutablePointer<Float>
  private let memory: UnsafeMutableRawPointer
  /// The parts of the block that optimizers move.
  let trained: [Range<Int>]
  /// The pieces of the block that threads share, and the shares that were asked for last.
  let tiles: [WeightTile]
  var sharesInUse: [WeightShare] = []

  /// Freshly initialized weights.
  public init(_ layout: ParameterLayout, using rng: inout SeededGenerator) {
    parameters = layout.entries.map(\.parameter)
    size = layout.end
    trained = Self.trained(parameters, size: size)
    tiles = Self.tiles(parameters, size: size)
    let bytes = max(1, size) * MemoryLayout<Float>.stride
    memory = .allocate(byteCount: 2 * bytes, alignment: 64)
    values = memory.bindMemory(to: Float.self, capacity: 2 * max(1, size))
    values.initialize(repeating: 0, count: 2 * max(1, size))
    gradients = values + max(1, size)
    for (parameter, initializer) in layout.entries {
      assign(initializer.values(parameter.shape, using: &rng), to: parameter)
    }
  }

  /// Weights that `save` wrote.
  public convenience init(
    _ layout: ParameterLayout, from archive: StateArchive, prefix: String
  ) throws(StateError) {
    var generator = SeededGenerator(seed: 0)
    self.init(layout, using: &generator)
    try restore(from: archive, prefix: prefix)
  }

  /// An independent copy of another block, such as a target network's.
  public init(copying other: Parameters) {
    parameters = other.parameters
    size = other.size
    trained = other.trained
    tiles = other.tiles
    let bytes = max(1, size) * MemoryLayout<Float>.stride
    memory = .allocate(byteCount: 2 * bytes, alignment: 64)
    values = memory.bindMemory(to: Float.self, capacity: 2 * max(1, size))
    gradients = values + max(1, size)
    values.initialize(from: other.values, count: max(1, size))
    gradients.initialize(from: other.gradients, count: max(1, size))
  }

  deinit { memory.deallocate() }

  /// What lies between the weights that are not trained.
  private static func trained(_ parameters: [Parameter], size: Int) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    for parameter in parameters where !parameter.isTrained {
      if start < parameter.offset { parts.append(start..<parameter.offset) }
      start = parameter.offset + parameter.shape.storage
    }
    return start < size ? parts + [start..<size] : parts
  }

  /// The numbers of a weight, row-major without padding.
  public func array(_ parameter: Parameter) -> [Float] { unpadded(values, parameter) }

  /// Hands out the numbers of a weight as they lie in memory, and the distance between rows.
  package func withNumbers<Result>(
    _ parameter: Parameter, _ body: (UnsafePointer<Float>, _ stride: Int) -> Result
  ) -> Result {
    body(UnsafePointer(values + parameter.offset), parameter.shape.stride)
  }

  /// The gradient of a weight, row-major without padding.
  public func gradient(_ parameter: Parameter) -> [Float] { unpadded(gradients, parameter) }

  private func unpadded(_ base: UnsafeMutablePointer<Float>, _ parameter: Parameter) -> [Float] {
    let shape = parameter.shape
    return (0..<shape.rows).flatMap { row in
      (0..<shape.columns).map { base[parameter.offset + row * shape.stride + $0] }
    }
  }

  /// Replaces the numbers of a weight, row-major without padding.
  public func assign(_ numbers: [Float], to parameter: Parameter) {
    let shape = parameter.shape
    precondition(
      numbers.count == shape.count,
      "Parameters: \(numbers.count) numbers do not fill '\(parameter.name)' \(shape)")
    for row in 0..<shape.rows {
      for column in 0..<shape.columns {
        values[parameter.offset + row * shape.stride + column] =
          numbers[
            row * shape.columns + column]
      }
    }
  }

  /// Whether every weight is a finite number.
  public var areFinite: Bool {
    var sum: Float = 0
    for i in 0..<size { sum += values[i] * 0 }
    return sum == 0
  }

  /// The weights under their names; those of layers in PyTorch's layout.
  public func visit(_ state: inout StateVisitor) throws(StateError) {
    for parameter in parameters {
      let (shape, layout) = (parameter.shape, parameter.fileLayout)
      var numbers = layout.inFiles(array(parameter), shape)
      try state.array(
        parameter.name, &numbers, within: parameter.bounds.map { .within($0) } ?? .finite,
        shape: layout.extents(shape))
      if state.isRestoring { assign(layout.inMemory(numbers, shape), to: parameter) }
    }
  }
}
