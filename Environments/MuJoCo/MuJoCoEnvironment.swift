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
  public internal(set) var observation: [Double] = []

  var place = SIMD2<Double>(0, 0)
  /// The observation as agents see it; its memory is used again once nobody else has it.
  private var row: [Float] = []
  /// Made by the first reset, as it takes a megabyte: those that are only copied do without.
  var simulation: MuJoCoSimulation?
  /// Why there is no simulation; `nil` if there is one, or none was needed yet.
  private var obstacle: String?

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
    if let flag = model.unsavedFlag {
      throw .unfit(
        file: model.path,
        "its option flag '\(flag)' is on, and what MuJoCo keeps for it is no part of the state, so that no run could go on with the same bits; turn it off"
      )
    }
    try task.check(model)
    let trial = try Self.simulation(of: model)
    trial.forward()
    if let failure = trial.failure { throw .unfit(file: model.path, failure) }
    var example: [Double] = []
    task.observe(trial, into: &example)
    observationSpace = DynamicBox(-.infinity ... .infinity, shape: [example.count])
    actionSpace = DynamicBox(
      low: model.lowestControls.map(Float.init), high: model.highestControls.map(Float.init))
  }

  /// The time of one step of the environment, in s.
  public var stepDuration: Double { model.timeStep * Double(task.frameSkip) }

  /// A simulation with all that the task and pictures read.
  static func simulation(of model: MuJoCoModel) throws(MuJoCoError) -> MuJoCoSimulation {
    try MuJoCoSimulation(model, fields: Task.fields + MuJoCoSimulation.drawn)
  }

  /// Starts an episode as the task does.
  public mutating func reset(using rng: inout SeededGenerator) -> [Float] {
    let model = model
    guard
      let simulation = own({ (_) throws(MuJoCoError) in try Self.simulation(of: model) })
    else { return unknown }
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
    precondition(
      simulation != nil || obstacle != nil,
      "\(Task.self): used before the first reset; call reset first")
    guard
      let simulation = own({ (shared) throws(MuJoCoError) in try shared?.copy() })
    else {
      return Step(
        observation: unknown, reward: .nan, terminated: false, truncated: false, info: Task.Info())
    }
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

  /// The simulation that nobody else has; made if there is none. `nil` where memory is lacking, which is a failure.
  private mutating func own(
    _ make: (MuJoCoSimulation?) throws(MuJoCoError) -> MuJoCoSimulation?
  ) -> MuJoCoSimulation? {
    if isKnownUniquelyReferenced(&simulation) { return simulation }
    do throws(MuJoCoError) {
      if let made = try make(simulation) { (simulation, obstacle) = (made, nil) }
    } catch {
      (simulation, obstacle) = (nil, error.description)
    }
    return simulation
  }

  /// What is observed where nothing can be.
  private var unknown: [Float] {
    [Float](repeating: .nan, count: observationSpace.spec.rowWidth)
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
  public var failure: String? { simulation?.failure ?? obstacle }

  /// What MuJoCo warned of in this episode; `nil` for nothing.
  public var oddity: String? { simulation?.warning }

  /// Where the geoms of the model are now; none before the first reset.
  public var geoms: [MuJoCoGeom] {
    guard let simulation else { return [] }
    return MuJoCoGeom.all(model, simulation["geom_xpos"], simulation["geom_xmat"])
  }
}
