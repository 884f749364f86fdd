import Foundation
import RLCore
import RLEnvironments
import RLRendering
import RLSupport
import Synchronization
import TestSupport
import Testing

/// Counts its steps, and its episodes by drawing them: an environment as a user would write it.
private struct Clock: Environment, Drawable, Codable {
  static let framesPerSecond = 10
  var lengths = 3
  private var episode = -1
  private var time = 0

  init(lengths: Int = 3) { self.lengths = lengths }

  var actionSpace: Discrete { Discrete(2) }
  var observationSpace: Box<1> { Box(0...1000) }

  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> {
    episode += 1
    time = 0
    return [0]
  }

  mutating func step(
    _ action: Int, using rng: inout SeededGenerator
  ) -> Step<InlineArray<1, Float>, NoInfo> {
    time += 1
    return time == lengths ? .terminal([Float(time)], reward: 1) : .next([Float(time)], reward: 0)
  }

  /// Red is the episode, green the step.
  func drawing() -> Drawing {
    Drawing(
      width: 8, height: 6, background: Drawing.Color(UInt8(min(episode, 255)), UInt8(time), 0))
  }
}

/// One that cannot be drawn.
private struct Invisible: DeterministicEnvironment {
  var actionSpace: Discrete { Discrete(2) }
  var observationSpace: Box<1> { Box(0...1) }
  mutating func reset(using rng: inout SeededGenerator) -> InlineArray<1, Float> { [0] }
  mutating func step(_ action: Int) -> Step<InlineArray<1, Float>, NoInfo> {
    .terminal([1], reward: 1)
  }
}

/// Asks a recording how many files there are.
private final class Asker: Sendable {
  let recording = Mutex<RecordVideo?>(nil)
  let counts = Mutex<[Int]>([])
  func ask() {
    let count = recording.withLock { $0?.files.count ?? -1 }
    counts.withLock { $0.append(count) }
  }
}

/// Words that come from a closure.
private final class Messages: Sendable {
  let all = Mutex<[String]>([])
}

@Suite struct RecordVideoTests {
  private func clocks(_ count: Int, lengths: Int = 3, limit: Int? = nil)
    -> any VectorEnvironment
  {
    let clock = Clock(lengths: lengths)
    let spec = EnvironmentSpec(
      id: "Clock", observationSpace: clock.observationSpace.spec,
      actionSpace: clock.actionSpace.spec, maxEpisodeSteps: limit)
    return BatchedEnvironments(spec, count: count) { clock }
  }

  private func run(_ environment: inout some VectorEnvironment, steps: Int) {
    let batch = StepBatch(count: environment.count, for: environment.spec)
    environment.reset(seed: 1, into: batch)
    let actions = Array(repeating: Float(0), count: environment.count)
    for _ in 0..<steps { environment.step(actions, into: batch) }
  }

  /// Red and green of each picture of a video.
  private func story(_ path: String) throws -> [[Int]] {
    try DecodedRecording(png: try FileStore.read(path)).pictures.map { picture in
      #expect(picture.frame.width == 8 && picture.frame.height == 6)
      return picture.frame[0, 0].prefix(2).map { Int($0) }
    }
  }

  @Test func episodesAreRecordedToTheirLastState() throws {
    try withFolder { (folder: String) throws -> Void in
      let bases: [any VectorEnvironment] = [
        clocks(1), clocks(3), ParallelEnvironments(clocks(4), threads: 2),
        clocks(2, lengths: 100, limit: 3), WrappedVector(clocks(2, lengths: 100), TimeLimit(3)),
      ]
      for (i, base) in bases.enumerated() {
        let videos = "\(folder)/\(i)/videos"
        var environment = RecordVideo(base, folder: videos, framesPerSecond: 10)
        // Nine episodes and the start of a tenth.
        run(&environment, steps: 28)
        let names = [
          "rl-video-episode-0.apng", "rl-video-episode-1.apng", "rl-video-episode-8.apng",
        ]
        #expect(try contents(videos) == names)
        #expect(environment.files == names.map { "\(videos)/\($0)" })
        for episode in [0, 1, 8] {
          let expected = (0...3).map { [episode, $0] }
          #expect(try story("\(videos)/rl-video-episode-\(episode).apng") == expected)
        }
      }
    }
  }

