/// Convolutions without copies of windows: what is under a filter lies in as many lines of the image as the kernel has.
extension Kernels {
  /// `out = act(convolution of the images x + bias)`
  static func convolution(_ call: KernelCall) {
    if call.activation == .relu {
      return convolution(call, ActivatedFinish(function: Operations.Relu()))
    }
    convolution(call, PlainFinish())
    activate(
      call[0], rows: call.rows, columns: Int(call.other.columns), stride: Int(call.other.stride),
      call.activation)
  }

  private static func convolution(_ call: KernelCall, _ finish: some ProductFinish) {
    let (window, stride) = (call.window, Int(call.other.stride))
    let output = window.output
    let images = ImageReader(window, scale: call.numbers[0], in: call.scratch)
    let filters = Int(call.other.columns) / output.count
    let line = images.bordered.stride
    for row in 0..<call.rows {
      let out = call[0] + row * stride
      WindowProduct(
        c: out,
        results: GroupedSteps(output.width, filters, output.width * filters),
        rows: GroupedSteps(
          output.width, window.stride.width * window.channels, window.stride.height * line),
        a: images.place(call[1] + row * call.stride),
        terms: GroupedSteps(window.kernel.width * window.channels, 1, line),
        groups: window.kernel.height, b: call[2], ldb: Shape.padded(filters),
        bias: call.optional(3), accumulate: false, finish: finish
      ).run(rows: output.count, columns: filters, through: call.scratch + images.storage)
      clearPadding(out, output.count * filters, stride)
    }
  }

  /// Sets what follows the numbers of a row to zero.
  private static func clearPadding(_ row: Target, _ columns: Int, _ stride: Int) {
    if columns < stride { (row + columns).update(repeating: 0, count: stride - columns) }
  }

  /// `out[terms, filters] (+)= Σ x · g` over the rows and the results, for the terms that are asked for.
  static func convolutionWeightGradient(_ call: KernelCall) {
    let (window, part) = (call.window, call.part)
    let output = window.output
    let images = ImageReader(window, scale: call.numbers[0], in: call.scratch)
    let filters = Int(call.other.columns) / output.count
    let (width, line) = (Shape.padded(filters), images.bordered.stride)
    let ofLine = window.kernel.width * window.channels
    let padded = call.scratch + images.storage
    if filters < width { padded.update(repeating: 0, count: output.count * width) }
    for row in 0..<call.rows {
      var g = call[2] + row * Int(call.other.stride)
      if filters < width {
        for pixel in 0..<output.count {
          (padded + pixel * width).update(from: g + pixel * filters, count: filters)
        }
        g = padded
      }
      WindowProduct(
        c: call[0], results: GroupedSteps(ofLine, width, ofLine * width),
        rows: GroupedSteps(ofLine, 1, line),
        a: images.place(call[1] + row * call.stride),
        terms: GroupedSteps(
          output.width, window.stride.width * window.channels, window.stride.height * line),
        groups: output.height, b: g, ldb: width, bias: nil,
        accumulate: call.accumulates || row > 0, finish: PlainFinish()
      ).run(rows: part, columns: filters)
    }
  }

  /// `out[filters] (+)= Σ g` over the rows and the results, for filters that do not fill vectors.
  @inline(never)
  static func pixelSums(_ call: KernelCall) {
    let (out, filters) = (call[0], Int(call.other.columns))
    if !call.accumulates { out.update(repeating: 0, count: Shape.padded(filters)) }
    for row in 0..<call.rows {
      var g = call[1] + row &* call.stride
      for _ in 0..<Int(call.other.rows) {
        for filter in 0..<filters { out[filter] += g[filter] }
        g += filters
      }
    }
  }

  /// The filters for `convolutionInputGradient`; zeros where a tap is outside of the kernel.
  static func turnFilters(_ call: KernelCall) {
    let (window, taps) = (call.window, call.window.taps)
    let (filters, width) = (call.width, Shape.padded(call.window.channels))
    for part in call.part {
      let (remainder, tap) = (part / taps.count, part % taps.count)
      let y =
        remainder / window.stride.width + (taps.height - 1 - tap / taps.width)
        * window.stride.height
      let x =
        remainder % window.stride.width + (taps.width - 1 - tap % taps.width) * window.stride.width
      let out = call[0] + part * filters * width
      if y >= window.kernel.height || x >= window.kernel.width {
        out.update(repeating: 0, count: filters * width)
        continue
      }
      let place = (y * window.kernel.width + x) * window.channels
      transpose(
        out, ldo: width, call[1] + place * call.stride, lda: call.stride, rows: window.channels,
        columns: filters)
    }
  }

  /// `out (+)= the gradient of the images`, times the derivative of the activation before at its results if asked.
  static func convolutionInputGradient(_ call: KernelCall) {
    let window = call.window
    let bordered = window.borderedGradient(
      filters: Int(call.other.columns) / window.output.count)
    let isGated = call.activation == .relu && window.channels == Shape.padded(window.channels)
    bordered.clear(call.scratch)
    for row in 0..<call.rows {
      let out = call[0] + row * call.stride
      let g = bordered.place(call[1] + row * Int(call.other.stride), in: call.scratch)
      let scratch = call.scratch + bordered.storage
      let y = call.optional(3).map { $0 + row * call.stride }
      if isGated, let y {
        inputGradient(call, bordered, out, g, scratch) {
          GatedFinish(function: Operations.Relu(), y: UnsafeMutablePointer(mutating: y + $0))
        }
        continue
      }
      inputGradient(call, bordered, out, g, scratch) { _ in PlainFinish() }
      if !call.accumulates { clearPadding(out, call.width, call.stride) }
      if let y {
        gate(
          out, y: UnsafeMutablePointer(mutating: y), Extent(1, call.width, stride: call.stride),
          call.activation)
      }
    }
  }

  /// The gradient of an image: for each remainder of the rows and columns by the strides a convolution of the bordered
  /// gradient of the results.
  ///
  /// - Parameter finish: What becomes of the sums of pixels from a place in the image on.
  private static func inputGradient<Finish: ProductFinish>(
    _ call: KernelCall, _ bordered: BorderedImage, _ out: Target, _ g: Source, _ scratch: Target,
    _ finish: (Int) -> Finish
  ) {
    let (window, taps) = (call.window, call.window.taps)
    let (image, stride, channels) = (window.image, window.stride, window.channels)
    let filters = bordered.width / window.output.width
    let width = Shape.padded(channels)
    for remainder in 0..<stride.count {
      let y = ConvolutionWindow.pixels(
        remainder / stride.width, stride: stride.height, padding: window.padding.height,
        of: image.height)
      let x = ConvolutionWindow.pixels(
        remainder % stride.width, stride: stride.width, padding: window.padding.width,
        of: image.width)
      if y.count == 0 || x.count == 0 { continue }
      let first = (y.first * image.width + x.first) * channels
      WindowProduct(
        c: out + first,
        results: GroupedSteps(
          x.count, stride.width * channels, stride.height * image.width * channels),
        rows: GroupedSteps(x.count, filters, bordered.stride),
        a: g + y.result * bordered.stride + x.result * filters,
        terms: GroupedSteps(taps.width * filters, 1, bordered.stride), groups: taps.height,
        b: call[2] + remainder * taps.count * filters * width, ldb: width, bias: nil,
        accumulate: call.accumulates, finish: finish(first)
      ).run(rows: y.count * x.count, columns: channels, through: scratch)
    }
  }
}
