internal import FoundationEssentials
internal import Glibc
internal import RLCore
internal import RLSupport

/// What ``RecordVideo`` knows of its recordings.
final class VideoRecorder: Sendable {
  private struct State {
    var episode = -1
    var step = -1
    var sink: (any FrameSink)?
    var renderer: FrameRenderer?
    var frame = Frame(width: 1, height: 1)
    var files: [String] = []
    var hasFailed = false
    /// The first failure, until it is told.
    var untold: (any Error)?
  }

  private let environment: String
  private let folder: String
  private let format: RecordingFormat
  private let framesPerSecond: Int
  private let scale: Double
  private let namePrefix: String
  private let episodeTrigger: @Sendable (Int) -> Bool
  private let stepTrigger: @Sendable (Int) -> Bool
  private let length: Int?
  private let onFailure: (@Sendable (any Error) -> Void)?
  private let state = Locked(State())

  init(
    environment: String, folder: String, format: RecordingFormat, framesPerSecond: Int,
    scale: Double, namePrefix: String, episodeTrigger: @escaping @Sendable (Int) -> Bool,
    stepTrigger: @escaping @Sendable (Int) -> Bool, length: Int?,
    onFailure: (@Sendable (any Error) -> Void)?
  ) {
    self.environment = environment
    self.folder = folder
    self.format = format
    self.framesPerSecond = framesPerSecond
    self.scale = scale
    self.namePrefix = namePrefix
    self.episodeTrigger = episodeTrigger
    self.stepTrigger = stepTrigger
    self.length = length
    self.onFailure = onFailure
  }

  var files: [String] { state.withLock { $0.files } }
  var counters: [Int64] { state.withLock { [Int64($0.episode), Int64($0.step)] } }

  func restore(_ counters: [Int64]) {
    state.withLock {
      $0.sink = nil
      ($0.episode, $0.step) = (Int(counters[0]), Int(counters[1]))
    }
  }

  func finish() { withState { attempt(&$0, finish) } }

  /// A new episode began.
  func didReset(_ vector: any VectorEnvironment) {
    withState { attempt(&$0) { state in try begin(&state, vector) } }
  }

  /// - Parameter finalDrawing: The last state of the episode that ended.
  func didStep(_ vector: any VectorEnvironment, ended: Bool, finalDrawing: Drawing?) {
    withState {
      $0.step += 1
      attempt(&$0) { state in
        if stepTrigger(state.step) { try start(&state, "step-\(state.step)") }
        if state.sink != nil {
          try append(&state, ended ? finalDrawing : vector.drawing(of: 0))
        }
      }
      if ended { attempt(&$0) { state in try begin(&state, vector) } }
    }
  }

  /// Changes the state, and tells a failure then: whoever is told may ask for the files.
  private func withState(_ body: (inout State) -> Void) {
    let failure = state.withLock { state in
      body(&state)
      return state.untold.take()
    }
    guard let failure else { return }
    if let onFailure {
      onFailure(failure)
    } else {
      StandardStream.note("warning: A recording of \(environment) failed. \(failure)\n")
    }
  }

  /// Runs a piece of the recording; one that fails is dropped, and the first failure is kept to be told.
  private func attempt(_ state: inout State, _ body: (inout State) throws -> Void) {
    do {
      try body(&state)
    } catch {
      state.sink?.abandon()
      state.sink = nil
      if !state.hasFailed { state.untold = error }
      state.hasFailed = true
    }
  }

  private func begin(_ state: inout State, _ vector: any VectorEnvironment) throws {
    if length == nil { try finish(&state) }
    state.episode += 1
    if episodeTrigger(state.episode) { try start(&state, "episode-\(state.episode)") }
    if state.sink != nil { try append(&state, vector.drawing(of: 0)) }
  }

  private func start(_ state: inout State, _ name: String) throws {
    try finish(&state)
    do throws(FileError) { try FileStore.makeDirectory(folder) } catch {
      throw RecordingError(error)
    }
    if state.renderer == nil { state.renderer = try FrameRenderer(scale: scale) }
    state.sink = try format.makeSink(
      path: "\(folder)/\(namePrefix)-\(name)\(format.pathExtension)",
      framesPerSecond: framesPerSecond)
  }

  private func append(_ state: inout State, _ drawing: Drawing?) throws {
    guard let drawing else { throw RecordingError.notDrawable(environment) }
    try state.renderer?.render(drawing, into: &state.frame)
    try state.sink?.append(state.frame)
    if state.sink?.frameCount == length { try finish(&state) }
  }

  private func finish(_ state: inout State) throws {
    guard let sink = state.sink else { return }
    state.sink = nil
    try sink.finish()
    state.files.append(sink.path)
  }
}
