import Foundation
import RLGym
import Testing

/// An X server that draws into memory, for tests of real windows.
struct VirtualScreen {
  private static let tools = ["Xvfb", "xdotool", "import"]

  private static func path(of tool: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map {
      "\($0)/\(tool)"
    }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  static var isAvailable: Bool { tools.allSatisfy { path(of: $0) != nil } }

  /// Such as `:3`.
  let name: String
  private let server: Process

  init() throws {
    server = Process()
    server.executableURL = URL(fileURLWithPath: try #require(Self.path(of: "Xvfb")))
    // The server finds a free number itself and writes it to standard output.
    server.arguments = ["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    let output = Pipe()
    server.standardOutput = output
    server.standardError = FileHandle.nullDevice
    try server.run()
    var number = ""
    while !number.hasSuffix("\n") {
      let data = output.fileHandleForReading.availableData
      try #require(!data.isEmpty, "Xvfb did not start")
      number += String(decoding: data, as: UTF8.self)
    }
    name = ":" + number.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func close() {
    // A test's thread may block the gentler signals, and children inherit that.
    kill(server.processIdentifier, SIGKILL)
    server.waitUntilExit()
  }

  @discardableResult
  private func run(_ tool: String, _ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.path(of: tool)))
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    environment["DISPLAY"] = name
    process.environment = environment
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return data
  }

  /// The number of the window whose title has these words, once it is there and drawn.
  func waitForWindow(_ title: String) throws -> String {
    for _ in 0..<100 {
      let found = String(
        decoding: try run("xdotool", ["search", "--onlyvisible", "--name", title]), as: UTF8.self)
      if let window = found.split(separator: "\n").first {
        Thread.sleep(forTimeInterval: 0.5)
        return String(window)
      }
      Thread.sleep(forTimeInterval: 0.1)
    }
    Issue.record("no window '\(title)' came up")
    return ""
  }

  func press(_ key: String) { _ = try? run("xdotool", ["key", key]) }

  func resize(_ window: String, _ width: Int, _ height: Int) {
    _ = try? run("xdotool", ["windowsize", window, "\(width)", "\(height)"])
  }

  /// What a window shows.
  func screenshot(of window: String) throws -> Frame {
    let data = [UInt8](try run("import", ["-window", window, "-depth", "8", "ppm:-"]))
    // P6, width, height and 255, each ended by white space, then the pixels.
    var words: [String] = []
    var start = 0
    while words.count < 4, let end = data[start...].firstIndex(where: { $0 == 10 || $0 == 32 }) {
      words.append(String(decoding: data[start..<end], as: UTF8.self))
      start = end + 1
    }
    try #require(words.count == 4 && words[0] == "P6")
    var frame = Frame(
      width: try #require(Int(words[1])), height: try #require(Int(words[2])))
    try #require(data.count - start == frame.pixels.count)
    frame.pixels = Array(data[start...])
    return frame
  }
}
