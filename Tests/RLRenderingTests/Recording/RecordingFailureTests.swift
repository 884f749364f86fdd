import Foundation
import RLCore
import RLRendering
import RLSupport
import TestSupport
import Testing

@Suite struct RecordingFailureTests {
  /// The formats that need nothing but this program.
  static let own: [RecordingFormat] = [.apng, .gif, .pngFolder]

  @Test(arguments: own)
  func whatIsAbandonedLeavesNothing(_ format: RecordingFormat) throws {
    try withFolder { folder in
      let path = "\(folder)/video\(format.pathExtension)"
      func start() throws -> any FrameSink {
        let sink = try format.makeSink(path: path, framesPerSecond: 50)
        for gray in 0..<3 { try sink.append(Frame(width: 40, height: 30, gray: UInt8(gray))) }
        #expect(try contents(folder) == ["video\(format.pathExtension).tmp"])
        return sink
      }
      let sink = try start()
      sink.abandon()
      #expect(try contents(folder).isEmpty)
      sink.abandon()
      #expect(throws: RecordingError.closed(path)) { try sink.append(Frame(width: 40, height: 30)) }
      #expect(throws: RecordingError.closed(path)) { try sink.finish() }

      // Released, without a word.
      do { _ = try start() }
      #expect(try contents(folder).isEmpty)

      // A frame of another size ends it.
      let other = try start()
      #expect(throws: RecordingError.sizeChanged(path, from: "40x30", to: "30x40")) {
        try other.append(Frame(width: 30, height: 40))
      }
      #expect(try contents(folder).isEmpty)

      let empty = try format.makeSink(path: path, framesPerSecond: 50)
      #expect(throws: RecordingError.empty(path)) { try empty.finish() }
      #expect(try contents(folder).isEmpty)
    }
  }

  @Test(arguments: own)
  func anOlderRecordingStaysUntilTheNewOneIsWhole(_ format: RecordingFormat) throws {
    try withFolder { folder in
      let path = "\(folder)/video\(format.pathExtension)"
      func record(_ gray: UInt8, _ end: (any FrameSink) throws -> Void) throws {
        let sink = try format.makeSink(path: path, framesPerSecond: 50)
        try sink.append(Frame(width: 4, height: 3, gray: gray))
        try end(sink)
      }
      func bytes() throws -> [UInt8] {
        try FileStore.read(format == .pngFolder ? path + "/frame-000001.png" : path)
      }
      try record(1) { try $0.finish() }
      let first = try bytes()
      try record(2) { $0.abandon() }
      #expect(try bytes() == first)
      try record(2) { try $0.finish() }
      #expect(try bytes() != first)
      #expect(try contents(folder).count == 1)
    }
  }

  @Test func aFullDiskIsToldAndLeavesNothing() async {
    await #expect(processExitsWith: .success) {
      // A limit on files' sizes, of this process alone, stands in for the full disk.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      try withFolder { folder in
        for format in [RecordingFormat.apng, .gif] {
          let path = "\(folder)/video\(format.pathExtension)"
          let sink = try format.makeSink(path: path, framesPerSecond: 50)
          var maker = FrameMaker(seed: 1)
          let frames = maker.sequence(.noise, width: 200, height: 200, count: 3)
          do {
            for frame in frames { try sink.append(frame) }
            try sink.finish()
            exit(1)
          } catch {
            if "\(error)" != "Cannot write '\(path)': File too large." { exit(2) }
          }
          if try !contents(folder).isEmpty { exit(3) }
        }
      }
    }
  }

  /// Whoever may write in the folder cannot lead a recording elsewhere.
  @Test(arguments: own)
  func linksInTheWayAreNotFollowed(_ format: RecordingFormat) throws {
    try withFolder { folder in
      let (path, victim) = ("\(folder)/video\(format.pathExtension)", "\(folder)/victim")
      try FileStore.write([1, 2, 3], to: victim)
      try FileManager.default.createSymbolicLink(
        atPath: path + ".tmp", withDestinationPath: victim)
      do {
        let sink = try format.makeSink(path: path, framesPerSecond: 50)
        try sink.append(Frame(width: 4, height: 3))
        try sink.finish()
      } catch {
        #expect(format == .pngFolder, "\(error)")
      }
      #expect(try FileStore.read(victim) == [1, 2, 3])
    }
  }

  @Test(arguments: RecordingFormat.allCases)
  func whatCannotBeWrittenIsToldAtTheStart(_ format: RecordingFormat) throws {
    try withFolder { folder in
      let path = "\(folder)/missing/video\(format.pathExtension)"
      #expect(
        throws: format == .mp4 && !MP4Tests.hasEncoder
          ? RecordingError.encoderMissing(path)
          : .unwritable(path, reason: "No such file or directory")
      ) { try format.makeSink(path: path, framesPerSecond: 50) }
    }
  }

  @Test func foldersAndFilesAreNotMixedUp() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/a.gif", withIntermediateDirectories: false)
      #expect(throws: RecordingError.unwritable(folder + "/a.gif", reason: "it is a folder")) {
        try GIFSink(path: folder + "/a.gif", framesPerSecond: 50)
      }
      try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/frames"))
      #expect(throws: RecordingError.unwritable(folder + "/frames", reason: "it is a file")) {
        try PNGFolderSink(path: folder + "/frames")
      }
      // A folder with anything else in it is not replaced.
      #expect(throws: RecordingError.occupied(folder)) { try PNGFolderSink(path: folder) }
      #expect(throws: RecordingError.occupied(".")) { try PNGFolderSink(path: ".") }
      #expect(try contents(folder) == ["a.gif", "frames"])
    }
  }

  @Test func framesThatAreTooLarge() throws {
    try withFolder { folder in
      let sink = try GIFSink(path: folder + "/a.gif", framesPerSecond: 50)
      let problem = #expect(throws: RecordingError.self) {
        try sink.append(Frame(width: 65_536, height: 1))
      }
      #expect("\(try #require(problem))".contains("65535"))
      #expect(try contents(folder).isEmpty)
    }
  }
}
