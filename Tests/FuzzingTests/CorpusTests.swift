import Foundation
import FuzzedReaders
import Testing

/// The inputs that `Scripts/fuzz-readers` keeps: each is read or refused, within seconds; nothing traps.
@Suite(.timeLimit(.minutes(10))) struct CorpusTests {
  /// The inputs of a reader.
  private static func inputs(_ reader: String) -> [URL] {
    let folder = Bundle.module.resourceURL?.appendingPathComponent("Corpus/" + reader)
    let files = folder.flatMap {
      try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
    }
    return (files ?? []).sorted { $0.path < $1.path }
  }

  @Test(arguments: FuzzedReader.all.map(\.name)) func everyInputIsReadOrRefused(_ name: String)
    async
  {
    // In a process of its own: a trap fails this reader's test, and the last line that it wrote names the input.
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) { [name] in
      let reader = try #require(FuzzedReader.named(name))
      let inputs = CorpusTests.inputs(name)
      #expect(!inputs.isEmpty)
      for input in inputs {
        FileHandle.standardError.write(Data("\(name)/\(input.lastPathComponent)\n".utf8))
        let start = ContinuousClock.now
        reader.read(Array(try Data(contentsOf: input)))
        let time = start.duration(to: .now)
        #expect(time < .seconds(10), "\(input.lastPathComponent) took \(time)")
      }
    }
    if let errors = result?.standardErrorContent, result?.exitStatus != .exitCode(0) {
      Issue.record("\(String(decoding: errors.suffix(2000), as: UTF8.self))")
    }
  }

  /// A fuzzer that begins with files which are refused at once finds little.
  @Test(arguments: FuzzedReader.all) func everyReaderHasAnInputThatIsTaken(_ reader: FuzzedReader)
    throws
  {
    let answers = try Self.inputs(reader.name).filter { $0.lastPathComponent.hasPrefix("good") }
      .map { reader.read(Array(try Data(contentsOf: $0))) }
    #expect(answers.contains(nil), "\(reader.name): \(answers.compactMap { $0 })")
  }

  /// Every folder of the corpus is read.
  @Test func everyFolderHasAReader() throws {
    let corpus = try #require(Bundle.module.resourceURL).appendingPathComponent("Corpus").path
    let folders = try FileManager.default.contentsOfDirectory(atPath: corpus)
    #expect(Set(folders) == Set(FuzzedReader.all.map(\.name)))
  }
}
