/// A convolutional layer on images in rows: filters of one size, moved over the image.
///
/// ```swift
/// var layout = ParameterLayout()
/// let first = Convolution2D(
///   ConvolutionWindow(84, channels: 4, kernel: 8, stride: 4), filters: 32, name: "cnn.0",
///   in: &layout)
/// let second = Convolution2D(
///   ConvolutionWindow(first.window.output, channels: 32, kernel: 4, stride: 2), filters: 64,
///   name: "cnn.2", in: &layout)
/// let dense = Linear(
///   second.outputs, 512, name: "linear.0", fileLayout: second.flattened, in: &layout)
/// var rng = SeededGenerator(seed: 1)
/// let graph = Graph(parameters: Parameters(layout, using: &rng))
/// let images = graph.input(.matrix(16, first.window.inputs))
/// let features = dense(second(first(images).relu()).relu()).relu()
/// print(features.shape)
/// ```
public struct Convolution2D: Sendable {
  /// The images and how filters move over them.
  public let window: ConvolutionWindow
  /// The channels of the result.
  public let filters: Int
  /// `[kernel height · kernel width · channels, filters]`.
  public let weight: Parameter
  /// `[filters]`.
  public let bias: Parameter?

  /// Adds the layer's weights to a layout; in files they have PyTorch's.
  ///
  /// - Parameters:
  ///   - window: The images and how filters move over them.
  ///   - filters: The channels of the result. Multiples of 16 are the fastest.
  ///   - name: The prefix of the weights' names, such as `cnn.0`.
  ///   - initializer: How the weight starts; `nil` for PyTorch's default for weight and bias.
  ///   - hasBias: Whether there is a bias; it starts at zero unless PyTorch's default is used.
  ///   - layout: Where the weights are added.
  public init(
    _ window: ConvolutionWindow, filters: Int, name: String, initializer: Initializer? = nil,
    hasBias: Bool = true, in layout: inout ParameterLayout
  ) {
    (self.window, self.filters) = (window, filters)
    weight = layout.add(
      name + ".weight", .matrix(window.terms, filters),
      initializer ?? .uniform(inputs: window.terms), uses: window.output.count,
      fileLayout: .convolution(
        height: window.kernel.height, width: window.kernel.width, channels: window.channels))
    bias =
      hasBias
      ? layout.add(
        name + ".bias", .vector(filters),
        initializer == nil ? .uniform(inputs: window.terms) : .constant(0)) : nil
  }

  /// The numbers of a result's row.
  public var outputs: Int { window.output.count * filters }

  /// How files have the weight of a linear layer behind this one.
  public var flattened: FileLayout {
    .flattened(height: window.output.height, width: window.output.width, channels: filters)
  }

  /// The layer's result for images in rows, `[rows, height · width · channels]`:
  /// `[rows, output height · output width · filters]`.
  public func callAsFunction(_ images: Variable) -> Variable {
    images.convolution(
      images.graph.parameter(weight), bias: bias.map { images.graph.parameter($0) }, window)
  }
}
