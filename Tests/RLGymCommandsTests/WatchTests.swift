import Foundation
import RLGym
import Testing

@Suite(.serialized) struct WatchTests {
  /// Runs the program without a display, or with the given one.
  private func rlgym(
    _ arguments: [String], display: String? = nil, driver: String? = nil, input: String = "",
    in folder: URL = FileManager.default.temporaryDirectory
  ) throws -> Program {
    Program.end(
      try start(arguments, display: display, driver: driver, input: input, in: folder))
  }

  private func start(
    _ arguments: [String], display: String?, driver: String? = nil, input: String = "",
    in folder: URL = FileManager.default.temporaryDirectory
  ) throws -> (Process, Pipe, Pipe) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "SSH_CONNECTION"] {
      environment[name] = nil
    }
    environment["DISPLAY"] = display
    environment["SDL_VIDEODRIVER"] = driver
    process.environment = environment
    let (output, errors, keys) = (Pipe(), Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = keys
    try process.run()
    keys.fileHandleForWriting.write(Data(input.utf8))
    try keys.fileHandleForWriting.close()
    return (process, output, errors)
  }

  @Test func textIsPicturesOneAfterTheOther() throws {
    let result = try rlgym(["watch", "--random", "FrozenLake", "--text", "--seed", "3"])
    #expect(result.code == 0, "\(result.errors)")
    let pictures = result.output.components(separatedBy: "\n\n").filter { $0.contains("[") }
    #expect(
      pictures.first == "return 0.00  step 0\n[S] .  .  .\n .  H  .  H\n .  .  .  H\n H  .  .  G")
    #expect(pictures.last?.contains("terminated") == true)
    // The same seed, the same episode.
    #expect(
      try rlgym(["watch", "--random", "FrozenLake", "--text", "--seed", "3"]).output
        == result.output)
    let cart = try rlgym([
      "watch", "--random", "CartPole", "--text", "--episodes", "2", "--seed", "1",
    ])
    #expect(cart.code == 0 && cart.output.contains("⣿") && cart.errors.contains("episode 2:"))
  }

  /// The seed of an episode is enough to play it again, to the last step.
  @Test func theWorstEpisodeIsShown() throws {
    try withFolder { folder in
      let train = try Program.run(
        [
          "train", "ppo", "CartPole", "--steps", "4096", "--seed", "5", "--no-progress", "--output",
          "r",
        ],
        in: folder)
      #expect(train.code == 0, "\(train.errors)")
      let text = try Program.run(["evaluate", "r"], in: folder)
      let json = try Program.run(["evaluate", "r", "--json"], in: folder)
      struct Figures: Decodable {
        var worstSeed: UInt64
        var min: Double
      }
      let figures = try JSONDecoder().decode(Figures.self, from: Data(json.output.utf8))
      let least = Format.value(figures.min)
      #expect(
        text.output.contains("worst   \(least) (seed \(figures.worstSeed)), "), "\(text.output)")
      let worst = try rlgym(["watch", "r", "--worst", "--text"], in: folder)
      #expect(worst.code == 0, "\(worst.errors)")
      #expect(worst.errors.contains("has the seed \(figures.worstSeed) and a return of \(least)"))
      #expect(worst.errors.contains("episode 1: return \(least) in"), "\(worst.errors)")
      let again = try rlgym(
        ["watch", "r", "--seed", "\(figures.worstSeed)", "--text"], in: folder)
      #expect(again.output.hasSuffix(worst.output.suffix(200)))
      for words in [["--stochastic"], ["--episodes", "2"]] {
        let refused = try rlgym(["watch", "r", "--worst", "--text"] + words, in: folder)
        #expect(refused.code == 2 && refused.errors.contains("--worst"), "\(refused.errors)")
      }
    }
  }

  @Test func runsAreWatched() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (agent, environment) in [("ppo", "GridWorld"), ("dqn", "FrozenLake")] {
      let training = try rlgym(
        [
          "train", agent, environment, "--steps", "1500", "--seed", "1", "--no-progress",
          "--output",
          agent,
        ], in: folder)
      #expect(training.code == 0, "\(training.errors)")
      let watched = try rlgym(["watch", agent, "--text", "--seed", "2"], in: folder)
      #expect(watched.code == 0, "\(watched.errors)")
      #expect(watched.output.contains("step 1  action"))
      #expect(agent != "dqn" || watched.output.contains("value "), "\(watched.output)")
    }
  }

  @Test func peoplePlayInTerminals() throws {
    let game = try rlgym(
      ["play", "Blackjack", "--text", "--seed", "5", "--episodes", "1"], input: "xhhhhhhh")
    #expect(
      game.code == 0 && game.output.contains("[A] [10] [7] [9]  = 27, bust"), "\(game.output)")
    let walk = try rlgym(
      ["play", "CliffWalking", "--text", "--seed", "5"], input: "\u{1b}[A\u{1b}[Cq")
    #expect(walk.errors.contains("return -2.00 in 2 steps"), "\(walk.errors)")
    let cart = try rlgym(["play", "CartPole", "--text"])
    #expect(cart.code == 2 && cart.errors.contains("without --text"))
  }

  @Test func mistakesAreExplained() throws {
    #expect(try rlgym(["watch"]).errors.contains("--random ENV"))
    let mixed = try rlgym(["watch", "--random", "CartPole", "--episode", "3", "--text"])
    #expect(mixed.code == 2 && mixed.errors.contains("--episode is one of a rollout log"))
    let both = try rlgym(["watch", "run", "--random", "CartPole", "--text"])
    #expect(both.code == 2 && both.errors.contains("not both"))
    #expect(try rlgym(["watch", "nowhere"]).errors.contains("no run directory"))
    #expect(try rlgym(["watch", "--random", "CartPol"]).errors.contains("CartPole"))
    #expect(try rlgym(["watch", "--random", "CartPole", "--fps", "0"]).code == 2)
    let blind = try rlgym(["watch", "--random", "CartPole"])
    #expect(blind.code == 1 && blind.errors.contains("DISPLAY"), "\(blind.errors)")
    #expect(blind.errors.contains("--text") && blind.errors.contains("record"))
  }

  @Test func aWindowRunsItsEpisodesWithoutAScreen() throws {
    let result = try rlgym(
      ["watch", "--random", "CartPole", "--seed", "1", "--episodes", "2", "--speed", "16"],
      driver: "dummy")
    let text = try rlgym(
      ["watch", "--random", "CartPole", "--seed", "1", "--episodes", "2", "--text"])
    #expect(result.code == 0 && result.errors.contains("episode 2: return"), "\(result.errors)")
    #expect(result.errors == text.errors)
  }

  /// A real window on a virtual screen: what it shows, and what its keys do.
  @Test(.enabled(if: VirtualScreen.isAvailable, "needs Xvfb, xdotool and ImageMagick"))
  func windowsShowFramesAndObeyKeys() throws {
    let screen = try VirtualScreen()
    defer { screen.close() }
    let (process, _, errors) = try start(
      ["play", "MountainCar", "--seed", "3"], display: screen.name)
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    let window = try screen.waitForWindow("MountainCar-v0")
    let first = try screen.screenshot(of: window)
    // The picture is the frame of that scale, bit by bit.
    let entry = try EnvironmentRegistry.builtIn.resolve("MountainCar").entry
    let make = try #require(entry.makeSingle)
    var environment = make()
    environment.reset(seed: 3, into: StepBatch(count: 1, for: entry.spec))
    let frame = try FrameRenderer(scale: 1.5).render(try #require(environment.drawing(of: 0)))
    #expect(first.width == 900 && first.height > 600)
    #expect(Array(first.pixels.prefix(frame.pixels.count)) == frame.pixels)
    // It waits for a key, then time runs, and space stops it.
    #expect(try screen.screenshot(of: window) == first)
    screen.press("Right")
    Thread.sleep(forTimeInterval: 0.5)
    screen.press("space")
    Thread.sleep(forTimeInterval: 0.3)
    let later = try screen.screenshot(of: window)
    #expect(later != first)
    Thread.sleep(forTimeInterval: 0.3)
    #expect(try screen.screenshot(of: window) == later)
    // Resized, the picture keeps its proportions and the rest is dark.
    screen.resize(window, 900, 400)
    Thread.sleep(forTimeInterval: 0.4)
    let flat = try screen.screenshot(of: window)
    #expect(flat.width == 900 && flat.height == 400)
    #expect(flat.pixels.prefix(3).elementsEqual([0x22, 0x26, 0x2c]))
    let middle = 3 * (100 * 900 + 450)
    #expect(flat.pixels[middle..<middle + 3].elementsEqual([255, 255, 255]))
    screen.press("Escape")
    let words = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && words.contains("left"), "\(words)")
  }

  @Test(.enabled(if: VirtualScreen.isAvailable, "needs Xvfb, xdotool and ImageMagick"))
  func singleStepsAreSingle() throws {
    let screen = try VirtualScreen()
    defer { screen.close() }
    let (process, _, errors) = try start(
      ["watch", "--random", "MountainCar", "--seed", "3", "--fps", "1"], display: screen.name)
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    _ = try screen.waitForWindow("MountainCar-v0")
    // From the start again, then four steps.
    for key in ["space", "r", "n", "n", "Right", "period"] { screen.press(key) }
    Thread.sleep(forTimeInterval: 1.3)
    screen.press("Escape")
    let words = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(words.contains("return -4.00 in 4 steps, left"), "\(words)")
  }
}
