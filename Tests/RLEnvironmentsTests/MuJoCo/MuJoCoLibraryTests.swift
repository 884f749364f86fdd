import Foundation
import RLEnvironments
import Testing

@Suite struct MuJoCoLibraryTests {
  /// A folder with a library's file of some content.
  private func problem(_ content: Data?) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try content?.write(to: folder.appendingPathComponent("libmujoco.so.3.17.0"))
    let problem = MuJoCoModel.problem(folder: folder.path)
    return try #require(problem).replacingOccurrences(of: folder.path, with: "DIR")
  }

  @Test func aFolderWithoutItTellsWhatToRun() throws {
    #expect(
      try problem(nil) == """
        It needs MuJoCo 3.17.0, and there is no DIR/libmujoco.so.3.17.0.
        `./Scripts/setup mujoco` fetches it; RLGYM_MUJOCO=DIR names another place.
        """)
  }

  @Test func aDamagedFileIsTold() throws {
    #expect(try problem(Data()).contains("it is no library of this system"))
    #expect(try problem(Data("MuJoCo".utf8)).contains("it is no library of this system"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: try Self.anyLibrary()))
    for part in [2, 3, 10] {
      let words = try problem(whole.prefix(whole.count / part))
      #expect(
        words.contains("it is cut short") && words.contains("Scripts/setup mujoco"), "\(words)")
    }
  }

  @Test func anotherLibraryIsRefused() throws {
    let words = try problem(try Data(contentsOf: URL(fileURLWithPath: try Self.anyLibrary())))
    #expect(words.contains("it has no function mj_version"), "\(words)")
    #expect(words.contains("Delete its folder and run `./Scripts/setup mujoco`"))
  }

  /// A library of C with `mj_version`, where there is a compiler.
  @Test func anotherVersionIsRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appendingPathComponent("fake.c")
    let names = [
      "mju_setLogHandler", "mj_loadXML", "mj_deleteModel", "mj_sizeModel", "mj_saveModel",
      "mj_name2id",
      "mj_id2name", "mj_step", "mj_kinematics", "mj_rnePostConstraint", "mj_copyData",
      "mjb_makeBatch", "mjb_deleteBatch",
      "mjb_nstate", "mjb_state", "mjb_stateComponent", "mjb_warning", "mjb_step", "mjb_forward",
      "mjb_reset", "mjb_apply", "mjb_error", "mjb_output", "mjb_expand",
    ]
    let text =
      "int mj_version(void) { return 4000000; }\n"
      + names.map { "void \($0)(void) {}\n" }.joined()
    try Data(text.utf8).write(to: source)
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments = [
      "clang", "-shared", "-fPIC", "-o", folder.path + "/libmujoco.so.3.17.0", source.path,
    ]
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    let words = try #require(MuJoCoModel.problem(folder: folder.path))
    #expect(words.contains("it is version 4.0.0"), "\(words)")
  }

  /// A library that every Swift program has opened.
  private static func anyLibrary() throws -> String {
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
    let maps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    let line = maps.split(separator: "\n").first {
      $0.contains("libswiftCore.so") || $0.contains("libc.so")
    }
    return String(try #require(line?.split(separator: " ").last))
  }
}
