import Foundation
import RLSupport
import Testing

/// Runs of version 0.1.0 that a signal stopped in the middle, each with the weights that 0.1.0 itself ended with when
/// nothing stopped it, which have today's names and shapes and other numbers, as gradients are added up in another order:
///
///     rlgym train ppo CartPole --steps 60000 --seed 3 --envs 3 --evaluate-every 4000 --no-preset ...
///     rlgym train dqn FrozenLake --steps 4000 --seed 4 --evaluate-every 1000 --no-preset ...
///
/// The other settings are in their `config.yaml`.
@Suite struct OldCheckpointTests {
  @Test(arguments: ["ppo", "dqn"])
  func runsOfTheFirstVersionGoOnToTheSameBytesOnAnyThreads(_ name: String) throws {
    let fixtures = try #require(
      Bundle.module.url(forResource: "version1", withExtension: nil, subdirectory: "Fixtures"))
    try withFolder { folder in
      var ends: [StateArchive] = []
      for threads in ["1", "2", "3"] {
        let run = folder.appendingPathComponent(name + threads)
        try FileManager.default.copyItem(at: fixtures.appendingPathComponent(name), to: run)
        let resumed = try Program.run(
          ["train", "--resume", name + threads, "--threads", threads, "--no-progress"], in: folder)
        #expect(resumed.code == 0, "\(resumed.errors)")
        ends.append(
          try Safetensors.decode(FileStore.read(run.path + "/final/policy.safetensors")))
      }
      #expect(ends.allSatisfy { $0 == ends[0] })
      let first = try Safetensors.decode(
        FileStore.read(fixtures.path + "/\(name)-final.safetensors"))
      #expect(ends[0].entries.mapValues(\.shape) == first.entries.mapValues(\.shape))
    }
  }

  @Test func aDamagedRecordIsAnError() throws {
    let fixtures = try #require(
      Bundle.module.url(forResource: "version1", withExtension: nil, subdirectory: "Fixtures"))
    let records = [
      "", "[]", "{}", "{\"evaluateEvery\":0}", "{\"recordEvery\":-1}", "{\"best\":\"high\"}",
    ]
    for record in records {
      try withFolder { folder in
        try FileManager.default.copyItem(
          at: fixtures.appendingPathComponent("ppo"), to: folder.appendingPathComponent("run"))
        let checkpoint = folder.path + "/run/checkpoints/step-000000000030720"
        var files = try FileStore.readDirectory(checkpoint)
        var archive = try Safetensors.decode(try #require(files["training.safetensors"]))
        archive.set("run/record", json: record)
        files["training.safetensors"] = Safetensors.encode(archive)
        try FileStore.writeDirectory(files.map { ($0.key, $0.value) }, to: checkpoint)
        let resumed = try Program.run(["train", "--resume", "run", "--no-progress"], in: folder)
        #expect(resumed.code == 1 && resumed.errors.contains("record"), "\(resumed.errors)")
      }
    }
  }
}
