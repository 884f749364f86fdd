extension Operations.Convolution2D {
  /// Kernels that fill strides and others, filters around the sixteen lanes, and images that filters leave in part.
  static var examples: [OperationExample] {
    let small: [(ConvolutionWindow, Int)] = [
      (ConvolutionWindow(.init(5, 4), channels: 3, kernel: 3), 7),
      (ConvolutionWindow(3, channels: 2, kernel: 2, stride: 2, padding: 1), 16),
      (ConvolutionWindow(.init(3, 2), channels: 1, kernel: .init(3, 2), padding: 1), 1),
      (ConvolutionWindow(.init(1, 2), channels: 16, kernel: 1), 32),
      (ConvolutionWindow(.init(3, 2), channels: 2, kernel: .init(3, 2)), 65),
    ]
    let large: [(ConvolutionWindow, Int)] = [
      (ConvolutionWindow(12, channels: 3, kernel: 8, stride: 4), 32),
      (ConvolutionWindow(.init(9, 10), channels: 16, kernel: 4, stride: 2), 16),
      (ConvolutionWindow(5, channels: 16, kernel: 3, padding: 1), 16),
      (ConvolutionWindow(4, channels: 2, kernel: 3, stride: .init(1, 2), padding: 2), 33),
      (ConvolutionWindow(.init(11, 13), channels: 2, kernel: 2, stride: .init(4, 3)), 7),
      (ConvolutionWindow(.init(7, 5), channels: 4, kernel: 1), 65),
    ]
    let ofBytes: [(ConvolutionWindow, Int)] = [
      (ConvolutionWindow(.init(3, 5), channels: 3, kernel: 2, stride: 2), 16),
      (ConvolutionWindow(3, channels: 4, frames: 4, kernel: 2, padding: 1), 1),
      (ConvolutionWindow(.init(3, 4), channels: 4, frames: 2, kernel: 3), 16),
    ]
    return small.map { example($0, filters: $1, rows: 5) }
      + large.map { example($0, filters: $1, rows: 2).withoutRows() }
      + ofBytes.map { example($0, filters: $1, rows: 3, areBytes: true) }
      + [.relu, .tanh, .sigmoid].map(stack)
  }

  private static func weights(_ window: ConvolutionWindow, _ filters: Int)
    -> [OperationExample.Leaf]
  {
    [
      .shared(.matrix(window.terms, filters), -0.8...0.8), .shared(.vector(filters), -0.8...0.8),
    ]
  }

  private static func example(
    _ window: ConvolutionWindow, filters: Int, rows: Int, areBytes: Bool = false
  ) -> OperationExample {
    let images =
      areBytes
      ? OperationExample.Leaf.bytes(rows, window.inputs)
      : .rows(.matrix(rows, window.inputs), -0.8...0.8)
    return OperationExample(
      "convolution \(areBytes ? "of bytes " : "")\(window.image)x\(window.channels), \(filters) x \(window.kernel), stride \(window.stride), padding \(window.padding)",
      [images] + weights(window, filters)
    ) {
      $0[0].convolution($0[1], bias: $0[2], window)
    }
  }

  /// Two convolutions and a linear layer, each with the activation.
  private static func stack(_ activation: Activation) -> OperationExample {
    let first = ConvolutionWindow(4, channels: 2, kernel: 2)
    let second = ConvolutionWindow(first.output, channels: 16, kernel: 2, padding: 1)
    let inputs = second.output.count * 3
    return OperationExample(
      "convolutions with \(activation)",
      [.rows(.matrix(3, first.inputs), -0.8...0.8)] + weights(first, 16) + weights(second, 3)
        + [.shared(.matrix(inputs, 4), -0.8...0.8)]
    ) {
      $0[0].convolution($0[1], bias: $0[2], first).activated(by: activation)
        .convolution($0[3], bias: $0[4], second).activated(by: activation)
        .linear($0[5]).activated(by: activation)
    }
  }
}
