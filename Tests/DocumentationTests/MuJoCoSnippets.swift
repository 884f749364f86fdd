import RLGym
import Testing

private let isSetUp = MuJoCoModel.isSetUp

/// The examples in the comments of MuJoCo's types, run where it is set up.
@Suite(.enabled(if: isSetUp, "MuJoCo is not set up here; run `Scripts/setup mujoco`."))
struct MuJoCoSnippets {
  struct Balance: MuJoCoTask {
    var modelFile = "inverted_pendulum.xml"
    var frameSkip = 2
    func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {
      simulation.begin(positionNoise: .uniform(0.01), velocityNoise: .uniform(0.01), using: &rng)
    }
    func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
      observation += simulation.positions
      observation += simulation.velocities
    }
    func outcome(of motion: MuJoCoMotion, in simulation: MuJoCoSimulation) -> MuJoCoOutcome<NoInfo>
    {
      let hasFallen = abs(simulation.positions[1]) > 0.2
      return MuJoCoOutcome(reward: hasFallen ? 0 : 1, terminated: hasFallen)
    }
  }

  /// It is Gymnasium's InvertedPendulum.
  @Test func taskExample() throws {
    var own = try MuJoCoEnvironment(Balance())
    var known = try MuJoCoEnvironment(InvertedPendulum())
    var (a, b) = (SeededGenerator(seed: 1), SeededGenerator(seed: 1))
    #expect(own.reset(using: &a) == known.reset(using: &b))
    for _ in 0..<20 {
      let (x, y) = (own.step([0.5]), known.step([0.5]))
      #expect(own.observation == known.observation && x.reward == y.reward)
      if x.ended || y.ended { break }
    }
  }

  @Test func environmentExample() throws {
    var rng = SeededGenerator(seed: 7)
    var cheetah = try MuJoCoEnvironment(HalfCheetah())
    let first = cheetah.reset(using: &rng)
    let step = cheetah.step([1, 0, 0, 0, 0, 0])
    #expect(first.count == 17 && step.observation != first && step.info.xVelocity != 0)
  }

  @Test func simulationExample() throws {
    let physics = try MuJoCoSimulation(MuJoCoModel.load("half_cheetah.xml"))
    physics.setControls([1, 0, 0, 0, 0, 0])
    physics.advance(5)
    #expect(physics.velocities[3] != 0)
  }

  struct Watched: MuJoCoTask {
    var modelFile = "humanoid.xml"
    var frameSkip = 1
    func begin(in simulation: MuJoCoSimulation, using rng: inout SeededGenerator) {}
    func observe(_ simulation: MuJoCoSimulation, into observation: inout [Double]) {
      let height = simulation.positions[2]
      let speeds = simulation.velocities.map { abs($0) }
      observation += [height] + speeds
    }
    func outcome(of motion: MuJoCoMotion, in simulation: MuJoCoSimulation) -> MuJoCoOutcome<NoInfo>
    {
      MuJoCoOutcome(reward: 0)
    }
  }

  @Test func valuesExample() throws {
    var watched = try MuJoCoEnvironment(Watched())
    var rng = SeededGenerator(seed: 0)
    #expect(watched.reset(using: &rng).first == 1.4)
  }
}
