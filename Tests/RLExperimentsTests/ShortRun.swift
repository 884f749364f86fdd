import Foundation
import RLAgents
import RLCore
import RLExperiments
import RLSupport
import TestSupport
import Testing

/// A short training of PPO, in which every number is fixed.
func shortRun(
  _ directory: String, seed: UInt64? = 3, steps: Int = 2_048,
  options: TrainingRun.Options = TrainingRun.Options()
) throws -> TrainingRun {
  try TrainingRun(
    PPO.self, in: "CartPole", usesPreset: false, steps: steps, seed: seed, directory: directory,
    options: options
  ) {
    $0.rolloutSteps = 256
    $0.epochs = 2
    $0.policyWidths = [16]
    $0.valueWidths = [16]
  }
}

func model(_ run: String) throws -> [UInt8] {
  try FileStore.read(run + "/final/policy.safetensors")
}

/// The bytes of every file of a run but its lock.
func files(_ path: String) throws -> [String: [UInt8]] {
  let names = try FileManager.default.subpathsOfDirectory(atPath: path)
  var files: [String: [UInt8]] = [:]
  for name in names where name != "lock" {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
    if !isFolder.boolValue { files[name] = try FileStore.read(path + "/" + name) }
  }
  return files
}
