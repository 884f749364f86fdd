#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Saves an environment of a type that happens to be `Codable`.
@usableFromInline struct EnvironmentCoder<Base>: Sendable {
  let encode: @Sendable (Base) -> [UInt8]
  let decode: @Sendable ([UInt8]) -> Base?

  /// `nil` for types that are not `Codable`.
  @usableFromInline init?(_: Base.Type) {
    guard let type = Base.self as? any (Codable & SendableMetatype).Type else { return nil }
    self.init(type)
  }

  private init?<Coded: Codable & SendableMetatype>(_: Coded.Type) {
    encode = { environment in
      guard let coded = environment as? Coded else { return [] }
      let encoder = JSONEncoder()
      // The order of keys differs from process to process otherwise, and with it a checkpoint's bytes.
      encoder.outputFormatting = .sortedKeys
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      return (try? encoder.encode([coded])).map { Array($0) } ?? []
    }
    decode = { bytes in
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      return (try? decoder.decode([Coded].self, from: Data(bytes)))?.first as? Base
    }
  }
}
