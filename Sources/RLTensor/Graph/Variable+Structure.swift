extension Variable {
  /// `self · weight + bias` (inputs `[rows, in]`, weight `[in, out]`, bias `[out]`).
  public func linear(_ weight: Variable, bias: Variable? = nil) -> Variable {
    let (x, w) = (shape, weight.shape)
    guard x.rank == 2, w.rank == 2, x.columns == w.rows else {
      graph.fail(
        "linear", "input \(x) does not fit weight \(w); input columns must equal weight rows")
      return self
    }
    if let bias, bias.shape != .vector(w.columns) {
      graph.fail("linear", "bias \(bias.shape) does not fit weight \(w)")
      return self
    }
    return graph.add(
      .linear(.none), [self, weight] + (bias.map { [$0] } ?? []), .matrix(x.rows, w.columns))
  }

  private func matrixOnly(_ name: String) -> Bool {
    if shape.rank == 2 { return true }
    graph.fail(name, "needs a matrix [rows, columns], not \(shape)")
    return false
  }

  /// The sum of all elements: a number.
  public func sum() -> Variable { graph.add(.sum, [self], .scalar) }
  /// The mean of all elements: a number.
  public func mean() -> Variable { sum() * (1 / Float(max(1, shape.count))) }
  /// The sum of each row: a vector `[rows]`.
  public func rowSums() -> Variable {
    matrixOnly("rowSums") ? graph.add(.rowSums, [self], .vector(shape.rows)) : self
  }
  /// The mean of each row: a vector `[rows]`.
  public func rowMeans() -> Variable { rowSums() * (1 / Float(max(1, shape.columns))) }
  /// The sum of each column: a vector `[columns]`.
  public func columnSums() -> Variable {
    matrixOnly("columnSums") ? graph.add(.columnSums, [self], .vector(shape.columns)) : self
  }
  /// The largest element of each row: a vector `[rows]`; ties share the gradient.
  public func rowMaxima() -> Variable {
    matrixOnly("rowMaxima") ? graph.add(.rowMaxima, [self], .vector(shape.rows)) : self
  }
  /// The column of each row's largest element, the first one of equals: a vector `[rows]` of whole
  /// numbers, through which no gradient flows.
  public func rowArgmax() -> Variable {
    matrixOnly("rowArgmax") ? graph.add(.rowArgmax, [self], .vector(shape.rows)) : self
  }
  /// log Σ exp of each row: a vector `[rows]`.
  public func logSumExp() -> Variable {
    matrixOnly("logSumExp") ? graph.add(.logSumExp, [self], .vector(shape.rows)) : self
  }
  /// The logarithms of softmax, row by row.
  public func logSoftmax() -> Variable {
    matrixOnly("logSoftmax") ? graph.add(.logSoftmax, [self], shape) : self
  }
  /// exp(x) / Σ exp(x), row by row.
  public func softmax() -> Variable { logSoftmax().exp() }

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
    return graph.add(.gather, [self, indices], result)
  }

  /// The loss of quantiles against samples of a distribution, for each row (Dabney et al. 2018, equation 10,
  /// with κ = 1): the sum over the quantiles of the mean over the samples. No gradient flows to the samples.
  ///
  /// - Parameter samples: `[rows, samples]`; self is `[rows, quantiles]`, for the shares
  ///   (i + 1/2) / quantiles.
  /// - Returns: A vector `[rows]`.
  public func quantileHuber(to samples: Variable) -> Variable {
    guard shape.rank == 2, samples.shape.rank == 2, samples.shape.rows == shape.rows else {
      graph.fail("quantileHuber", "quantiles \(shape) and samples \(samples.shape) do not fit")
      return self
    }
    return graph.add(.quantileHuber, [self, samples], .vector(shape.rows))
  }

  /// The matrices side by side: `[rows, sum of columns]`.
  public static func concatenate(_ parts: [Variable]) -> Variable {
    guard let first = parts.first else {
      preconditionFailure("concatenate: nothing to concatenate")
    }
    for part in parts where part.shape.rank != 2 || part.shape.rows != first.shape.rows {
      first.graph.fail("concatenate", "\(part.shape) does not fit beside \(first.shape)")
      return first
    }
    let columns = parts.reduce(0) { $0 + $1.shape.columns }
    return first.graph.add(.concatenate, parts, .matrix(first.shape.rows, columns))
  }

  /// Some columns of a matrix.
  public func columns(_ range: Range<Int>) -> Variable {
    guard shape.rank == 2, range.lowerBound >= 0, range.upperBound <= shape.columns, !range.isEmpty
    else {
      graph.fail("columns", "\(range) is not a range of columns of \(shape)")
      return self
    }
    return graph.add(.columns(range), [self], .matrix(shape.rows, range.count))
  }

  /// A vector `[n]` as a column `[n, 1]`.
  public func asColumn() -> Variable {
    guard shape.rank == 1 else {
      graph.fail("asColumn", "needs a vector, not \(shape)")
      return self
    }
    return graph.add(.asColumn, [self], .matrix(shape.columns, 1))
  }

  /// A column `[n, 1]` as a vector `[n]`.
  public func asVector() -> Variable {
    guard shape.rank == 2, shape.columns == 1 else {
      graph.fail("asVector", "needs a column [rows, 1], not \(shape)")
      return self
    }
    return graph.add(.asVector, [self], .vector(shape.rows))
  }

  /// Each row shifted and scaled to mean 0 and variance 1, then `* gain + offset` (Ba et al. 2016, eq. 3-4).
  public func layerNorm(gain: Variable, offset: Variable, epsilon: Float = 1e-5) -> Variable {
    guard shape.rank == 2, gain.shape == .vector(shape.columns), offset.shape == gain.shape else {
      graph.fail(
        "layerNorm", "gain \(gain.shape) and offset \(offset.shape) do not fit input \(shape)")
      return self
    }
    return graph.add(.layerNorm(epsilon: epsilon), [self, gain, offset], shape)
  }

  /// The mean of the squared differences to a target of the same shape: a number.
  public func meanSquaredError(to target: Variable) -> Variable {
    (self - target).squared().mean()
  }
}
