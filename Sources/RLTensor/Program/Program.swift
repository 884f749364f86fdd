/// A traced computation, ready to be run again and again without allocation.
///
/// Buffers are planned once, in one arena; linear operations apply bias and activation themselves; the
/// gradient of each weight is written to its place in ``Parameters``. A program is used by one thread
/// at a time; different programs may share parameters as long as none of them is written meanwhile.
///
/// ```swift
/// let graph = Graph()
/// let x = graph.input(.matrix(2, 3))
/// let y = x.softmax()
/// let program = try Program(outputs: [y])
/// program[x].assign([1, 2, 3, 0, 0, 0])
/// program.forward()
/// print(program[y].array)
/// ```
public final class Program {
  private let forwardCode: [Instruction]
  private let backwardCode: [Instruction]
  private let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<Float>>
  private let arena: UnsafeMutablePointer<Float>
  private let graph: Graph
  private let values: [Int32]
  private let retained: [Parameters]
  /// Whether large products may go to BLAS. A forward pass alone may not: its rows must not depend on
  /// how many of them there are, so that sharing them among threads changes nothing.
  private let allowsBLAS: Bool
  /// The numbers in the arena, padding included.
  public let arenaSize: Int

  /// Compiles the computation of some outputs, without gradients.
  ///
  /// - Throws: The first mistake in the shapes that was made while tracing.
  public convenience init(outputs: [Variable]) throws(ShapeError) {
    try self.init(outputs: outputs, loss: nil) { _, _ in false }
  }

  /// Compiles a loss and its gradients.
  ///
  /// - Parameters:
  ///   - loss: The number whose gradients are wanted.
  ///   - outputs: Other results to be read after a run.
  ///   - parameters: The weights whose gradients are wanted; all in the graph if `nil`.
  ///   - range: The part of these parameters' block (see `ParameterLayout.end`) to which gradients are
  ///     limited; everything that only serves other gradients is left out.
  /// - Throws: The first mistake in the shapes that was made while tracing.
  public convenience init(
    loss: Variable, outputs: [Variable] = [], differentiating parameters: Parameters? = nil,
    range: Range<Int>? = nil
  ) throws(ShapeError) {
    try self.init(outputs: outputs, loss: loss) { parameter, owner in
      (parameters == nil || parameters === owner)
        && (range?.contains(parameter.offset) ?? true)
    }
  }

  private init(
    outputs: [Variable], loss: Variable?, trainable: @escaping (Parameter, Parameters) -> Bool
  ) throws(ShapeError) {
    guard let graph = loss?.graph ?? outputs.first?.graph else {
      throw ShapeError(operation: "Program", problem: "there is nothing to compute")
    }
    if let loss, loss.shape.rank != 0 {
      graph.fail("loss", "must be a single number, not \(loss.shape)")
    }
    if graph.rows != nil { graph.fail("Program", "the graph is of a batch; use BatchProgram") }
    if let failure = graph.failure { throw failure }
    var builder = ProgramBuilder(
      graph: graph, outputs: outputs.map(\.id), losses: loss.map { [$0.id] } ?? [],
      trainable: trainable)
    builder.selectAndFuse()
    builder.emitForward()
    builder.emitBackward()
    builder.plan.place()

    let total = max(16, builder.plan.total)
    arenaSize = total
    let capacity = total + builder.plan.scratch
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: capacity * MemoryLayout<Float>.stride, alignment: 64)
    let arena = memory.bindMemory(to: Float.self, capacity: capacity)
    arena.initialize(repeating: 0, count: capacity)
    self.arena = arena
    pointers = .allocate(capacity: builder.plan.buffers.count)
    for (i, buffer) in builder.plan.buffers.enumerated() {
      pointers.initializeElement(at: i, to: buffer.external ?? arena + buffer.offset)
    }
    (forwardCode, backwardCode) = (builder.forward, builder.backward)
    self.graph = graph
    values = builder.values
    allowsBLAS = loss != nil
    retained = graph.nodes.compactMap(\.parameters)
    for (id, node) in graph.nodes.enumerated() where values[id] >= 0 {
      if let constant = node.operation as? Operations.Constant {
        TensorView(pointer: pointers[Int(values[id])], shape: node.shape).assign(constant.numbers)
      }
    }
  }

  deinit {
    arena.deallocate()
    pointers.deallocate()
  }

  /// The numbers of an input, an output or the loss.
  public subscript(variable: Variable) -> TensorView {
    precondition(
      variable.graph === graph && values[variable.id] >= 0,
      "Program: this variable is no input or output of the program")
    return TensorView(pointer: pointers[Int(values[variable.id])], shape: variable.shape)
  }

  /// Replaces all bytes of an input, given row-major.
  public func assign(bytes: [UInt8], to variable: Variable) {
    let (shape, target) = (variable.shape, self.bytes(of: variable))
    precondition(
      bytes.count == shape.count, "Program: \(bytes.count) bytes do not fill \(shape)")
    bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      for row in 0..<shape.rows {
        (target.pointer + row * target.stride).copyMemory(
          from: start + row * shape.columns, byteCount: shape.columns)
      }
    }
  }

  /// Where the bytes of an input lie, and the distance between rows.
  package func bytes(of variable: Variable) -> (pointer: UnsafeMutableRawPointer, stride: Int) {
    precondition(
      variable.graph === graph && values[variable.id] >= 0,
      "Program: this variable is no input of the program")
    return byteView(pointers[Int(values[variable.id])], variable.shape)
  }

  /// Whether an input has any influence on what the program computes.
  public func uses(_ variable: Variable) -> Bool {
    variable.graph === graph && values[variable.id] >= 0
  }

  /// Computes the outputs and the loss.
  public func forward() { execute(forwardCode) }

  /// Computes the outputs, the loss and the gradients.
  public func run() {
    execute(forwardCode)
    execute(backwardCode)
  }

  /// Computes the gradients from what `run` or `forward` has computed.
  func backward() { execute(backwardCode) }

  private func execute(_ code: [Instruction]) {
    Executor(
      pointers: pointers.baseAddress.unsafelyUnwrapped, allowsBLAS: allowsBLAS,
      scratch: arena + arenaSize
    ).execute(code)
  }
}
