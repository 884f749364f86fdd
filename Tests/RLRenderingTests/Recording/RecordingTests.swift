import Foundation
import RLCore
import RLRendering
import RLSupport
import TestSupport
import Testing

func contents(_ folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

@Suite struct RecordingTests {
  /// Records frames and reads the file.
  static func record(_ frames: [Frame], _ format: RecordingFormat, framesPerSecond: Int = 50) throws
    -> [UInt8]
  {
    try withFolder { folder in
      let path = "\(folder)/video\(format.pathExtension)"
      let sink = try format.makeSink(path: path, framesPerSecond: framesPerSecond)
      for frame in frames { try sink.append(frame) }
      #expect(sink.frameCount == frames.count)
      try sink.finish()
      #expect(try contents(folder) == ["video\(format.pathExtension)"])
      return try FileStore.read(path)
    }
  }

  static let sizes = [(1, 1), (1, 7), (5, 1), (31, 17), (64, 48), (97, 61)]

  @Test(arguments: FrameMaker.Kind.allCases, 0..<6)
  func animatedPNGsHoldEveryPixel(_ kind: FrameMaker.Kind, _ size: Int) throws {
    var maker = FrameMaker(seed: UInt64(size))
    let (width, height) = Self.sizes[size]
    let frames = maker.sequence(kind, width: width, height: height, count: 12)
    let decoded = try DecodedRecording(png: try Self.record(frames, .apng, framesPerSecond: 30))
    #expect(decoded.repeats)
    #expect(abs(decoded.duration - 12 / 30) < 1e-9)
    for (i, frame) in frames.enumerated() {
      #expect(decoded.frame(at: Double(i) / 30) == frame, "frame \(i)")
    }
    let changes = zip(frames, frames.dropFirst()).count { $0 != $1 }
    #expect(decoded.pictures.count == changes + 1)
  }

  @Test(arguments: FrameMaker.Kind.allCases, 0..<6)
  func animatedGIFsHoldEveryPixelUpTo255Colours(_ kind: FrameMaker.Kind, _ size: Int) throws {
    var maker = FrameMaker(seed: UInt64(size))
    let (width, height) = Self.sizes[size]
    let frames = maker.sequence(kind, width: width, height: height, count: 12)
    let decoded = try DecodedRecording(gif: try Self.record(frames, .gif))
    #expect(decoded.repeats)
    #expect(abs(decoded.duration - 0.24) < 1e-9)
    let shown = try frames.indices.map { try #require(decoded.frame(at: Double($0) / 50)) }
    let isExact = kind == .still || kind == .shapes || width * height <= 255
    for (i, frame) in frames.enumerated() {
      if isExact {
        #expect(shown[i] == frame, "frame \(i)")
        continue
      }
      // 256 colours for noise in three dimensions: cubes of about 40 levels, so errors about 10.
      let error = zip(frame.pixels, shown[i].pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
      #expect(error < (kind == .noise ? 14 : 6) * frame.pixels.count, "frame \(i)")
      if i == 0 { continue }
      // What stands still must not flicker.
      for y in 0..<height {
        for x in 0..<width where frames[i][x, y] == frames[i - 1][x, y] {
          #expect(shown[i][x, y] == shown[i - 1][x, y])
        }
      }
    }
  }

  @Test func onlyTheChangedRectangleIsStored() throws {
    var frames = [Frame(width: 50, height: 40, gray: 255)]
    for x in 10..<15 {
      var frame = Frame(width: 50, height: 40, gray: 255)
      for (dx, dy) in [(0, 0), (2, 3)] { frame[x + dx, 20 + dy] = [9, 8, 7] }
      frames.append(frame)
    }
    for decoded in [
      try DecodedRecording(png: try Self.record(frames, .apng)),
      try DecodedRecording(gif: try Self.record(frames, .gif)),
    ] {
      #expect(decoded.pictures.map(\.area) == [2000, 3 * 4, 4 * 4, 4 * 4, 4 * 4, 4 * 4])
      #expect(decoded.pictures.map(\.frame) == frames)
    }
  }

  @Test func framesAreComparedToTheLastByte() throws {
    // One changed byte, anywhere.
    for place in 0..<5 * 3 * 3 {
      let first = Frame(width: 5, height: 3)
      var second = first
      second.pixels[place] = 1
      for decoded in [
        try DecodedRecording(png: try Self.record([first, second], .apng)),
        try DecodedRecording(gif: try Self.record([first, second], .gif)),
      ] {
        #expect(decoded.pictures.map(\.frame) == [first, second])
        #expect(decoded.pictures.last?.area == 1)
      }
    }
  }

  @Test func aSingleFrameIsAPicture() throws {
    let frame = Frame(width: 3, height: 2, gray: 40)
    for decoded in [
      try DecodedRecording(png: try Self.record([frame], .apng)),
      try DecodedRecording(gif: try Self.record([frame], .gif)),
      try DecodedRecording(png: frame.png),
    ] {
      #expect(decoded.pictures.map(\.frame) == [frame])
    }
  }

  @Test(arguments: [7, 24, 30, 50, 60, 100, 144, 1000])
  func gifTimesDoNotDrift(_ framesPerSecond: Int) throws {
    var maker = FrameMaker(seed: 3)
    let frames = maker.sequence(.noise, width: 3, height: 3, count: 500)
    let decoded = try DecodedRecording(
      gif: try Self.record(frames, .gif, framesPerSecond: framesPerSecond))
    let length = 500 / Double(framesPerSecond)
    #expect(abs(decoded.duration - length) <= 0.021)
    #expect(decoded.pictures.allSatisfy { $0.duration >= 0.02 })
    #expect(decoded.pictures.count == (framesPerSecond <= 50 ? 500 : decoded.pictures.count))
    #expect(decoded.pictures.last?.frame == frames.last)
    // Each picture is shown within two hundredths of a second of its time.
    var start = 0.0
    for picture in decoded.pictures {
      let index = try #require(frames.firstIndex(of: picture.frame))
      #expect(abs(start - Double(index) / Double(framesPerSecond)) <= 0.025)
      start += picture.duration
    }
  }

  @Test func longPausesAreKept() throws {
    // More than the 65,535 units that a picture's duration has room for, in both formats.
    var frames = Array(repeating: Frame(width: 2, height: 2), count: 140_000)
    frames.append(Frame(width: 2, height: 2, gray: 9))
    let apng = try DecodedRecording(png: try Self.record(frames, .apng))
    #expect(apng.pictures.count == 4)
    #expect(abs(apng.duration - 140_001 / 50) < 1e-6)
    #expect(apng.frame(at: 140_000 / 50 - 0.01) == frames[0])
    #expect(apng.frame(at: 140_000 / 50 + 0.01) == frames.last)
    let gif = try DecodedRecording(gif: try Self.record(frames, .gif))
    #expect(gif.pictures.count == 6)
    #expect(abs(gif.duration - 140_001 / 50) < 1e-6)
    #expect(gif.frame(at: 140_000 / 50 - 0.01) == frames[0])
  }

  @Test func gifCodesOfEveryLength() throws {
    // Pictures that fill the table of codes several times, with tables of every size.
    var maker = FrameMaker(seed: 11)
    for colors in [1, 2, 3, 4, 5, 16, 17, 100, 200, 255, 256] {
      let palette: [[UInt8]] = (0..<colors).map { i in
        [UInt8(i), UInt8(255 - i), UInt8(truncatingIfNeeded: 7 * i)]
      }
      var frame = Frame(width: 160, height: 120)
      for y in 0..<120 { for x in 0..<160 { frame[x, y] = palette[maker.number(0...colors - 1)] } }
      let decoded = try DecodedRecording(gif: try Self.record([frame], .gif))
      #expect(decoded.pictures.map(\.frame) == [frame], "\(colors) colours")
    }
  }

  @Test func foldersOfPictures() throws {
    var maker = FrameMaker(seed: 5)
    let frames = maker.sequence(.shapes, width: 20, height: 10, count: 11)
    try withFolder { folder in
      for path in ["\(folder)/frames", "\(folder)/frames/"] {
        // The second time it replaces the first.
        let sink = try RecordingFormat(path: path).makeSink(path: path, framesPerSecond: 50)
        for frame in frames { try sink.append(frame) }
        #expect(try contents(folder) != ["frames"])
        try sink.finish()
        #expect(try contents(folder) == ["frames"])
        let names = try contents(folder + "/frames")
        #expect(names.first == "frame-000001.png" && names.last == "frame-000011.png")
        let decoded = try names.flatMap {
          try DecodedRecording(png: try FileStore.read("\(folder)/frames/\($0)")).pictures
        }
        #expect(decoded.map(\.frame) == frames)
      }
    }
  }

  @Test func formatsByName() throws {
    for (name, format) in [
      ("a.apng", RecordingFormat.apng), ("a.png", .apng), ("x/a.GIF", .gif), ("a.b.mp4", .mp4),
      ("frames", .pngFolder), ("frames.v1/", .pngFolder), ("a.mp4/", .pngFolder),
      (".hidden", .pngFolder), ("/", .pngFolder),
    ] {
      #expect(try RecordingFormat(path: name) == format, "\(name)")
    }
    for name in ["a.avi", "a.", "a.mp4.bak", ""] {
      #expect(throws: RecordingError.unknownFormat(name)) { try RecordingFormat(path: name) }
    }
    #expect("\(RecordingError.unknownFormat("a.avi"))".contains(".apng"))
  }
}
