import Foundation
import Testing

/// The arrows of the architecture article are the dependencies of Package.swift, and files import nothing else.
@Suite struct ArchitectureTests {
  private static func text(_ path: String) throws -> String {
    try String(contentsOf: ArticleTests.root.appendingPathComponent(path), encoding: .utf8)
  }

  private static func modules(in text: some StringProtocol) -> [String] {
    text.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).map { String($0) }.filter {
      $0.hasPrefix("RL")
    }
  }

  /// The modules that each module depends on, as Package.swift has it.
  private static func dependencies() throws -> [String: Set<String>] {
    var result: [String: Set<String>] = [:]
    let manifest = try text("Package.swift").components(separatedBy: "    .testTarget(")[0]
    for target in manifest.components(separatedBy: "arget(").dropFirst() {
      let parts = target.components(separatedBy: "dependencies: [")
      guard let name = modules(in: parts[0]).first, parts.count == 2 else { continue }
      result[name] = Set(modules(in: parts[1].prefix { $0 != "]" }))
    }
    return result
  }

  /// The modules that each module may use directly, as the article has it.
  private static func arrows(_ all: Set<String>) throws -> [String: Set<String>] {
    var result: [String: Set<String>] = [:]
    var seen: Set<String> = []
    for line in try text("Documentation/Architecture.md").split(separator: "\n")
    where line.contains("<-") {
      let sides = line.components(separatedBy: "<-").map { side in
        side.contains("all of these") ? seen : Set(modules(in: side))
      }
      for (used, users) in zip(sides, sides.dropFirst()) {
        let users = line.contains("all the others") ? all.subtracting(used) : users
        for user in users {
          result[user, default: []].formUnion(used)
        }
      }
      seen.formUnion(sides.joined())
    }
    return result
  }

  @Test func theArticleSaysWhatTheManifestSays() throws {
    let dependencies = try Self.dependencies()
    let all = Set(dependencies.keys)
    let arrows = try Self.arrows(all)
    #expect(all.count == 13)
    for (module, used) in dependencies {
      var allowed = arrows[module] ?? []
      while case let more = allowed.union(allowed.flatMap { arrows[$0] ?? [] }), more != allowed {
        allowed = more
      }
      #expect(
        used.isSubset(of: allowed), "\(module) uses \(used.subtracting(allowed)) in Package.swift")
      // RLSupport reaches the upper modules through the umbrella.
      let stated = (arrows[module] ?? []).subtracting(["RLSupport"])
      #expect(stated.isSubset(of: used), "\(module) does not use \(stated.subtracting(used))")
      #expect(!allowed.contains(module), "\(module) would use itself")
    }
  }

  @Test func filesImportWhatTheManifestSays() throws {
    let folders = ["RLEnvironments": "Environments", "RLAgents": "Agents"]
    for (module, used) in try Self.dependencies() {
      let folder = ArticleTests.root.appendingPathComponent(folders[module] ?? "Sources/\(module)")
      let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      for name in names where name.hasSuffix(".swift") {
        let file = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        for line in file.split(separator: "\n") where line.contains(/^([@a-zA-Z_]+ )*import\b/) {
          let strangers = Set(Self.modules(in: line)).subtracting(used)
          #expect(strangers.isEmpty, "\(module)/\(name): \(line)")
        }
      }
    }
  }
}
