/// A reader of files or words from elsewhere, as a fuzzer feeds it: whatever the bytes are, it returns or throws.
///
/// `Scripts/fuzz-readers` changes files and feeds them; those that found something, and small ones that reach much of a
/// reader, lie in `Tests/FuzzingTests/Corpus`, in a folder with the reader's name, and are read in every test run.
package struct FuzzedReader: Sendable {
  /// The name of its folder in the corpus.
  package let name: String
  private let body: @Sendable ([UInt8]) throws -> Void

  init(_ name: String, _ body: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.name = name
    self.body = body
  }

  /// Reads bytes. An error is an answer like any other, and can be told.
  ///
  /// - Returns: What was said of them; `nil` if they were taken.
  @discardableResult package func read(_ bytes: [UInt8]) -> String? {
    do { try body(bytes) } catch { return "\(error)" }
    return nil
  }

  /// Every reader.
  package static let all = texts + archives + records + models

  /// The reader of a name.
  package static func named(_ name: String) -> FuzzedReader? { all.first { $0.name == name } }
}