  @Test func wrappersAboveSeeTheSame() throws {
    try withFolder { (folder: String) throws -> Void in
      let record = RecordVideo(clocks(2), folder: folder)
      var stacked = WrappedVector(record, FrameStack(4))
      run(&stacked, steps: 3)
      #expect(try story("\(folder)/rl-video-episode-0.apng") == (0...3).map { [0, $0] })
    }
  }

  @Test func triggers() throws {
    #expect(
      (0...3000).filter(RecordVideo.cubes)
        == [0, 1, 8, 27, 64, 125, 216, 343, 512, 729, 1000, 2000, 3000])
    try withFolder { (folder: String) throws -> Void in
      var every = RecordVideo(
        clocks(1), folder: folder + "/a", format: .gif, namePrefix: "clock",
        episodeTrigger: { $0 % 2 == 1 })
      run(&every, steps: 12)
      #expect(
        try contents(folder + "/a") == ["clock-episode-1.gif", "clock-episode-3.gif"])

      // After step 4, that is the fifth, in the middle of the second episode.
      var steps = RecordVideo(clocks(1), folder: folder + "/b", stepTrigger: { $0 == 4 })
      run(&steps, steps: 12)
      #expect(try contents(folder + "/b") == ["rl-video-step-4.apng"])
      #expect(try story("\(folder)/b/rl-video-step-4.apng") == [[1, 2], [1, 3]])

