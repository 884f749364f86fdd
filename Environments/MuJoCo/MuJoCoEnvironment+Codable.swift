internal import Foundation
internal import RLCore

/// The task, and after the first reset the state of the physics and what can be read of it.
extension MuJoCoEnvironment: Codable {
  private enum CodingKeys: CodingKey {
    case task, model, physics, place, fields, outputs, observation
  }

  /// Writes the environment.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(task, forKey: .task)
    guard let simulation else { return }
    try container.encode(model.fingerprint, forKey: .model)
    try container.encode(Bits(simulation.savedState), forKey: .physics)
    try container.encode([place.x.bitPattern, place.y.bitPattern], forKey: .place)
    try container.encode(simulation.outputNames, forKey: .fields)
    try container.encode(Bits(simulation.outputs), forKey: .outputs)
    try container.encode(Bits(observation), forKey: .observation)
  }

  /// Reads an environment, whose model must be there and the same as it was.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(container.decode(Task.self, forKey: .task))
    guard let state = try container.decodeIfPresent(Bits.self, forKey: .physics) else { return }
    func refused(_ key: CodingKeys, _ problem: String) -> DecodingError {
      DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: problem)
    }
    // Earlier states lack it, and outputs and observation.
    let model = try container.decodeIfPresent(String.self, forKey: .model)
    guard model == nil || model == self.model.fingerprint else {
      throw refused(
        .model,
        "the model \(self.model.path) has changed: compiled, it had \(model ?? "") and now has \(self.model.fingerprint); put it back as it was, or begin a new training"
      )
    }
    let place = try container.decode([UInt64].self, forKey: .place)
    let outputs = try container.decodeIfPresent(Bits.self, forKey: .outputs)
    let observation = try container.decodeIfPresent(Bits.self, forKey: .observation)
    let simulation = try Self.simulation(of: self.model)
    // A task that reads other arrays than it did finds them a step later, as after a reset.
    let fields = try container.decodeIfPresent([String].self, forKey: .fields)
    let known = fields == simulation.outputNames ? outputs?.numbers : nil
    guard place.count == 2, simulation.restore(state.numbers, known) else {
      throw refused(.physics, "this is no state of the model \(self.model.path)")
    }
    self.place = SIMD2(Double(bitPattern: place[0]), Double(bitPattern: place[1]))
    self.simulation = simulation
    if let observation {
      guard observation.numbers.count == observationSpace.spec.rowWidth else {
        throw refused(.observation, "this is no observation of \(Task.self)")
      }
      self.observation = observation.numbers
    } else {
      task.observe(simulation, into: &self.observation)
    }
  }
}

/// Numbers as their bits, so that none can change on the way.
private struct Bits: Codable {
  let numbers: [Double]

  init(_ numbers: [Double]) { self.numbers = numbers }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    let bytes = numbers.flatMap { number in
      withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
    }
    try container.encode(Data(bytes))
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let bytes = Array(try container.decode(Data.self))
    guard bytes.count % 8 == 0 else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(bytes.count) bytes are no numbers of 8 bytes")
    }
    numbers = stride(from: 0, to: bytes.count, by: 8).map { start in
      Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * $1) })
    }
  }
}
