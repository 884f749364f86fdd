internal import RLSupport

/// One pass of a convolution over images, whose speed can be measured.
public final class ConvolutionPass {
  /// What a pass computes.
  public enum Kind: String, CaseIterable, Sendable {
    /// The results.
    case forward
    /// The gradient of the filters.
    case filters
    /// The gradient of the images.
    case images
  }

  private let kind: Kind
  private let program: Program

  /// Prepares a pass over random images.
  ///
  /// - Parameters:
  ///   - kind: What it computes.
  ///   - window: The images and how filters move over them.
  ///   - filters: The channels of the result.
  ///   - images: How many images a run goes through.
  ///   - areBytes: Whether they are bytes, which have no gradient.
  /// - Throws: What is wrong with the window.
  public init(
    _ kind: Kind, _ window: ConvolutionWindow, filters: Int, images: Int, areBytes: Bool = false
  ) throws(ShapeError) {
    var layout = ParameterLayout()
    let x =
      areBytes
      ? nil : layout.add("images", .matrix(images, window.inputs), .uniform(inputs: 1))
    let end = layout.end
    let weight = layout.add("filters", .matrix(window.terms, filters), .uniform(inputs: 1))
    var rng = SeededGenerator(seed: 1)
    let graph = Graph(parameters: Parameters(layout, using: &rng))
    let numbers = x.map { graph.parameter($0) } ?? graph.bytes(images, window.inputs)
    let y = numbers.convolution(graph.parameter(weight), window)
    self.kind = kind
    program =
      switch kind {
      case .forward: try Program(outputs: [y])
      case .filters: try Program(loss: y.sum(), range: end..<layout.end)
      case .images: try Program(loss: y.sum(), range: 0..<end)
      }
    program.run()
  }

  /// Goes through the images.
  public func run() {
    if kind == .forward { program.forward() } else { program.backward() }
  }
}