      // Of a fixed length, across episodes.
      var length = RecordVideo(
        clocks(1), folder: folder + "/c", stepTrigger: { $0 == 4 }, length: 4)
      run(&length, steps: 12)
      #expect(
        try story("\(folder)/c/rl-video-step-4.apng") == [[1, 2], [1, 3], [2, 0], [2, 1]])
    }
  }

  @Test func unfinishedVideosAreKeptOnRequestOnly() throws {
    try withFolder { (folder: String) throws -> Void in
      do {
        var environment = RecordVideo(clocks(1), folder: folder)
        run(&environment, steps: 2)
        #expect(try contents(folder) == ["rl-video-episode-0.apng.tmp"])
      }
      #expect(try contents(folder).isEmpty)
      var environment = RecordVideo(clocks(1), folder: folder)
      run(&environment, steps: 2)
      environment.finish()
      #expect(try story("\(folder)/rl-video-episode-0.apng") == [[0, 0], [0, 1], [0, 2]])
    }
  }

  @Test func failuresAreToldOnceAndStopNothing() throws {
    try withFolder { (folder: String) throws -> Void in
      try Data().write(to: URL(fileURLWithPath: folder + "/file"))
      let spec = EnvironmentSpec(
        id: "Invisible", observationSpace: Box<1>(0...1).spec, actionSpace: Discrete(2).spec)
      let cases: [(any VectorEnvironment, String, String)] = [
        (clocks(1), folder + "/file/videos", "Cannot write"),
        (BatchedEnvironments(spec, count: 1) { Invisible() }, folder, "Drawable"),
      ]
      for (base, place, word) in cases {
        let told = Messages()
        var environment = RecordVideo(
          base, folder: place, episodeTrigger: { _ in true },
          onFailure: { error in told.all.withLock { $0.append("\(error)") } })
        run(&environment, steps: 10)
        let texts = told.all.withLock { $0 }
        #expect(texts.count == 1 && texts[0].contains(word), "\(texts)")
        #expect(environment.files.isEmpty)
      }
      #expect(try contents(folder) == ["file"])
    }
  }

  @Test func whoeverIsToldMayAskForTheFiles() throws {
    try withFolder { (folder: String) throws -> Void in
      try Data().write(to: URL(fileURLWithPath: folder + "/file"))
      let asker = Asker()
      var environment = RecordVideo(
        clocks(1), folder: folder + "/file/videos", episodeTrigger: { _ in true },
        onFailure: { _ in asker.ask() })
      asker.recording.withLock { $0 = environment }
      run(&environment, steps: 10)
      #expect(asker.counts.withLock { $0 } == [0])
    }
  }

  @Test func nothingChangesForWhoeverSteps() throws {
    try withFolder { (folder: String) throws -> Void in
      for name in ["CartPole", "Taxi", "FrozenLake", "Blackjack"] {
        var plain = try EnvironmentRegistry.builtIn.make(name, count: 9)
        var recorded: any VectorEnvironment = RecordVideo(
          try EnvironmentRegistry.builtIn.make(name, count: 9), folder: "\(folder)/\(name)")
        let (a, b) = (
          StepBatch(count: 9, for: plain.spec), StepBatch(count: 9, for: plain.spec)
        )
        plain.reset(seed: 7, into: a)
        recorded.reset(seed: 7, into: b)
        for step in 0..<60 {
          let actions = (0..<9).map { Float(($0 + step) % 2) }
          plain.step(actions, into: a)
          recorded.step(actions, into: b)
          #expect(a.observations.elementsEqual(b.observations))
          #expect(a.rewards.elementsEqual(b.rewards))
          #expect(a.terminated.elementsEqual(b.terminated))
        }
        var (first, second) = (StateArchive(), StateArchive())
        plain.save(to: &first, prefix: "base.")
        recorded.save(to: &second, prefix: "")
        // The random streams are where they would be.
        let streams = "base.generators"
        #expect(try first.uints(streams) == second.uints(streams))
      }
    }
  }

  private func action(_ space: SpaceSpec, _ rng: inout SeededGenerator) -> [Float] {
    switch space {
    case .discrete(let choices, let start): return [Float(start + rng.integer(below: choices))]
    case .box(_, let low, let high):
      return low.indices.map { Float(rng.uniform(Double(low[$0]), Double(high[$0]))) }
    default: return []
    }
  }

  /// Whether a vector's drawing is that of the environment stepped alone, but for the arrow that shows
  /// a pendulum's last torque: vectors do not keep it.
  private func shows(_ drawing: Drawing?, _ other: Drawing?, _ id: String) -> Bool {
    guard let drawing, let other else { return false }
    return id.hasPrefix("Pendulum")
      ? !drawing.elements.isEmpty && drawing.elements.allSatisfy(other.elements.contains)
      : drawing.elements == other.elements
  }

  /// The drawing at the end of an episode is that of the environment stepped alone.
  @Test(
    arguments: EnvironmentRegistry.builtIn.entries.filter { $0.framesPerSecond != nil }.map(\.id))
  func everyEnvironmentShowsItsLastState(_ id: String) throws {
    let entry = try EnvironmentRegistry.builtIn.resolve(id).entry
    let count = 9
    for index in [0, count - 1] {
      var vector: any VectorEnvironment = entry.makeVector(count)
      if index > 0 { vector = ParallelEnvironments(vector, threads: 2) }
      let makeSingle = try #require(entry.makeSingle)
      var single = makeSingle()
      let batch = StepBatch(count: count, for: entry.spec)
      batch.drawnIndex = index
      vector.reset(seed: 40, into: batch)
      let alone = StepBatch(count: 1, for: entry.spec)
      alone.drawnIndex = 0
      single.reset(seed: 40 + UInt64(index), into: alone)
      var rng = SeededGenerator(seed: 5)
      var ends = 0
      for _ in 0..<1500 where ends < 3 {
        var actions: [Float] = []
        for _ in 0..<count { actions += action(entry.spec.actionSpace, &rng) }
        vector.step(actions, into: batch)
        let width = entry.spec.actionSpace.rowWidth
        single.step(Array(actions[index * width..<(index + 1) * width]), into: alone)
        let ended = alone.terminated[0] || alone.truncated[0]
        #expect(ended == (batch.terminated[index] || batch.truncated[index]))
        if ended {
          ends += 1
          #expect(shows(batch.finalDrawing, alone.finalDrawing, id))
          batch.finalDrawing = nil
        }
        #expect(shows(vector.drawing(of: index), single.drawing(of: 0), id))
      }
      #expect(ends > 0 || entry.spec.maxEpisodeSteps == nil)
    }
  }
}
