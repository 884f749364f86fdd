extension Variable {
  /// From each row the element whose column the index names: a vector `[rows]`.
  ///
  /// - Parameter indices: A vector `[rows]` of whole numbers from 0 on.
  public func gathered(at indices: Variable) -> Variable {
    gathered(at: indices, choices: shape.columns, .vector(shape.rows))
  }

  /// From each row, which is groups of `choices` columns, the element of each group that the index names: a
  /// matrix `[rows, groups]`.
  ///
  /// - Parameters:
  ///   - indices: A vector `[rows]` of whole numbers from 0 to `choices` - 1.
  ///   - choices: The columns of a group.
  public func gathered(at indices: Variable, choices: Int) -> Variable {
    gathered(at: indices, choices: choices, .matrix(shape.rows, shape.columns / max(1, choices)))
  }

  private func gathered(at indices: Variable, choices: Int, _ result: Shape) -> Variable {
    guard shape.rank == 2, indices.shape == .vector(shape.rows), choices > 0,
      shape.columns % choices == 0
    else {
      graph.fail(
        "gather",
        "indices \(indices.shape) of \(choices) choices do not fit \(shape); one index a row and columns in groups of the choices are needed"
      )
      return self
    }
    return graph.add(Operations.Gather(), [self, indices], result)
  }
}

extension Operations {
  /// Numbers at the places that an index names: one of each group of columns as wide as there are choices.
  struct Gather: Operation {
    static var examples: [OperationExample] {
      OperationExample.matrices().flatMap { leaf in
        let (rows, columns) = (leaf.shape.rows, leaf.shape.columns)
        return [
          OperationExample("gather \(leaf.shape)", [leaf, .indices(rows, below: columns)]) {
            $0[0].gathered(at: $0[1])
          },
          OperationExample(
            "gather of groups \(leaf.shape)",
            [.rows(.matrix(rows, 3 * columns)), .indices(rows, below: 3)]
          ) {
            $0[0].gathered(at: $0[1], choices: 3)
          },
        ]
      }
    }

    func isDifferentiable(by operand: Int) -> Bool { operand == 0 }

    func emitForward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      var instruction = Instruction(
        Kernels.gather, [node.value, node[0].value, node[1].value], node[0].shape)
      instruction.other = Self.layout(node.shape)
      builder.emit(instruction)
    }

    func emitBackward(_ node: OperationNode, in builder: inout ProgramBuilder) {
      guard let gradient = builder.gradientToAddTo(node[0]) else { return }
      var instruction = Instruction(
        Kernels.gatherGradient, [gradient, node[1].value, node.gradient], node[0].shape)
      instruction.other = Self.layout(node.shape)
      builder.emit(instruction)
    }

    /// A vector is taken for a column whose numbers lie side by side.
    private static func layout(_ shape: Shape) -> Instruction.Extent {
      shape.rank == 2 ? Instruction.Extent(shape) : Instruction.Extent(shape.columns, 1, stride: 1)
    }

    func reference(_ operands: [ReferenceTensor], _ shape: Shape) -> [Double] {
      let groups = shape.rank == 2 ? shape.columns : 1
      let choices = operands[0].shape.columns / groups
      return zip(operands[0].rows, operands[1].numbers).flatMap { row, index in
        (0..<groups).map { row[$0 * choices + Int(index)] }
      }
    }
  }
}

extension Kernels {
  /// `out[row, j] = x[row, j · choices + indices[row]]` for the groups j.
  @inline(never)
  fileprivate static func gather(_ call: KernelCall) {
    let (out, x, indices) = (call[0], call[1], call[2])
    let (rows, count, stride) = (call.rows, Int(call.other.columns), Int(call.other.stride))
    let choices = call.width / count
    for row in 0..<rows {
      let from = x + (row &* call.stride &+ index(indices[row], below: choices, "gather"))
      let to = out + row &* stride
      for j in 0..<count { to[j] = from[j &* choices] }
      for j in count..<stride { to[j] = 0 }
    }
    for i in rows &* stride..<Shape.padded(rows &* stride) { out[i] = 0 }
  }

  /// `out[row, j · choices + indices[row]] += g[row, j]` for the groups j.
  @inline(never)
  fileprivate static func gatherGradient(_ call: KernelCall) {
    let (out, indices, g) = (call[0], call[1], call[2])
    let (count, stride) = (Int(call.other.columns), Int(call.other.stride))
    let choices = call.width / count
    for row in 0..<call.rows {
      let to = out + (row &* call.stride &+ index(indices[row], below: choices, "gather"))
      for j in 0..<count { to[j &* choices] += g[row &* stride &+ j] }
    }
  }
}
