internal import Foundation
public import RLCore
public import RLSupport

/// The environment of a task in a simulation of MuJoCo.
///
/// A copy is a snapshot: it shares the simulation until one of the two is stepped, which then makes one of its own in
/// the same state. Any thread may step any environment. Saved and restored, the physics goes on with the same bits.
///
/// ```swift
/// var rng = SeededGenerator(seed: 7)
/// var cheetah = try MuJoCoEnvironment(HalfCheetah())
/// let first = cheetah.reset(using: &rng)
/// let step = cheetah.step([1, 0, 0, 0, 0, 0])
/// ```
public struct MuJoCoEnvironment<Task: MuJoCoTask>: DeterministicEnvironment {
  /// Diagnostics of the task.
  public typealias Info = Task.Info

  /// The task.
  public private(set) var task: Task
  /// The model, which copies share.
  public let model: MuJoCoModel
  /// What the task observes; without bounds.
  public let observationSpace: DynamicBox
  /// What the actuators can be told.
  public let actionSpace: DynamicBox
  /// The last observation in double precision; empty before the first reset.
  public private(set) var observation: [Double] = []

  private var place = SIMD2<Double>(0, 0)
  /// The observation as agents see it; its memory is used again once nobody else has it.
  private var row: [Float] = []
  /// Made by the first reset, as it takes a megabyte: those that are only copied do without.
  private var simulation: MuJoCoSimulation?

  /// An environment.
  ///
  /// - Parameter task: The task.
  /// - Throws: `MuJoCoError` if MuJoCo is not set up, and if the model is not there, no model or none for the task.
  public init(_ task: Task) throws(MuJoCoError) {
    self.task = task
    model = try MuJoCoModel.load(task.modelFile)
    guard (1...10_000).contains(task.frameSkip) else {
      throw .unfit(
        file: model.path, "a frame skip of \(task.frameSkip) steps of physics, not 1 to 10000")
    }
    guard model.controlCount > 0 else {
      throw .unfit(file: model.path, "it has no actuator")
    }
    for (i, (low, high)) in zip(model.lowestControls, model.highestControls).enumerated()
    where !(low < high && Float(low).isFinite && Float(high).isFinite) {
      let name = model.name(of: i, .actuator) ?? "\(i)"
      throw .unfit(
        file: model.path,
        "actuator \(name) has a control range of \(low) to \(high); give it a ctrlrange=\"low high\""
      )
    }
    try task.check(model)
    let trial = try MuJoCoSimulation(model, fields: Task.fields)
    trial.forward()
    var example: [Double] = []
    task.observe(trial, into: &example)
    observationSpace = DynamicBox(-.infinity ... .infinity, shape: [example.count])
    actionSpace = DynamicBox(
      low: model.lowestControls.map(Float.init), high: model.highestControls.map(Float.init))
  }

  /// The time of one step of the environment, in s.
  public var stepDuration: Double { model.timeStep * Double(task.frameSkip) }

  /// Starts an episode as the task does.
  public mutating func reset(using rng: inout SeededGenerator) -> [Float] {
    if !isKnownUniquelyReferenced(&simulation) {
      simulation = own { () throws(MuJoCoError) in
        try MuJoCoSimulation(model, fields: Task.fields)
      }
    }
    let simulation = known
    simulation.reset()
    task.begin(in: simulation, using: &rng)
    simulation.forward()
    place = task.place(in: simulation)
    return observe(simulation)
  }

  /// Applies an action for `frameSkip` steps of physics.
  ///
  /// A step that MuJoCo cannot compute is paid with NaN, and `failure` says why.
  public mutating func step(_ action: [Float]) -> Step<[Float], Task.Info> {
    if !isKnownUniquelyReferenced(&simulation) {
      let shared = known
      simulation = own { () throws(MuJoCoError) in try shared.copy() }
    }
    let simulation = known
    task.act(action, in: simulation)
    simulation.advance(task.frameSkip)
    let before = place
    place = task.place(in: simulation)
    let row = observe(simulation)
    let outcome = task.outcome(
      of: MuJoCoMotion(action: action, before: before, after: place, duration: stepDuration),
      in: simulation)
    return Step(
      observation: row, reward: simulation.failure == nil ? outcome.reward : .nan,
      terminated: outcome.terminated, truncated: outcome.truncated, info: outcome.info)
  }

  /// Every simulation of a model takes the same memory, and one was made.
  private func own(
    _ make: () throws(MuJoCoError) -> MuJoCoSimulation
  ) -> MuJoCoSimulation {
    do { return try make() } catch {
      preconditionFailure("\(Task.self): a copy of the simulation cannot be made: \(error)")
    }
  }

  private var known: MuJoCoSimulation {
    guard let simulation else {
      preconditionFailure("\(Task.self): used before the first reset; call reset first")
    }
    return simulation
  }

  private mutating func observe(_ simulation: MuJoCoSimulation) -> [Float] {
    observation.removeAll(keepingCapacity: true)
    task.observe(simulation, into: &observation)
    row.removeAll(keepingCapacity: true)
    for number in observation { row.append(Float(number)) }
    return row
  }

  /// Positions of the joints (`qpos`) as they are now; empty before the first reset.
  public var positions: [Double] { simulation.map { Array($0.positions) } ?? [] }
  /// Velocities of the joints (`qvel`) as they are now; empty before the first reset.
  public var velocities: [Double] { simulation.map { Array($0.velocities) } ?? [] }
  /// How often MuJoCo warned of this simulation: of numbers that are not finite or huge, after which it begins anew
  /// with the model's positions, and of too many contacts.
  public var warningCount: Int { simulation?.warningCount ?? 0 }
  /// Why MuJoCo could not compute the last step; `nil` if it could.
  public var failure: String? { simulation?.failure }

  /// What MuJoCo warned of in this episode; `nil` for nothing.
  public var oddity: String? { simulation?.warning }

  /// Where the geoms of the model are now; none before the first reset.
  public var geoms: [MuJoCoGeom] {
    guard let simulation else { return [] }
    return MuJoCoGeom.all(model, simulation["geom_xpos"], simulation["geom_xmat"])
  }
}

/// The task, and the state of the physics after the first reset.
extension MuJoCoEnvironment: Codable {
  private enum CodingKeys: CodingKey { case task, physics, place }

  /// Writes the environment.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(task, forKey: .task)
    guard let simulation else { return }
    // Bits, so that no number can change on the way.
    let bits = simulation.savedState.flatMap { number in
      withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
    }
    try container.encode(Data(bits), forKey: .physics)
    try container.encode([place.x.bitPattern, place.y.bitPattern], forKey: .place)
  }

  /// Reads an environment, whose model must be there.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(container.decode(Task.self, forKey: .task))
    guard let bytes = try container.decodeIfPresent(Data.self, forKey: .physics) else { return }
    let place = try container.decode([UInt64].self, forKey: .place)
    let state = stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
      Double(
        bitPattern: (0..<8).reduce(0) {
          $0 | UInt64(bytes[bytes.startIndex + start + $1]) << (8 * $1)
        })
    }
    let simulation = try MuJoCoSimulation(model, fields: Task.fields)
    guard bytes.count % 8 == 0, place.count == 2, simulation.restore(state) else {
      throw DecodingError.dataCorruptedError(
        forKey: .physics, in: container,
        debugDescription: "this is no state of the model \(task.modelFile)")
    }
    self.place = SIMD2(Double(bitPattern: place[0]), Double(bitPattern: place[1]))
    self.simulation = simulation
  }
}
