extension Variable {
  /// Filters moved over images, as PyTorch's `conv2d`.
  ///
  /// - Parameters:
  ///   - weight: The filters, `[kernel height · kernel width · channels, filters]`.
  ///   - bias: A number for each filter, `[filters]`.
  ///   - window: The images and how filters move over them; a row of self is an image `[height, width, channels]`, of numbers
  ///     or bytes.
  /// - Returns: An image of the filters' results in each row, `[output height, output width, filters]`.
  public func convolution(
    _ weight: Variable, bias: Variable? = nil, _ window: ConvolutionWindow
  ) -> Variable {
    let (x, w) = (shape, weight.shape)
    func failed(_ problem: String) -> Variable {
      graph.fail("convolution2D", problem)
      return self
    }
    if let problem = window.problem { return failed(problem) }
    guard x.rank == 2, x.columns == window.inputs else {
      return failed(
        "input \(x) does not fit images of \(window.image) with \(window.channels) channels; it needs \(window.inputs) columns"
      )
    }
    guard w.rank == 2, w.rows == window.terms else {
      return failed(
        "weight \(w) does not fit a kernel of \(window.kernel) with \(window.channels) channels; it needs \(window.terms) rows"
      )
    }
    let operation = graph.nodes[id].operation
    guard window.frames == 1 || operation is Operations.Input || operation is Operations.Constant
    else { return failed("only inputs are images of \(window.frames) frames") }
    if let bias, bias.shape != .vector(w.columns) {
      return failed("bias \(bias.shape) does not fit weight \(w)")
    }
    return graph.add(
      Operations.Convolution2D(window: window), [self, weight] + (bias.map { [$0] } ?? []),
      .matrix(x.rows, window.output.count * w.columns))
  }
}

extension Operations {
  /// A convolution in two dimensions, then the activation, which is that of the operation that follows.
  struct Convolution2D: ActivatedOperation {
    let window: ConvolutionWindow
    var activation = Activation.none

    var rowRule: RowRule { .first }
    var takesBytes: Bool { true }

    func activated(by activation: Activation) -> any Operation {
      Convolution2D(window: window, activation: activation)
    }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let bias = node.operands.count > 2 ? node[2].value : -1
      let filters = node[1].shape.columns
      builder.needScratch(
        window.imageStorage(areBytes: node[0].shape.areBytes)
          + Self.unpacked(window.output.count, filters))
      var instruction = Instruction(
        Kernels.convolution, [node.value, node[0].value, node[1].value, bias], node[0].shape)
      instruction.activation = activation
      describe(node, builder.scale(of: node[0]), &instruction)
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      builder.emitGate(node, activation)
      let (x, w, gradient) = (node[0], node[1], node.gradient)
      let (filters, pixels) = (w.shape.columns, window.output.count)
      if node.operands.count > 2 {
        let isPacked = filters == Shape.padded(filters)
        let kernel = isPacked ? Kernels.columnSums(_:) : Kernels.pixelSums(_:)
        let shape = isPacked ? .matrix(node.shape.rows * pixels, filters) : node.shape
        builder.contribute(to: 2, of: node, kernel, [gradient], shape) {
          $0.other = Instruction.Extent(pixels, filters, stride: filters)
        }
      }
      // It needs the memory that the forward pass needed.
      let scale = builder.scale(of: x)
      builder.contribute(
        to: 1, of: node, Kernels.convolutionWeightGradient, [x.value, gradient], x.shape
      ) {
        describe(node, scale, &$0)
        $0.parts = Int32(w.shape.rows)
        $0.grain = filters > Kernels.fewColumns ? Int32(w.shape.stride) : 0
      }
      guard builder.needsGradient[x.id] else { return }
      builder.needScratch(
        window.borderedGradient(filters: filters).storage
          + Self.unpacked(window.image.count, window.channels))
      let turned = turned(w, in: &builder)
      let before = builder.takeGate(of: x)
      builder.contribute(
        to: 0, of: node, Kernels.convolutionInputGradient,
        [gradient, turned, before == .none ? -1 : x.value], x.shape
      ) {
        describe(node, scale, &$0)
        $0.activation = before
      }
    }

    /// Sets what all kernels want to know.
    private func describe(
      _ node: OperationNode, _ scale: Float, _ instruction: inout Instruction
    ) {
      instruction.other = Instruction.Extent(node.shape)
      instruction.window = window
      instruction.numbers[0] = node[0].shape.areBytes ? scale : 0
    }

    /// The memory for pixels with padding, if their numbers do not fill vectors.
    private static func unpacked(_ pixels: Int, _ channels: Int) -> Int {
      channels == Shape.padded(channels) ? 0 : pixels * Shape.padded(channels)
    }

    /// The weight for the gradient of the images, which all that needs it shares: for each remainder of the rows and
    /// columns by the strides the taps from the last to the first, `[filters, channels]` each.
    private func turned(
      _ w: OperationNode.Operand, in builder: inout ProgramBuilder
    ) -> Int32 {
      let key = ProgramBuilder.Transpose(weight: w.id, window: window)
      if let known = builder.transposes[key] { return known }
      let parts = window.stride.count * window.taps.count
      let shape = Shape.matrix(parts * w.shape.columns, window.channels)
      let turned = builder.buffer(like: w.id, shape)
      builder.transposes[key] = turned
      var instruction = Instruction(Kernels.turnFilters, [turned, w.value], w.shape)
      instruction.other = Instruction.Extent(shape)
      instruction.window = window
      (instruction.parts, instruction.grain) = (Int32(parts), 1)
      builder.emit(instruction, isBefore: true)
      return turned
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      let (w, filters) = (operands[1].numbers, operands[1].shape.columns)
      let (image, kernel, output) = (window.image, window.kernel, window.output)
      let ofFrame = window.channels / window.frames
      return operands[0].rows.flatMap { row in
        (0..<output.count).flatMap { pixel in
          var sums =
            operands.count > 2 ? operands[2].numbers : Array(repeating: 0, count: filters)
          for ky in 0..<kernel.height {
            let y = pixel / output.width * window.stride.height + ky - window.padding.height
            if y < 0 || y >= image.height { continue }
            for kx in 0..<kernel.width {
              let x = pixel % output.width * window.stride.width + kx - window.padding.width
              if x < 0 || x >= image.width { continue }
              for c in 0..<window.channels {
                let (frame, channel) = (c / ofFrame, c % ofFrame)
                let number = row[
                  ((frame * image.height + y) * image.width + x) * ofFrame + channel]
                let term = ((ky * kernel.width + kx) * window.channels + c) * filters
                for filter in 0..<filters { sums[filter] += number * w[term + filter] }
              }
            }
          }
          return sums.map { activation.function?.reference($0) ?? $0 }
        }
      }
    }
  }
}
