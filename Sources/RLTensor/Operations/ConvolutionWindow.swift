/// The images of a convolution and how its filters move over them.
///
/// A row of a tensor is an image, whose numbers lie by rows, columns and channels: `[height, width, channels]`. A stack of
/// frames, `[frames, height, width, channels / frames]`, is an image with the channels of all frames.
public struct ConvolutionWindow: Sendable, Hashable {
  /// Rows and columns; a whole number says both.
  public struct Extent: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// The rows.
    public let height: Int
    /// The columns.
    public let width: Int

    /// Rows and columns.
    public init(_ height: Int, _ width: Int) { (self.height, self.width) = (height, width) }

    /// As many rows as columns.
    public init(integerLiteral value: Int) { self.init(value, value) }
  }

  /// The pixels of an image.
  public let image: Extent
  /// The numbers of a pixel, of all frames.
  public let channels: Int
  /// The frames, one after the other, of which an image is made.
  public let frames: Int
  /// The pixels under a filter.
  public let kernel: Extent
  /// How far a filter moves from one result to the next.
  public let stride: Extent
  /// The pixels of zeros on each side of an image.
  public let padding: Extent

  /// A filter on images of known extents.
  ///
  /// - Parameters:
  ///   - image: The rows and columns of an image.
  ///   - channels: The numbers of a pixel, of all frames.
  ///   - frames: How many frames follow each other in a row; only inputs have more than one.
  ///   - kernel: The rows and columns under a filter.
  ///   - stride: How far a filter moves, 1 or more.
  ///   - padding: The rows and columns of zeros on each side, 0 or more.
  public init(
    _ image: Extent, channels: Int, frames: Int = 1, kernel: Extent, stride: Extent = 1,
    padding: Extent = 0
  ) {
    (self.image, self.channels, self.frames) = (image, channels, frames)
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
  }

  /// The results of a filter; 0x0 for windows that a graph refuses.
  public var output: Extent {
    if problem != nil { return 0 }
    return Extent(
      (image.height + 2 * padding.height - kernel.height) / stride.height + 1,
      (image.width + 2 * padding.width - kernel.width) / stride.width + 1)
  }

  /// The numbers of an image.
  public var inputs: Int { image.count * channels }

  /// The numbers under a filter, which are the rows of the weight.
  public var terms: Int { kernel.count * channels }

  /// What is wrong with the extents, if anything is.
  var problem: String? {
    if min(image.height, image.width, channels, kernel.height, kernel.width) < 1 {
      return "images and kernels have at least one pixel and one channel"
    }
    if frames < 1 || channels % frames != 0 {
      return "\(channels) channels are not those of \(frames) frames"
    }
    if min(stride.height, stride.width) < 1 || min(padding.height, padding.width) < 0 {
      return "strides are 1 or more, paddings 0 or more"
    }
    if kernel.height > image.height + 2 * padding.height
      || kernel.width > image.width + 2 * padding.width
    {
      return
        "a kernel of \(kernel) is larger than an image of \(image) with a padding of \(padding)"
    }
    return nil
  }
}

extension ConvolutionWindow.Extent: CustomStringConvertible {
  /// Rows x columns, such as `84x84`.
  public var description: String { "\(height)x\(width)" }

  /// The pixels.
  public var count: Int { height * width }
}

extension ConvolutionWindow {
  /// An image with its padding.
  var borderedInput: BorderedImage {
    BorderedImage(
      image, before: padding,
      whole: Extent(image.height + 2 * padding.height, image.width + 2 * padding.width),
      channels: channels)
  }

  /// The memory in which images lie as the kernels read them: with a border, as numbers, frames side by side.
  func imageStorage(areBytes: Bool) -> Int {
    areBytes || frames > 1 ? Shape.padded(borderedInput.total) : borderedInput.storage
  }

  /// The results of the most filters that reach a pixel, along rows and columns.
  ///
  /// A pixel's gradient is a sum over the results (oy, ox) and the filters' places (ky, kx) with
  /// y + padding = stride · oy + ky. Pixels with the same remainder of y + padding by the stride have the same ky, so
  /// that for each remainder the gradient is a convolution of that of the results, with a stride of 1.
  var taps: Extent {
    Extent(
      (kernel.height + stride.height - 1) / stride.height,
      (kernel.width + stride.width - 1) / stride.width)
  }

  /// The gradient of the results with zeros around it, as many as there are taps to reach.
  func borderedGradient(filters: Int) -> BorderedImage {
    let (taps, output) = (taps, output)
    func whole(_ output: Int, _ taps: Int, _ image: Int, _ padding: Int, _ stride: Int) -> Int {
      max(output, (image - 1 + padding) / stride + 1) + taps - 1
    }
    return BorderedImage(
      output, before: Extent(taps.height - 1, taps.width - 1),
      whole: Extent(
        whole(output.height, taps.height, image.height, padding.height, stride.height),
        whole(output.width, taps.width, image.width, padding.width, stride.width)),
      channels: filters)
  }

  /// The pixels whose places have a remainder by the stride: the first one, how many, and the first result for it.
  static func pixels(
    _ remainder: Int, stride: Int, padding: Int, of count: Int
  ) -> (first: Int, count: Int, result: Int) {
    let first = ((remainder - padding) % stride + stride) % stride
    return (first, max(0, (count - first + stride - 1) / stride), (first + padding) / stride)
  }
}
