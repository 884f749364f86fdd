import Foundation
import RLCore
import RLRendering
import TestSupport
import Testing

@Suite struct MP4Tests {
  static let hasEncoder = find("ffmpeg") != nil && find("ffprobe") != nil

  private static func find(_ name: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return folders.split(separator: ":").map { "\($0)/\(name)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  private func run(_ name: String, _ arguments: [String]) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.find(name)))
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return Array(bytes)
  }

  @Test(
    .enabled(if: hasEncoder, "ffmpeg is not installed"),
    arguments: [(1, 1), (2, 2), (17, 31), (64, 48)])
  func videosHoldEveryFrame(_ width: Int, _ height: Int) throws {
    try withFolder { folder in
      let path = "\(folder)/a:b.mp4"
      let sink = try MP4Sink(path: path, framesPerSecond: 25)
      let grays = (0..<40).map { UInt8(6 * $0) }
      for gray in grays { try sink.append(Frame(width: width, height: height, gray: gray)) }
      try sink.finish()
      #expect(try contents(folder) == ["a:b.mp4"])
      let (w, h) = (width + width % 2, height + height % 2)
      let description = try run(
        "ffprobe",
        [
          "-v", "error", "-count_frames", "-show_entries",
          "stream=width,height,r_frame_rate,nb_read_frames,pix_fmt", "-of", "csv=p=0",
          "file:" + path,
        ])
      #expect(
        String(decoding: description, as: UTF8.self) == "\(w),\(h),yuv420p,25/1,40\n")
      let pixels = try run(
        "ffmpeg",
        ["-v", "error", "-i", "file:" + path, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"])
      #expect(pixels.count == 40 * w * h * 3)
      for (i, gray) in grays.enumerated() {
        let frame = pixels[i * w * h * 3..<(i + 1) * w * h * 3]
        #expect(frame.allSatisfy { abs(Int($0) - Int(gray)) <= 4 }, "frame \(i)")
      }
    }
  }

  /// A program that stands in for ffmpeg.
  private func withProgram(
    _ script: String, patience: Int = 30, _ body: (MP4Sink, String) throws -> Void
  ) throws {
    try withFolder { folder in
      let program = folder + "/program"
      try Data("\(script)\n".utf8).write(to: URL(fileURLWithPath: program))
      let path = folder + "/video.mp4"
      let sink = try MP4Sink(
        path: path, framesPerSecond: 50, program: ["/bin/sh", program], patience: patience)
      try body(sink, path)
      #expect(try contents(folder) == ["program"])
    }
  }

  private func feed(_ sink: MP4Sink) throws {
    for _ in 0..<20 { try sink.append(Frame(width: 400, height: 300)) }
    try sink.finish()
  }

  @Test(arguments: [
    // It reads nothing and ends; ends in the middle; reads all and fails; says nothing.
    ("echo 'no such encoder' >&2; exit 1", "no such encoder"),
    ("head -c 5000000 >/dev/null; echo 'disk is full' >&2; exit 3", "disk is full"),
    ("cat >/dev/null; echo one >&2; echo two >&2; exit 1", "one; two"),
    ("cat >/dev/null; exit 4", "it ended with code 4"),
    ("kill -KILL $$", "signal 9 ended it"), ("exit 0", "it ended before the last frame"),
    // It says that all is well, but the file is not whole.
    ("cat >/dev/null; for file; do :; done; printf half >\"${file#file:}\"", "not whole"),
    // More words than a pipe or socket takes at once.
    ("yes wrong | head -n 200000 >&2; cat >/dev/null; exit 1", "wrong; wrong"),
  ])
  func failuresAreToldInItsOwnWords(_ script: String, _ words: String) throws {
    try withProgram(script) { sink, path in
      let problem = #expect(throws: RecordingError.self) { try feed(sink) }
      guard case .encoderFailed(path, let message) = problem else {
        Issue.record("\(String(describing: problem))")
        return
      }
      #expect(message.contains(words))
    }
  }

  @Test(arguments: ["exec sleep 1000", "cat >/dev/null; exec sleep 1000"])
  func aProgramThatHangsIsStopped(_ script: String) throws {
    try withProgram(script, patience: 1) { sink, path in
      #expect(throws: RecordingError.encoderStalled(path, seconds: 1)) { try feed(sink) }
    }
  }

  @Test func anAbandonedProgramIsStoppedAndReaped() throws {
    try withProgram("echo $$ >&2; exec sleep 1000") { sink, _ in
      try sink.append(Frame(width: 4, height: 4))
      sink.abandon()
    }
    // A zombie would still be listed among the children.
    let children = try run("ps", ["-o", "stat=,args=", "--ppid", "\(getpid())"])
    let zombies = String(decoding: children, as: UTF8.self).split(separator: "\n").filter {
      $0.hasPrefix("Z") && $0.contains("program")
    }
    #expect(zombies.isEmpty)
  }
}
