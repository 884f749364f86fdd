import Foundation
import RLSupport
import Testing

@Suite struct ChildProcessTests {
  private func run(_ script: String, output: ChildProcess.File = .null) throws
    -> ChildProcess
  { try ChildProcess(["/bin/sh", "-c", script], output: output) }

  @Test func endingsAreTold() throws {
    #expect(try run("exit 0").wait() == .code(0))
    let failed = try run("exit 3")
    #expect(failed.wait() == .code(3) && failed.poll() == .code(3) && failed.end() == .code(3))
    #expect(try run("kill -SEGV $$").wait() == .signal(SIGSEGV))
  }

  @Test func runningProgramsAreEnded() throws {
    let endless = try run("while :; do sleep 10; done")
    #expect(endless.poll() == nil)
    #expect(endless.end() == .signal(SIGKILL))
    let polite = try run("trap 'exit 7' TERM; echo; while :; do sleep 0.01; done")
    while polite.poll() == nil { polite.send(SIGTERM) }
    #expect([.code(7), .signal(SIGTERM)].contains(polite.wait()))
  }

  @Test func programsThatAreNotThereAreErrors() {
    #expect(throws: ChildProcess.StartError.self) { try ChildProcess(["/nowhere/program"]) }
  }

  @Test func filesAndVariablesArePassed() throws {
    let path = FileManager.default.temporaryDirectory.path + "/rlgym-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let child = try ChildProcess(
      ["/bin/sh", "-c", "echo \"$A $1\"; echo bad >&2", "sh", "a b"], environment: ["A=x y"],
      output: .path(path), errors: .path(path + ".errors"))
    defer { try? FileManager.default.removeItem(atPath: path + ".errors") }
    #expect(child.wait() == .code(0))
    #expect(try FileStore.read(path) == Array("x y a b\n".utf8))
    #expect(try FileStore.read(path + ".errors") == Array("bad\n".utf8))
  }

  /// What is open here is closed there, but for the standard files.
  @Test func otherFilesStayClosed() throws {
    let path = FileManager.default.temporaryDirectory.path + "/rlgym-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { for end in ends { close(end) } }
    let child = try run("test -e /proc/self/fd/\(ends[0]) && exit 1; echo", output: .path(path))
    #expect(child.wait() == .code(0))
  }
}
