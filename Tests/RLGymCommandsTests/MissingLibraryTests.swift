import Foundation
import Testing

/// The program on a machine without the libraries that it opens when they are first needed: files without
/// content take the names of the libraries, and the loader refuses them.
@Suite struct MissingLibraryTests {
  private static let names = [
    "libSDL2-2.0.so.0", "libSDL2_gfx-1.0.so.0", "libopenblas.so.0", "libopenblas.so",
    "libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5_serial.so", "libhdf5.so.103",
    "libhdf5.so.200", "libhdf5.so.310", "libhdf5.so",
  ]

  private func run(_ words: String, without names: [String], in folder: URL) throws -> Program {
    let libraries = folder.appendingPathComponent("libraries")
    try FileManager.default.createDirectory(at: libraries, withIntermediateDirectories: true)
    for name in names {
      try Data().write(to: libraries.appendingPathComponent(name))
    }
    return try Program.run(
      words.split(separator: " ").map(String.init), in: folder,
      environment: ["LD_LIBRARY_PATH": libraries.path, "SDL_VIDEODRIVER": "dummy"])
  }

  @Test(arguments: [
    "watch --random CartPole --episodes 1", "record --random CartPole --output x.gif",
  ])
  func withoutSDLAnErrorSaysHowToGetIt(_ words: String) throws {
    for missing in ["libSDL2-2.0.so.0", "libSDL2_gfx-1.0.so.0"] {
      try withFolder { folder in
        let result = try run(words, without: [missing], in: folder)
        #expect(result.code == 1 && result.errors.contains(missing), "\(result.errors)")
        #expect(result.errors.contains("apt-get install libsdl2-2.0-0 libsdl2-gfx-1.0-0"))
      }
    }
  }

  @Test(arguments: [
    "collect --random CartPole --output x", "train ppo CartPole --steps 100 --log-rollouts",
  ])
  func withoutHDF5AnErrorSaysHowToGetIt(_ words: String) throws {
    try withFolder { folder in
      let result = try run(words, without: Self.names, in: folder)
      #expect(result.code == 1 && result.errors.contains("apt-get install hdf5-tools"))
      #expect(result.errors.contains("libhdf5_serial.so.103"), "\(result.errors)")
    }
  }

  /// Training, evaluation and pictures of characters need none of them.
  @Test func theRestWorksWithoutAnyOfThem() throws {
    try withFolder { folder in
      let training = try run(
        "train ppo CartPole --steps 2048 --seed 1 --no-progress --output run", without: Self.names,
        in: folder)
      #expect(training.code == 0, "\(training.errors)")
      let watched = try run("watch run --text --episodes 1", without: Self.names, in: folder)
      #expect(watched.code == 0 && watched.output.contains("step 1"), "\(watched.errors)")
    }
  }
}
