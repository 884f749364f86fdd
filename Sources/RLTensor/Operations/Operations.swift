/// The operations of the autodiff core.
package enum Operations {
  typealias Vector = Kernels.Vector

  /// One line an operation. The tests take their cases from here.
  static var all: [any Operation.Type] {
    [
      // Numbers from outside
      Input.self, Constant.self, Weight.self, StopGradient.self,
      // Functions of one number
      Negate.self, Affine.self, Reciprocal.self, Exp.self, Log.self, Squared.self, SquareRoot.self,
      Magnitude.self, Clamped.self, Huber.self,
      Tanh.self, Relu.self, Sigmoid.self, Gelu.self, Softplus.self,
      // Functions of two numbers
      Add.self, Subtract.self, Multiply.self, Divide.self, Minimum.self, Maximum.self,
      // Rows and columns
      Sum.self, RowSums.self, ColumnSums.self, RowMaxima.self, RowArgmax.self,
      LogSumExp.self, LogSoftmax.self,
      // Places
      Gather.self, Embedding.self, Concatenate.self, Columns.self, AsColumn.self, AsVector.self,
      AsNumbers.self,
      // Layers and losses
      Linear.self, Convolution2D.self, LayerNorm.self, RMSNorm.self, BatchNorm.self,
      QuantileHuber.self,
      // Through time
      LSTM.self, GRU.self,
    ]
  }

  /// The examples of all operations.
  package static var examples: [OperationExample] { all.flatMap { $0.examples } }
}
