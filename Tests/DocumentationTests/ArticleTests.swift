import Foundation
import Testing

/// Every block of Swift in the articles, in README.md and in comments stands in a file that is compiled.
@Suite struct ArticleTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Lines without what surrounds them: where a snippet stands, it may be indented.
  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }

  private func files(_ folder: String, _ suffix: String) throws -> [URL] {
    let names = try FileManager.default.subpathsOfDirectory(
      atPath: Self.root.appendingPathComponent(folder).path)
    return names.filter { $0.hasSuffix(suffix) && !$0.contains(".build") }.sorted()
      .map { Self.root.appendingPathComponent(folder + "/" + $0) }
  }

  /// The articles, and the comments of the library's files.
  private func texts() throws -> [(name: String, text: String)] {
    let articles = try articles().map {
      ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
    }
    let comments = try ["Sources", "Agents", "Environments"].flatMap { try files($0, ".swift") }.map
    {
      let comments = try String(contentsOf: $0, encoding: .utf8).split(separator: "\n")
        .map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.hasPrefix("///") }
        .map { String($0.dropFirst($0.hasPrefix("/// ") ? 4 : 3)) }
      return ($0.lastPathComponent, comments.joined(separator: "\n"))
    }
    return articles + comments
  }

  private func blocks(_ language: String, in text: String) -> [[String]] {
    text.components(separatedBy: "```" + language + "\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first.map(lines)
    }
  }

  private func articles() throws -> [URL] {
    try files("Documentation", ".md") + [Self.root.appendingPathComponent("README.md")]
  }

  @Test func everySnippetIsCompiled() throws {
    let compiled = try ["Tests/DocumentationTests", "Tests/Package", "Examples"]
      .flatMap { try files($0, ".swift") }
      .map { lines(try String(contentsOf: $0, encoding: .utf8)).joined(separator: "\n") + "\n" }
    var count = 0
    for (name, text) in try texts() {
      for block in blocks("swift", in: text) {
        let snippet = block.joined(separator: "\n") + "\n"
        // A part of a manifest; Tests/Package builds one like it.
        if snippet.contains(".package(") { continue }
        count += 1
        #expect(
          compiled.contains { ("\n" + $0).contains("\n" + snippet) },
          "\(name): no compiled file has the lines\n\(snippet)")
      }
    }
    #expect(count > 30)
  }

  /// The names of articles that others lead to.
  @Test func everyLinkLeadsToAnArticle() throws {
    let names = Set(try files("Documentation", ".md").map { $0.lastPathComponent })
    for article in try articles() {
      let text = try String(contentsOf: article, encoding: .utf8)
      for link in text.components(separatedBy: "<doc:").dropFirst() {
        let name = String(link.prefix { $0 != ">" })
        #expect(names.contains(name + ".md"), "\(article.lastPathComponent): \(name)")
      }
    }
  }

  /// What the table of promises names is a test, or a file.
  @Test func everyPromiseIsKeptByATest() throws {
    let code = try files("Tests", ".swift").map { try String(contentsOf: $0, encoding: .utf8) }
    let article = Self.root.appendingPathComponent("Documentation/Promises.md")
    var count = 0
    for row in try String(contentsOf: article, encoding: .utf8).split(separator: "\n")
    where row.hasPrefix("|") {
      let names = (row.split(separator: "|").last ?? "").split(separator: "`").enumerated()
        .filter { $0.offset % 2 == 1 }.map(\.element)
      for name in names {
        count += 1
        let isFile = name.contains("/")
        let path = Self.root.appendingPathComponent(String(name)).path
        #expect(
          isFile
            ? FileManager.default.fileExists(atPath: path)
            : code.contains { $0.contains("func \(name)(") },
          "\(name)")
      }
    }
    #expect(count > 80)
  }

  /// Links to files of the repository, in everything that is read there.
  @Test func everyRelativeLinkLeadsToAFile() throws {
    let documents =
      try articles() + files("Agents", "README.md")
      + ["CONTRIBUTING.md", "CHANGELOG.md"].map { Self.root.appendingPathComponent($0) }
    var count = 0
    for document in documents {
      let text = try String(contentsOf: document, encoding: .utf8)
      let prose = text.components(separatedBy: "```").enumerated()
        .filter { $0.offset.isMultiple(of: 2) }.map { $0.element }.joined()
      for part in prose.components(separatedBy: "](").dropFirst() {
        let link = String(part.prefix { $0 != ")" && $0 != "#" })
        if link.isEmpty || link.contains("://") { continue }
        count += 1
        let target = document.deletingLastPathComponent().appendingPathComponent(link)
        #expect(
          FileManager.default.fileExists(atPath: target.path),
          "\(document.lastPathComponent): nothing at \(link)")
      }
    }
    #expect(count > 20)
  }

  /// Options of commands that the articles show.
  @Test func everyCommandIsKnown() throws {
    let help = CommandHelp()
    for article in try articles() {
      let text = try String(contentsOf: article, encoding: .utf8)
      for line in blocks("", in: text).flatMap({ $0 }) where line.hasPrefix("./rlgym ") {
        let words = line.split(separator: " ").dropFirst().map(String.init)
        let command = try #require(words.first)
        let text = try help.text(of: words)
        #expect(!text.isEmpty, "\(article.lastPathComponent): rlgym \(command)")
        for option in words where option.hasPrefix("--") {
          #expect(text.contains(option), "\(article.lastPathComponent): \(line)")
        }
      }
    }
  }
}

/// What the program beside the tests says of its commands.
struct CommandHelp {
  func text(of words: [String]) throws -> String {
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("rlgym")
    let process = Process()
    process.executableURL = program
    let subcommands = ["log", "benchmark"]
    let named = words.prefix(subcommands.contains(words[0]) ? 2 : 1)
    process.arguments = named.filter { $0.allSatisfy { $0.isLetter } } + ["--help"]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: text, as: UTF8.self) : ""
  }
}
