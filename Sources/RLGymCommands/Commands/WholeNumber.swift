internal import ArgumentParser
internal import RLGym

/// Reads the whole number that an option was given: `20000`, `20_000` or `2e4`.
func whole<Number: FixedWidthInteger>(_ text: String) throws -> Number {
  guard let number = Number(whole: text) else {
    throw ValidationError(
      "it takes a whole number\(Number.isSigned ? "" : " from 0 on"), such as 20000 or 2e4")
  }
  return number
}
