internal import RLGym

/// A convolutional network as agents have them, whose passes are measured.
private struct ConvolutionalNetwork {
  let name: String
  /// The convolutions and their filters.
  let layers: [(window: ConvolutionWindow, filters: Int)]
  /// The width of the layer behind them, and of the head.
  let dense: Int
  let outputs: Int

  /// Mnih et al. 2015, on four frames of 84 x 84.
  static var nature: ConvolutionalNetwork {
    ConvolutionalNetwork(
      name: "nature",
      layers: [
        (ConvolutionWindow(84, channels: 4, frames: 4, kernel: 8, stride: 4), 32),
        (ConvolutionWindow(20, channels: 32, kernel: 4, stride: 2), 64),
        (ConvolutionWindow(9, channels: 64, kernel: 3), 64),
      ], dense: 512, outputs: 4)
  }

  /// Young and Tian 2019, for games of so many channels.
  static func minAtar(_ channels: Int) -> ConvolutionalNetwork {
    ConvolutionalNetwork(
      name: "minatar-\(channels)",
      layers: [(ConvolutionWindow(10, channels: channels, kernel: 3), 16)], dense: 128, outputs: 6)
  }

  /// Multiplications of an image in each layer, dense ones last.
  private var products: [Double] {
    var products = layers.map { Double($0.window.output.count * $0.filters * $0.window.terms) }
    let features = layers.last.map { $0.window.output.count * $0.filters } ?? 0
    products += [Double(features * dense), Double(dense * outputs)]
    return products
  }

  /// Each pass of each layer; the first one's images are bytes, which have no gradient.
  var passes: [Benchmark] {
    layers.enumerated().flatMap { i, layer in
      ConvolutionPass.Kind.allCases.filter { i > 0 || $0 != .images }.map { kind in
        Benchmark(
          name: "conv/\(name)/\(i + 1)/\(kind)", unit: "images/s", flopPerUnit: 2 * products[i]
        ) {
          let images = 32
          let pass = try ConvolutionPass(
            kind, layer.window, filters: layer.filters, images: images, areBytes: i == 0)
          return Benchmark.rate { pass.run() } * Double(images)
        }
      }
    }
  }

  /// Both passes of the network in batches of 256 images of bytes.
  func update(threads: Int) -> Benchmark {
    // Forward, and twice that backward, where only the first layer's images need no gradient.
    let flop = 2 * (3 * products.reduce(0, +) - products[0])
    return Benchmark(name: "conv/\(name)/update", unit: "images/s", flopPerUnit: flop) {
      let rows = 256
      var layout = ParameterLayout()
      let convolutions = layers.enumerated().map { i, layer in
        Convolution2D(layer.window, filters: layer.filters, name: "\(i)", in: &layout)
      }
      let features = Linear(
        convolutions.last?.outputs ?? 0, dense, name: "dense", in: &layout)
      let head = Linear(dense, outputs, name: "head", in: &layout)
      var rng = SeededGenerator(seed: 1)
      let graph = Graph(parameters: Parameters(layout, using: &rng), rows: rows)
      let inputs = layers.first?.window.inputs ?? 0
      let images = graph.rowBytes(inputs, scale: 1 / 255)
      let y = convolutions.reduce(images) { $1($0).relu() }
      let team = ThreadTeam(threads: threads)
      let program = try BatchProgram(
        meanOf: head(features(y).relu()).squared().rowSums(), on: team)
      let bytes = (0..<rows * inputs).map { UInt8($0 % 251) }
      return Benchmark.rate {
        team.choosing { program.run(rows) { $0.fill(images, bytes: bytes) } }
      } * Double(rows)
    }
  }
}

extension Benchmark {
  /// The passes of convolutions on one thread, and whole networks on several.
  static func convolutionBenchmarks(threads: Int) -> [Benchmark] {
    let networks = [ConvolutionalNetwork.nature] + [4, 6, 7, 10].map { .minAtar($0) }
    return networks.flatMap { $0.passes + [$0.update(threads: threads)] }
  }
}
