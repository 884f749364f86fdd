/// The candidate that a misspelt word most likely meant.
///
/// - Returns: The candidate with the smallest edit distance, upper and lower case being equal; `nil`
///   if none is closer than about a third of the word.
public func nearest(to word: String, among candidates: [String]) -> String? {
  let target = Array(word.lowercased())
  let ranked = candidates.map { ($0, editDistance(target, Array($0.lowercased()))) }
  guard let best = ranked.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }) else { return nil }
  return best.1 <= max(2, target.count / 3) ? best.0 : nil
}

/// The number of insertions, deletions and substitutions between two words (Levenshtein 1966).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for i in 0..<a.count {
    var diagonal = row[0]
    row[0] = i + 1
    for j in 0..<b.count {
      let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
