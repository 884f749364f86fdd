internal import Foundation
public import RLAgents
internal import RLCore
internal import RLRendering
internal import RLSupport

extension TrainingRun {
  /// Episodes of an evaluation in training, whose mean decides on the best model.
  static let choiceEpisodes = 20
  /// Episodes that decide whether the threshold is reached.
  static let confirmationEpisodes = 100
  /// Episodes of the evaluation after training.
  public static let finalEpisodes = 100

  /// Plays episodes with the present policy, from start states that training does not see. `fault` of the result says
  /// whether the environment did what no policy can act on.
  public func evaluate(episodes: Int = finalEpisodes) -> Evaluation {
    Evaluation(
      of: agent.policy, in: plan.environment.makeVector, episodes: episodes,
      seed: Self.evaluationSeed(plan.seed, .final), on: evaluationTeam)
  }

  /// Steps after which an evaluation in training gives up an episode that has no time limit: policies that
  /// walk in circles are not worth more. Others are played to the environment's own limit, which is `nil`.
  private var stepLimit: Int? {
    plan.environment.spec.maxEpisodeSteps == nil ? Self.endlessLimit : nil
  }
  static let endlessLimit = 10_000

  /// What an evaluation is for; each has start states of its own.
  package enum Purpose: UInt32 { case final, choice, confirmation, video }

  /// The seed of the first evaluation episode: start states that training does not see and that no other
  /// run shares, neighbouring seeds included.
  package static func evaluationSeed(_ seed: UInt64, _ purpose: Purpose) -> UInt64 {
    SeedSequence(seed, spawnKey: [0x4556_414c, purpose.rawValue]).state(count: 1)[0]
  }

  /// Plays episodes for the choice of the best model. Where these may mean that the threshold is reached,
  /// others decide, with start states of their own.
  func evaluateInTraining(_ step: Int, _ tell: (RunEvent) throws -> Void) throws {
    let trained = seconds - record.evaluationSeconds
    defer { record.evaluationSeconds = seconds - trained }
    let policy = agent.policy
    let evaluation = try Evaluation(
      of: policy, in: plan.environment.makeVector, episodes: Self.choiceEpisodes,
      seed: Self.evaluationSeed(plan.seed, .choice), stepLimit: stepLimit,
      on: evaluationTeam
    ).sound()
    let stochastic =
      record.evaluatesStochastically
      ? try Evaluation(
        of: policy, in: plan.environment.makeVector, episodes: Self.choiceEpisodes,
        seed: Self.evaluationSeed(plan.seed, .choice), isDeterministic: false,
        stepLimit: stepLimit
      ).sound() : nil
    try StopRequest.current?.check()
    if let remark = evaluation.remark { tellOnce(remark) }
    let isFirst = record.evaluations.steps.isEmpty
    record.evaluations.add(step: step, seconds: trained, evaluation, stochastic: stochastic)
    directory.logEvaluation(evaluation, step: step, seconds: seconds)
    let isBest = evaluation.mean > record.best || isFirst
    if isBest {
      record.best = evaluation.mean
      try directory.saveModel(agent, of: plan, name: "best")
    }
    try tell(
      .evaluation(
        RunEvent.Evaluation(
          step: step, seconds: trained, result: evaluation, stochastic: stochastic,
          isBest: isBest)))
    guard let threshold = record.threshold, record.solvedAtStep == nil,
      evaluation.mean + Self.reach(evaluation) >= threshold
    else { return }
    let confirmation = try Evaluation(
      of: policy, in: plan.environment.makeVector, episodes: Self.confirmationEpisodes,
      seed: Self.evaluationSeed(plan.seed, .confirmation), stepLimit: stepLimit, on: evaluationTeam
    ).sound()
    try StopRequest.current?.check()
    if confirmation.mean >= threshold {
      record.solvedAtStep = step
      record.solvedAtSecond = seconds
      try tell(.solved(step: step))
    }
  }

  /// How far above the mean of an evaluation in training the true one may well be: 1.96 standard errors.
  private static func reach(_ evaluation: Evaluation) -> Double {
    1.96 * (evaluation.deviation ?? 0) / Double(max(1, evaluation.returns.count)).squareRoot()
  }

  /// Steps after which a video in training leaves an episode that has no time limit: a second or two of work.
  static let recordedStepLimit = 2_000

  /// Records an episode of the present policy, always from the same start state. Training goes on
  /// whatever becomes of it.
  func recordInTraining(_ step: Int) throws(StopRequest.Overdue) {
    let folder = directory.path + "/videos"
    let path = "\(folder)/rl-video-step-\(step).apng"
    do {
      try FileManager.default.makeOutput(folder)
      let player = PolicyPlayer(agent.policy, name: plan.agent.name, seed: nil)
      var recording = EpisodeRecording(
        entry: plan.environment, player: player, seed: Self.evaluationSeed(plan.seed, .video))
      let limit = plan.environment.spec.maxEpisodeSteps
      recording.stepLimit = limit.map { min($0, Self.endlessLimit) } ?? Self.recordedStepLimit
      let stop = StopRequest.current
      let result = try recording.record(to: path, .apng) { _ in !stop.isOverdue }
      if let result, result.cutEpisodes > 0, !hasToldOfCut {
        hasToldOfCut = true
        options.warn(
          "'\(path)' ends after \(recording.stepLimit) steps of an episode that goes on, as all videos in training do; `rlgym record` makes longer ones."
        )
      }
    } catch {
      if hasFailedToRecord { return }
      hasFailedToRecord = true
      options.warn("A recording failed; the training goes on. \(error)")
    }
    try StopRequest.current?.check()
  }
}
