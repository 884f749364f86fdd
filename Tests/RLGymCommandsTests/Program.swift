import Foundation
import RLCore
import RLSupport
import Testing

/// Runs the program itself, which `Scripts/test` builds first.
struct Program {
  var code: Int32
  var output: String
  var errors: String

  static var path: String { path(of: "rlgym") }

  /// A program that is built with the tests.
  static func path(of name: String) -> String {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent(name).path
  }

  static func start(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:],
    program path: String = Program.path
  ) throws -> (Process, Pipe, Pipe) {
    let process = Process()
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    return (process, output, errors)
  }

  static func run(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:],
    program path: String = Program.path
  ) throws -> Program {
    end(try start(arguments, in: folder, environment: environment, program: path))
  }

  /// Waits for the end of a program that was started.
  static func end(_ started: (Process, Pipe, Pipe)) -> Program {
    let (process, output, errors) = started
    let out = output.fileHandleForReading.readDataToEndOfFile()
    let err = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Program(
      code: process.terminationStatus, output: String(decoding: out, as: UTF8.self),
      errors: String(decoding: err, as: UTF8.self))
  }
}

/// Waits until something is there, for some seconds.
func waitUntil(_ isThere: () -> Bool) {
  for _ in 0..<10_000 where !isThere() { Thread.sleep(forTimeInterval: 0.002) }
}

/// Waits until a file is there, for some seconds.
func waitForFile(_ path: String) { waitUntil { FileManager.default.fileExists(atPath: path) } }

/// Waits until a run has a whole checkpoint, for some seconds.
func waitForCheckpoint(of run: URL) {
  waitUntil {
    let names = try? FileManager.default.contentsOfDirectory(atPath: run.path + "/checkpoints")
    return (names ?? []).contains { $0.hasPrefix("step-") && !$0.contains(".") }
  }
}

/// A folder that is removed afterwards.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "rlgym-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// Trains PPO in CartPole with the seed 5 and without a display.
func train(_ arguments: [String], in folder: URL) throws -> Program {
  try Program.run(
    ["train", "ppo", "CartPole", "--seed", "5", "--no-progress"] + arguments, in: folder)
}

/// The evaluations of a run without their times.
func evaluations(_ run: String, in folder: URL) throws -> StateArchive {
  let path = folder.path + "/\(run)/evaluations.npz"
  return try NumPyArchive.decode(FileStore.read(path), name: path).removing("seconds")
}
