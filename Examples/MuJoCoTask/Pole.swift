import Foundation
import RLGym

/// Keep a pole upright on a cart and the cart near the middle: the model is pole.xml, beside this file.
struct Pole: MuJoCoTask {
  var startNoise = 0.05

  var modelFile: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/pole.xml"
  }
  var frameSkip: Int { 4 }
  static let fields = ["site_xpos"]

  func check(_ model: MuJoCoModel) throws(MuJoCoError) {
    try model.require(positions: 2, velocities: 2, sites: 1)
  }

  func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
    simulation.begin(
      positionNoise: .uniform(startNoise), velocityNoise: .normal(startNoise), using: &rng)
  }

  func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
    observation += simulation.positions
    observation += simulation.velocities
  }

  func outcome(
    of motion: MuJoCoMotion, in simulation: MuJoCoSimulation
  ) -> MuJoCoOutcome<NoInfo> {
    let tip = simulation["site_xpos"].vector(0)
    return MuJoCoOutcome(reward: 1 - 0.1 * abs(tip.x), terminated: tip.z < 0.5)
  }
}
