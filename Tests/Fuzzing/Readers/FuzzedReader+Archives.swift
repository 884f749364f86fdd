import RLAgents
import RLDatasets
import RLExperiments
import RLSupport

// Arrays of numbers: safetensors, NumPy's files, a checkpoint's manifest, and frames of the reader's process.
extension FuzzedReader {
  static let archives = [
    FuzzedReader("safetensors") { bytes in
      let once = Safetensors.encode(try Safetensors.decode(bytes))
      let twice = Safetensors.encode(try Safetensors.decode(once))
      precondition(once == twice, "what was written is read as something else")
    },
    FuzzedReader("npz") { _ = try NumPyArchive.decode($0, name: "file.npz") },
    // An array, in an archive whose checksum is right.
    FuzzedReader("npy") { bytes in
      let archive = try NumPyArchive.decode(zip([("a.npy", bytes)]), name: "file.npz")
      _ = try NumPyArchive.decode(NumPyArchive.encode(archive), name: "file.npz")
    },
    // The first byte says which array of evaluations it is.
    FuzzedReader("evaluations") { bytes in
      let names = [
        "results", "timesteps", "seconds", "ep_lengths", "stochastic_results", "successes",
        "infos/score",
      ]
      var good = StateArchive()
      good.set("results", .double([1, 2, 3, 4]), shape: [2, 2])
      good.set("timesteps", .int([100, 200]))
      good.set("seconds", .double([1, 2]))
      let chosen = names[Int(bytes.first ?? 0) % names.count]
      var files = ["results", "timesteps", "seconds"].filter { $0 != chosen }.map { name in
        var one = StateArchive()
        one.set(name, good.entries[name]?.values ?? .int([]), shape: good.entries[name]?.shape)
        return (name + ".npy", array(in: NumPyArchive.encode(one), name: name))
      }
      files.append((chosen + ".npy", Array(bytes.dropFirst())))
      let path = try Place.put(zip(files), at: "evaluations/evaluations.npz")
      _ = try EvaluationCurve(path)
      try draw(path)
    },
    // A checkpoint's list of its files.
    FuzzedReader("manifest") { bytes in
      _ = try Place.put(
        Safetensors.encode(StateArchive(), metadata: ["a": "b"]),
        at: "checkpoint/policy.safetensors")
      _ = try Place.put(bytes, at: "checkpoint/manifest.json")
      _ = try? Checkpoint.notes(Place.folder + "/checkpoint")
      _ = try Checkpoint.readPolicy(Place.folder + "/checkpoint")
    },
    FuzzedReader("frame") { _ = EpisodeFrame.decode($0, number: 0) },
  ]

  /// The array in an archive of one.
  private static func array(in archive: [UInt8], name: String) -> [UInt8] {
    let start = 30 + name.utf8.count + 4
    let size = archive[22..<26].reversed().reduce(0) { $0 << 8 | Int($1) }
    return Array(archive[start..<start + size])
  }

  /// A zip archive of files that are not compressed.
  private static func zip(_ files: [(name: String, data: [UInt8])]) -> [UInt8] {
    func words(_ values: [Int], _ width: Int) -> [UInt8] {
      values.flatMap { value in (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    }
    var (archive, directory) = ([UInt8](), [UInt8]())
    for (name, data) in files {
      let sums = [Int(FileStore.checksum(data)), data.count, data.count]
      let common = words([20, 0, 0, 0, 0], 2) + words(sums, 4) + words([name.utf8.count, 0], 2)
      directory += words([0x0201_4b50], 4) + words([20], 2) + common + words([0, 0, 0], 2)
      directory += words([0, archive.count], 4) + Array(name.utf8)
      archive += words([0x0403_4b50], 4) + common + Array(name.utf8) + data
    }
    let start = archive.count
    archive += directory + words([0x0605_4b50], 4) + words([0, 0, files.count, files.count], 2)
    return archive + words([directory.count, start], 4) + words([0], 2)
  }
}
