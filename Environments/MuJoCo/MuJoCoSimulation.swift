internal import CMuJoCo
public import RLSupport

/// One simulation of a model, as tasks see it.
///
/// A task reads positions, velocities and the fields that it named in `MuJoCoTask.fields`, and sets positions and
/// velocities where an episode begins. A simulation is used by one thread at a time. One by itself is bare physics:
///
/// ```swift
/// let physics = try MuJoCoSimulation(MuJoCoModel.load("half_cheetah.xml"))
/// physics.setControls([1, 0, 0, 0, 0, 0])
/// physics.advance(5)
/// ```
public final class MuJoCoSimulation: @unchecked Sendable {
  /// The model.
  public let model: MuJoCoModel

  private let functions: rlgym_mujoco_functions
  private let batch: OpaquePointer
  private let data: OpaquePointer
  private let state: UnsafeMutableBufferPointer<Double>
  private let qpos: UnsafeMutablePointer<Double>
  private let qvel: UnsafeMutablePointer<Double>
  private let ctrl: UnsafeMutablePointer<Double>
  private let fields: [Field]
  private let usesContactForces: Bool
  /// The bodies that were asked for by name, and their numbers.
  private var bodies: [(name: String, index: Int)] = []
  /// Why the last step could not be computed; `nil` if it was.
  private(set) var failure: String?

  /// An array that can be read: a part of the state, or an output, which is copied out after every call.
  private struct Field {
    let name: String
    let numbers: UnsafeMutableBufferPointer<Double>
    let isOutput: Bool
  }

  /// Where geoms are, which pictures need.
  static let drawn = ["geom_xpos", "geom_xmat"]
  /// What MuJoCo computes only when asked to.
  private static let contactForces: Set = ["cacc", "cfrc_int", "cfrc_ext"]

  /// A simulation with the model's first positions.
  ///
  /// Takes as much memory as the compiled model, textures included, and 0.4 MB: half a megabyte for Reacher, a megabyte
  /// for HalfCheetah. Steps of physics take more, up to the model's `<size memory="..."/>`.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - names: The arrays of `mjData` that can be read beside positions, velocities and controls.
  /// - Throws: `MuJoCoError` if there is no such array of real numbers, or too little memory.
  public init(_ model: MuJoCoModel, fields names: [String] = []) throws(MuJoCoError) {
    let functions = model.library.functions
    (self.model, self.functions) = (model, functions)
    let (batch, data) = try model.makeBatch()
    (self.batch, self.data) = (batch, data)
    let start = functions.mjb_state(batch)
    state = UnsafeMutableBufferPointer(start: start, count: Int(functions.mjb_nstate(batch)))
    func part(_ name: String) -> UnsafeMutablePointer<Double> {
      MuJoCoState.part(name, of: batch, functions)?.baseAddress ?? start
    }
    (qpos, qvel, ctrl) = (part("qpos"), part("qvel"), part("ctrl"))
    usesContactForces = !Self.contactForces.isDisjoint(with: names)
    var fields: [Field] = []
    for name in names where !fields.contains(where: { $0.name == name }) {
      guard let field = Self.field(name, of: batch, functions) else {
        functions.mjb_deleteBatch(batch)
        throw .unfit(file: model.path, "MuJoCo has no array of real numbers '\(name)'")
      }
      fields.append(field)
    }
    self.fields = fields
    reset()
  }

  private static func field(
    _ name: String, of batch: OpaquePointer, _ functions: rlgym_mujoco_functions
  ) -> Field? {
    if let numbers = MuJoCoState.part(name, of: batch, functions) {
      return Field(name: name, numbers: numbers, isOutput: false)
    }
    var (count, size): (Int32, Int32) = (0, 0)
    guard let storage = functions.mjb_output(batch, name, &count, &size), size == 8 else {
      return nil
    }
    let numbers = UnsafeMutableBufferPointer(
      start: storage.assumingMemoryBound(to: Double.self), count: Int(count))
    return Field(name: name, numbers: numbers, isOutput: true)
  }

  deinit { functions.mjb_deleteBatch(batch) }

