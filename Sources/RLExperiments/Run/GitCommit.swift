internal import Foundation

/// The commit of a Git working tree, read from its files.
package enum GitCommit {
  /// The commit of the tree that the working directory lies in; `nil` outside of one.
  static var current: String? { commit(of: FileManager.default.currentDirectoryPath) }

  /// The commit of the tree that a directory lies in.
  package static func commit(of directory: String) -> String? {
    var folder = directory
    while true {
      let path = folder + "/.git"
      if FileManager.default.fileExists(atPath: path) { return head(of: path, in: folder) }
      guard let slash = folder.lastIndex(of: "/"), folder != "/" else { return nil }
      folder = String(folder[..<slash])
    }
  }

  private static func head(of path: String, in folder: String) -> String? {
    var git = path
    // The tree of `git worktree` has a file that names its directory, and shares the branches of another.
    if let text = text(path), text.hasPrefix("gitdir: ") {
      let target = String(text.dropFirst(8))
      git = target.hasPrefix("/") ? target : folder + "/" + target
    }
    guard let head = text(git + "/HEAD") else { return nil }
    guard head.hasPrefix("ref: ") else { return checked(head) }
    let branch = String(head.dropFirst(5))
    let common = text(git + "/commondir").map { $0.hasPrefix("/") ? $0 : git + "/" + $0 } ?? git
    if let commit = text(common + "/" + branch) { return checked(commit) }
    let packed = text(common + "/packed-refs")?.split(separator: "\n") ?? []
    let line = packed.first { $0.hasSuffix(" " + branch) }
    return line.flatMap { checked(String($0.prefix { $0 != " " })) }
  }

  private static func text(_ path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func checked(_ word: String) -> String? {
    word.count >= 40 && word.allSatisfy(\.isHexDigit) ? word : nil
  }
}
