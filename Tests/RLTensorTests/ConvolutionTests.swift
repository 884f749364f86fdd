import RLSupport
import RLTensor
import Synchronization
import Testing

@Suite struct ConvolutionTests {
  /// NatureCNN's layers, and windows that leave pixels at the end.
  @Test func windowsKnowTheirResults() {
    let first = ConvolutionWindow(84, channels: 4, kernel: 8, stride: 4)
    let second = ConvolutionWindow(first.output, channels: 32, kernel: 4, stride: 2)
    let third = ConvolutionWindow(second.output, channels: 64, kernel: 3)
    #expect([first.output, second.output, third.output] == [20, 9, 7])
    #expect(first.inputs == 28_224 && first.terms == 256)
    #expect(ConvolutionWindow(10, channels: 1, kernel: 3, stride: 2).output == 4)
    #expect(
      ConvolutionWindow(
        .init(5, 9), channels: 1, kernel: .init(3, 2), stride: .init(1, 3), padding: .init(2, 0)
      ).output == .init(7, 3))
  }

  /// Where not even a few rows fit the cache, large weights are read for 64 rows at a time, small ones for 16.
  @Test(arguments: [(1, 8), (40, 2)])
  func slicesOfLargeNetworksHaveManyRows(_ columns: Int, _ expected: Int) throws {
    var layout = ParameterLayout()
    let layer = Linear(columns, 8192, name: "layer", in: &layout)
    var rng = SeededGenerator(seed: 1)
    let graph = Graph(parameters: Parameters(layout, using: &rng), rows: 128)
    let x = graph.rowInput(columns)
    let program = try BatchProgram(outputs: [layer(x).rowSums()], on: ThreadTeam(threads: 1))
    let slices = Atomic(0)
    program.forward(128) { _ in slices.add(1, ordering: .relaxed) }
    #expect(slices.load(ordering: .relaxed) == expected)
  }

  private func problem(_ trace: (Graph) -> Variable) -> String? {
    do throws(ShapeError) {
      _ = try Program(outputs: [trace(Graph())])
      return nil
    } catch { return error.description }
  }

  private func problem(
    _ window: ConvolutionWindow, columns: Int? = nil, rows: Int? = nil, bias: Int = 4
  ) -> String? {
    problem {
      $0.input(.matrix(2, columns ?? window.inputs)).convolution(
        $0.input(.matrix(rows ?? window.terms, 4)), bias: $0.input(.vector(bias)), window)
    }
  }

  @Test func mistakesAreNamed() {
    let window = ConvolutionWindow(5, channels: 2, kernel: 3)
    #expect(problem(window) == nil)
    #expect(
      problem(window, columns: 49)
        == "convolution2D: input [2, 49] does not fit images of 5x5 with 2 channels; it needs 50 columns"
    )
    #expect(
      problem(window, rows: 9)?.contains("weight [9, 4] does not fit a kernel of 3x3") == true)
    #expect(problem(window, bias: 3)?.contains("bias [3] does not fit weight [18, 4]") == true)
    for (window, words) in [
      (
        ConvolutionWindow(.init(5, 2), channels: 1, kernel: 3),
        "a kernel of 3x3 is larger than an image of 5x2 with a padding of 0x0"
      ),
      (ConvolutionWindow(5, channels: 1, kernel: 3, stride: 0), "strides are 1 or more"),
      (ConvolutionWindow(5, channels: 1, kernel: 3, padding: -1), "paddings 0 or more"),
      (ConvolutionWindow(5, channels: 0, kernel: 3), "at least one pixel and one channel"),
      (ConvolutionWindow(5, channels: 6, frames: 4, kernel: 3), "6 channels are not those of 4"),
    ] {
      #expect(problem(window, columns: 25)?.contains(words) == true)
      #expect(window.output == 0)
    }
  }

  /// A gradient would have to be taken apart into frames again.
  @Test func onlyInputsHaveFrames() {
    let window = ConvolutionWindow(3, channels: 2, frames: 2, kernel: 3)
    #expect(problem(window) == nil)
    let words = problem {
      $0.input(.matrix(1, 18)).squared().convolution($0.input(.matrix(18, 4)), window)
    }
    #expect(words == "convolution2D: only inputs are images of 2 frames")
  }

  @Test func onlySomeOperationsTakeBytes() throws {
    #expect(
      problem { $0.bytes(2, 3).squared() }
        == "squared: [2, 3] of bytes are no numbers; asNumbers() makes numbers of them")
    #expect(problem { $0.bytes(2, 3).linear($0.input(.matrix(3, 1))) }?.contains("bytes") == true)
    #expect(problem { $0.input(.matrix(2, 3)).asNumbers() } == "asNumbers: needs bytes, not [2, 3]")
    let window = ConvolutionWindow(3, channels: 1, kernel: 3)
    #expect(
      problem { $0.input(.matrix(2, 9)).convolution($0.bytes(9, 4), window) }?
        .contains("bytes are no numbers") == true)
    #expect(problem { $0.bytes(2, 3, scale: 0).asNumbers() }?.contains("not zero") == true)
    let graph = Graph()
    let bytes = graph.bytes(2, 3, scale: 0.5)
    let numbers = bytes.asNumbers()
    let program = try Program(outputs: [numbers])
    program.assign(bytes: [0, 1, 2, 253, 254, 255], to: bytes)
    program.forward()
    #expect(program[numbers].array == [0, 0.5, 1, 126.5, 127, 127.5])
  }
}
