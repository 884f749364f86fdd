extension Variable {
  /// For each index a row of a weight: a matrix `[rows, width]`. Self is a vector `[rows]` of whole numbers from 0 on.
  ///
  /// - Parameter weight: A row for each index, `[count, width]`.
  public func embedded(by weight: Variable) -> Variable {
    let operation = Operations.Embedding()
    guard shape.rank == 1, weight.shape.rank == 2 else {
      graph.fail(
        operation.name,
        "indices \(shape) do not fit weight \(weight.shape); a vector of indices and a matrix are needed"
      )
      return self
    }
    return graph.add(operation, [self, weight], .matrix(shape.columns, weight.shape.columns))
  }
}

extension Operations {
  /// Rows of a weight at the places that an index names.
  struct Embedding: Operation {
    static var examples: [OperationExample] {
      [(3, 5, 2), (33, 7, 18), (17, 40, 64), (20, 3, 16)].map { rows, count, width in
        OperationExample(
          "embedding [\(count), \(width)] of \(rows) rows",
          [.indices(rows, below: count), .shared(.matrix(count, width))]
        ) {
          $0[0].embedded(by: $0[1])
        }
      }
    }

    var rowRule: RowRule { .first }
    func isDifferentiable(by operand: Int) -> Bool { operand == 1 }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      var instruction = Instruction(
        Kernels.embedding, [node.value, node[0].value, node[1].value], node.shape)
      instruction.other = Instruction.Extent(node[1].shape)
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      let w = node[1].shape
      builder.contribute(
        to: 1, of: node, Kernels.embeddingGradient, [node[0].value, node.gradient], w
      ) {
        $0.other = Instruction.Extent(node.shape)
        $0.parts = Int32(w.rows)
        $0.grain = w.columns > Kernels.fewColumns ? Int32(w.stride) : 0
      }
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      operands[0].numbers.flatMap { operands[1].rows[Int($0)] }
    }
  }
}

extension Kernels {
  /// `out[row] = w[indices[row]]`
  @inline(never)
  fileprivate static func embedding(_ call: KernelCall) {
    let (out, indices, w) = (call[0], call[1], call[2])
    for i in 0..<call.rows {
      let from = w + index(indices[i], below: Int(call.other.rows), "embedding") &* call.stride
      (out + i &* call.stride).update(from: from, count: call.stride)
    }
  }

  /// `out[indices[row]] (+)= g[row]` over the rows, for the rows of the result that are asked for.
  @inline(never)
  fileprivate static func embeddingGradient(_ call: KernelCall) {
    let (out, indices, g) = (call[0], call[1], call[2])
    let (part, stride) = (call.part, call.stride)
    if !call.accumulates {
      (out + part.lowerBound &* stride).update(repeating: 0, count: part.count &* stride)
    }
    for i in 0..<Int(call.other.rows) {
      let place = index(indices[i], below: call.rows, "embedding")
      guard part.contains(place) else { continue }
      let (to, from) = (out + place &* stride, g + i &* stride)
      var column = 0
      while column < stride {
        store(to, column, load(to, column) + load(from, column))
        column &+= 16
      }
    }
  }
}
