/// The name of a type as its declaration has it.
///
/// Swift prints that of a private type as `(Name in _HASH)` in some builds, also inside of the name of a generic type.
public func plainName<T>(of type: T.Type) -> String { plainName("\(type)") }

/// The name of a type without the hashes of private ones.
package func plainName(_ name: String) -> String {
  guard let end = name.firstRange(of: " in _") else { return name }
  let (before, after) = (name[..<end.lowerBound], name[end.upperBound...])
  guard let start = before.lastIndex(of: "("),
    let close = after.firstIndex(where: { !$0.isHexDigit }), after[close] == ")"
  else { return name }
  let word = before[before.index(after: start)...]
  return before[..<start] + word + plainName(String(after[after.index(after: close)...]))
}
