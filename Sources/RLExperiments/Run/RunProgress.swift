/// What a training run looks like at a moment.
public struct RunProgress {
  /// Environment steps done.
  public var stepsDone: Int
  /// The budget in environment steps.
  public var stepsTotal: Int
  /// Steps a second since the training began or went on.
  public var stepsPerSecond: Double
  /// Seconds left at this speed; `nil` before the first steps.
  public var secondsLeft: Double?
  /// The mean return of the last 100 episodes.
  public var meanReturn: Double?
  /// The share of the last 100 episodes that succeeded; `nil` if the environment has no `is_success`.
  public var successRate: Double?
  /// The mean return of the last 100 episodes over time: steps and value.
  public var curve: [(step: Int, value: Double)]

  /// A moment with every field given.
  public init(
    stepsDone: Int, stepsTotal: Int, stepsPerSecond: Double, secondsLeft: Double?,
    meanReturn: Double?, successRate: Double? = nil, curve: [(step: Int, value: Double)]
  ) {
    self.stepsDone = stepsDone
    self.stepsTotal = stepsTotal
    self.stepsPerSecond = stepsPerSecond
    self.secondsLeft = secondsLeft
    self.meanReturn = meanReturn
    self.successRate = successRate
    self.curve = curve
  }
}
