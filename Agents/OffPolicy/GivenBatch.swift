/// A batch of transitions that is given instead of drawn, as rows of numbers.
package struct GivenBatch {
  package var observations: [Float]
  package var actions: [Float]
  package var nextObservations: [Float]
  package var rewards: [Float]
  package var terminated: [Bool]

  package init(
    observations: [Float], actions: [Float], nextObservations: [Float], rewards: [Float],
    terminated: [Bool]
  ) {
    self.observations = observations
    self.actions = actions
    self.nextObservations = nextObservations
    self.rewards = rewards
    self.terminated = terminated
  }
}
