import RLCore
import RLEnvironments
import RLSupport

/// A task on a model of one's own, which observes all that it reads and acts by what it reads.
struct MuJoCoOwnTask: MuJoCoTask {
  var modelFile: String
  var frameSkip = 2
  static let fields = ["act", "mocap_pos", "time", "xpos", "cfrc_ext", "sensordata"]

  init(_ file: String) { modelFile = file }

  func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
    simulation.begin(positionNoise: .uniform(0.01), velocityNoise: .uniform(0.01), using: &rng)
  }

  func act(_ action: [Float], in simulation: MuJoCoSimulation) {
    // As contact forces and places were after the last step.
    let push = simulation["cfrc_ext"].reduce(0) { $0 + abs($1) } + simulation["xpos"][5]
    simulation.setControls(action.map { $0 + Float(push.truncatingRemainder(dividingBy: 1)) })
  }

  func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    for field in Self.fields { observation += simulation[field] }
  }

  func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<NoInfo> {
    MuJoCoOutcome(reward: simulation["act"].first ?? 0)
  }

  /// A box that falls on the ground and an arm with a slow actuator, beside a body that nothing moves.
  ///
  /// - Parameters:
  ///   - options: Elements before the world.
  ///   - actuator: Attributes of the actuator.
  static func model(_ options: String = "", actuator: String = "dyntype='filter' dynprm='0.1'")
    -> String
  {
    """
    <mujoco>
      \(options)
      <worldbody>
        <geom type="plane" size="5 5 1"/>
        <body name="marker" mocap="true" pos="0 1 2"><geom type="sphere" size=".1"/></body>
        <body name="box" pos="0 0 .11"><freejoint/><geom type="box" size=".1 .1 .1"/></body>
        <body name="arm" pos="2 0 1">
          <joint name="hinge" type="hinge" axis="0 1 0"/>
          <geom type="capsule" fromto="0 0 0 .3 0 0" size=".05"/>
        </body>
      </worldbody>
      <actuator><general joint="hinge" ctrlrange="-1 1" \(actuator)/></actuator>
      <sensor><jointpos joint="hinge"/></sensor>
    </mujoco>
    """
  }
}