  /// Positions of the joints (`qpos`): m, radians, and quaternions of free bodies.
  public var positions: MuJoCoValues {
    MuJoCoValues(
      UnsafeMutableBufferPointer(start: qpos, count: model.positionCount), of: self, "qpos")
  }
  /// Velocities of the joints (`qvel`), in m/s and radians/s.
  public var velocities: MuJoCoValues {
    MuJoCoValues(
      UnsafeMutableBufferPointer(start: qvel, count: model.velocityCount), of: self, "qvel")
  }
  /// What the actuators are told (`ctrl`), in the units of the model.
  public var controls: MuJoCoValues {
    MuJoCoValues(
      UnsafeMutableBufferPointer(start: ctrl, count: model.controlCount), of: self, "ctrl")
  }

  /// An array of MuJoCo's `mjData`, row after row.
  ///
  /// What follows from positions and velocities (`xpos`, `cvel`, ...) is as the last step of physics left it,
  /// so it is one such step behind them, as in Gymnasium. What steps begin with (`act`, `mocap_pos`, ...) is of now.
  ///
  /// - Parameter field: Its name; one that `MuJoCoTask.fields` does not have is a precondition failure.
  public subscript(_ field: String) -> MuJoCoValues {
    for known in fields where known.name == field {
      return MuJoCoValues(known.numbers, of: self, field)
    }
    preconditionFailure("MuJoCo: '\(field)' is not read by this task; name it in its 'fields'")
  }

  /// Where a body is in m (`xpos`); the task's fields must have `xpos`.
  ///
  /// - Parameter body: Its name; one that the model lacks is a precondition failure.
  public func position(of body: String) -> SIMD3<Double> {
    guard let index = index(of: body) else {
      preconditionFailure("MuJoCo: \(model.path) has no body '\(body)'")
    }
    return self["xpos"].vector(index)
  }

  /// The number of a body; MuJoCo is asked once for each name.
  func index(of body: String) -> Int? {
    for known in bodies where known.name == body { return known.index }
    guard let index = model.index(of: body, .body) else { return nil }
    bodies.append((body, index))
    return index
  }

  /// Sets positions and velocities, where an episode begins.
  ///
  /// - Parameters:
  ///   - positions: As many as the model has positions.
  ///   - velocities: As many as the model has velocities.
  public func set(positions: [Double], velocities: [Double]) {
    precondition(
      positions.count == model.positionCount && velocities.count == model.velocityCount,
      "MuJoCo: \(positions.count) positions and \(velocities.count) velocities for \(model.positionCount) and \(model.velocityCount)"
    )
    for (i, position) in positions.enumerated() { qpos[i] = position }
    for (i, velocity) in velocities.enumerated() { qvel[i] = velocity }
  }

  /// Sets positions and velocities to those of the model, with noise, where an episode begins: NumPy's numbers in
  /// Gymnasium's order.
  ///
  /// - Parameters:
  ///   - positionNoise: What is added to the positions, drawn first.
  ///   - velocityNoise: What is added to the velocities.
  ///   - rng: The environment's random stream.
  public func begin(
    positionNoise: MuJoCoNoise, velocityNoise: MuJoCoNoise, using rng: inout SeededGenerator
  ) {
    for i in 0..<model.positionCount {
      qpos[i] = model.initialPositions[i] + positionNoise.sample(using: &rng)
    }
    for i in 0..<model.velocityCount { qvel[i] = velocityNoise.sample(using: &rng) }
  }

  /// Tells the actuators what to do in the next steps.
  ///
  /// - Parameter controls: One number an actuator; the physics keeps those with limits within them.
  public func setControls(_ controls: some Collection<Float>) {
    precondition(
      controls.count == model.controlCount,
      "MuJoCo: \(controls.count) controls for \(model.controlCount) actuators")
    for (i, control) in controls.enumerated() { ctrl[i] = Double(control) }
  }

  /// How often MuJoCo warned of this simulation: of numbers that are not finite or huge, after which it begins
  /// anew with the model's positions, and of too many contacts.
  public var warningCount: Int { warnings.reduce(0) { $0 + Int($1.number) } }

  private var warnings: UnsafeMutableBufferPointer<mjWarningCount> {
    UnsafeMutableBufferPointer(start: functions.mjb_warning(batch), count: MJ_WARNINGS)
  }

