/// What a training run looks like at a moment.
package struct RunProgress {
  package var stepsDone: Int
  package var stepsTotal: Int
  package var stepsPerSecond: Double
  package var secondsLeft: Double?
  /// The mean return of the last 100 episodes.
  package var meanReturn: Double?
  /// The mean return of the last 100 episodes over time: steps and value.
  package var curve: [(step: Int, value: Double)]

  package init(
    stepsDone: Int, stepsTotal: Int, stepsPerSecond: Double, secondsLeft: Double?,
    meanReturn: Double?, curve: [(step: Int, value: Double)]
  ) {
    self.stepsDone = stepsDone
    self.stepsTotal = stepsTotal
    self.stepsPerSecond = stepsPerSecond
    self.secondsLeft = secondsLeft
    self.meanReturn = meanReturn
    self.curve = curve
  }
}
