import Foundation
import FuzzedReaders

// Built by `Scripts/fuzz-readers` with libFuzzer, which brings `main`, and only then part of the package.

private let variables = ProcessInfo.processInfo.environment
private let reader = variables["RLGYM_READER"].flatMap { FuzzedReader.named($0) }

/// What libFuzzer calls first. With `RLGYM_SEEDS=FOLDER` it writes what agents save, for the corpus, and that is all.
@_cdecl("LLVMFuzzerInitialize")
public func begin(_ count: UnsafeMutableRawPointer?, _ words: UnsafeMutableRawPointer?) -> CInt {
  if let folder = variables["RLGYM_SEEDS"] {
    do {
      for agent in SavedAgent.all {
        let (policy, training) = try agent.files()
        for (kind, bytes) in [("policy", policy), ("training", training)] {
          let place = URL(fileURLWithPath: "\(folder)/\(kind)-\(agent.name)")
          try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
          try Data(bytes).write(to: place.appendingPathComponent("good"))
        }
      }
    } catch {
      say("\(error)")
      exit(1)
    }
    exit(0)
  }
  if reader == nil {
    say("RLGYM_READER is to be one of: \(FuzzedReader.all.map(\.name).joined(separator: " "))")
    exit(2)
  }
  return 0
}

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func readOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  reader?.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}

private func say(_ words: String) {
  FileHandle.standardError.write(Data((words + "\n").utf8))
}