  /// What MuJoCo warned of first, in words; `nil` for nothing.
  var warning: String? {
    // The kinds of mjtWarning.
    let words = [
      "an inertia matrix was nearly singular", "there were too many contacts for the memory",
      "there were too many constraints for the memory",
      "positions were huge or no numbers, and MuJoCo began anew with the model's",
      "velocities were huge or no numbers, and MuJoCo began anew with the model's positions",
      "accelerations were huge or no numbers, and MuJoCo began anew with the model's positions",
      "controls were huge or no numbers, and MuJoCo took none",
    ]
    let counts = warnings
    return words.indices.first { counts[$0].number > 0 }.map { words[$0] }
  }

  /// Goes back to the model's first positions, without velocities and controls.
  public func reset() {
    var first: Int32 = 0
    note(functions.mjb_reset(batch, &first, 1, nil, Int32(MJ_STAGE_NONE)))
  }

  /// Computes everything that follows from positions and velocities: MuJoCo's `mj_forward`.
  public func forward() {
    var first: Int32 = 0
    note(functions.mjb_forward(batch, &first, 1, Int32(MJ_STAGE_ALL)))
  }

  /// Takes steps of physics: MuJoCo's `mj_step`, and `mj_rnePostConstraint` at the end if the fields have what
  /// it computes (`cacc`, `cfrc_int`, `cfrc_ext`).
  ///
  /// - Parameter steps: How many.
  public func advance(_ steps: Int) {
    var first: Int32 = 0
    let failed =
      usesContactForces
      ? withUnsafePointer(to: functions) { rlgym_mujoco_advance($0, batch, Int32(steps)) }
      : functions.mjb_step(batch, &first, 1, Int32(steps), Int32(MJ_STAGE_NONE))
    note(failed)
  }

  private func note(_ failed: Int32) {
    if failed == 0 {
      if failure != nil { failure = nil }
    } else {
      failure = String(cString: functions.mjb_error(batch, 0))
    }
  }

  /// A simulation of its own in the same state, with everything that can be read.
  func copy() throws(MuJoCoError) -> MuJoCoSimulation {
    let copy = try MuJoCoSimulation(model, fields: fields.map(\.name))
    copy.note(withUnsafePointer(to: functions) { rlgym_mujoco_copy($0, copy.batch, data) })
    if copy.failure == nil { copy.show(outputs) }
    copy.failure = copy.failure ?? failure
    return copy
  }

  /// Everything from which the physics goes on with the same bits (`mjSTATE_INTEGRATION`).
  var savedState: [Double] { Array(state) }

  /// What can be read and does not follow from the state: the outputs, which are one step behind it, and how often
  /// MuJoCo warned of what.
  var outputs: [Double] {
    var numbers: [Double] = []
    for field in fields where field.isOutput { numbers += field.numbers }
    for warning in warnings { numbers.append(Double(warning.number)) }
    return numbers
  }

  /// The arrays of the outputs, in their order.
  var outputNames: [String] { fields.filter(\.isOutput).map(\.name) }

  /// Goes on from a saved state.
  ///
  /// - Parameters:
  ///   - saved: The state.
  ///   - outputs: What could be read; where bodies and geoms are follows from the state if they are `nil`.
  /// - Returns: Whether these are of this model and these fields.
  func restore(_ saved: [Double], _ outputs: [Double]?) -> Bool {
    guard saved.count == state.count else { return false }
    _ = state.update(fromContentsOf: saved)
    note(withUnsafePointer(to: functions) { rlgym_mujoco_place($0, batch) })
    guard failure == nil, let outputs else { return failure == nil }
    return show(outputs)
  }

  @discardableResult private func show(_ outputs: [Double]) -> Bool {
    let counts = outputs.suffix(MJ_WARNINGS).map { Int32(exactly: $0) ?? 0 }
    var rest = outputs.dropLast(MJ_WARNINGS)
    guard counts.count == MJ_WARNINGS,
      rest.count == fields.reduce(0, { $0 + ($1.isOutput ? $1.numbers.count : 0) })
    else { return false }
    for field in fields where field.isOutput {
      _ = field.numbers.update(fromContentsOf: rest.prefix(field.numbers.count))
      rest = rest.dropFirst(field.numbers.count)
    }
    for (i, count) in counts.enumerated() { warnings[i].number = count }
    return true
  }
}

/// What a library wrote, in one line.
func rlgymText(_ words: [CChar]) -> String {
  words.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    .split(separator: "\n").joined(separator: ", ")
}
