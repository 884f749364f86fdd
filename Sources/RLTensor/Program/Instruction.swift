/// One kernel call of a program: a function without captures, and what it works on.
struct Instruction {
  typealias Kernel = (KernelCall) -> Void

  /// The extents of a matrix, and the distance between its rows.
  struct Extent {
    var rows: Int32
    var columns: Int32
    var stride: Int32

    init(_ shape: Shape) { self.init(shape.rows, shape.columns, stride: shape.stride) }

    init(_ rows: Int, _ columns: Int, stride: Int) {
      (self.rows, self.columns, self.stride) = (Int32(rows), Int32(columns), Int32(stride))
    }
  }

  let kernel: Kernel
  /// Indices into the program's table of buffers, in the kernel's order: what is written comes first. -1 stands for
  /// none.
  let buffers: SIMD8<Int32>
  /// What the kernel walks over.
  var extent: Extent
  /// A second extent, for kernels that need one.
  var other: Extent
  /// Numbers that the operation was made with, such as bounds.
  var numbers = SIMD2<Float>.zero
  /// Where columns start, in what is written and in what is read.
  var columns = SIMD2<Int32>.zero
  /// What a layer applies to its result.
  var activation = Activation.none
  /// The rows of a sequence.
  var steps: Int32 = 1
  /// The images of a convolution.
  var window: ConvolutionWindow?
  /// Whether the padding of rows must be set to zero, since the kernel's function of zeros is not zero.
  var isMasked = false
  /// Whether the result is added to what is there.
  var accumulates = false
  /// Whether a sum over the rows of a batch is kept as sixteen lanes, so that each number must stay in its lane.
  var keepsLanes = false
  /// The rows that threads can share, and how far apart those of a sum are or in what multiples they are shared; else 0.
  var (parts, grain): (Int32, Int32) = (0, 0)

  /// - Parameter buffers: What is written, then what is read.
  init(
    _ kernel: @escaping Kernel, _ buffers: [Int32], _ extent: Extent, accumulates: Bool = false
  ) {
    self.kernel = kernel
    var indices = SIMD8<Int32>(repeating: -1)
    for (i, buffer) in buffers.enumerated() { indices[i] = buffer }
    self.buffers = indices
    self.extent = extent
    other = extent
    self.accumulates = accumulates
  }

  init(_ kernel: @escaping Kernel, _ buffers: [Int32], _ shape: Shape, accumulates: Bool = false) {
    self.init(kernel, buffers, Extent(shape), accumulates: accumulates)
  }

  /// Whether a buffer is written or read.
  func touches(_ buffer: Int32) -> Bool { (0..<8).contains { buffers[$0] == buffer } }
}

/// What a kernel is called with.
struct KernelCall {
  let instruction: UnsafePointer<Instruction>
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  let accumulates: Bool
  /// Whether this is a sum over rows that goes on in the next slice.
  let isRowSum: Bool
  let allowsBLAS: Bool
  /// Memory of the thread that runs the instruction, as much as it asked for.
  let scratch: UnsafeMutablePointer<Float>
  /// The rows of the result to compute, if the instruction has parts.
  let part: Range<Int>

  /// The numbers of an operand.
  @inline(__always)
  subscript(operand: Int) -> UnsafeMutablePointer<Float> {
    pointers[Int(instruction.pointee.buffers[operand])]
  }

  /// The numbers of an operand that there may not be.
  @inline(__always)
  func optional(_ operand: Int) -> UnsafePointer<Float>? {
    let index = Int(instruction.pointee.buffers[operand])
    return index >= 0 ? UnsafePointer(pointers[index]) : nil
  }

  @inline(__always) var extent: Instruction.Extent { instruction.pointee.extent }
  @inline(__always) var other: Instruction.Extent { instruction.pointee.other }
  @inline(__always) var numbers: SIMD2<Float> { instruction.pointee.numbers }
  @inline(__always) var isMasked: Bool { instruction.pointee.isMasked }
  @inline(__always) var activation: Activation { instruction.pointee.activation }
  @inline(__always) var steps: Int { Int(instruction.pointee.steps) }
  @inline(__always) var window: ConvolutionWindow {
    guard let window = instruction.pointee.window else {
      preconditionFailure("Kernels: an instruction of a convolution has no window")
    }
    return window
  }
  @inline(__always) var rows: Int { Int(extent.rows) }
  @inline(__always) var width: Int { Int(extent.columns) }
  @inline(__always) var stride: Int { Int(extent.stride) }
}
