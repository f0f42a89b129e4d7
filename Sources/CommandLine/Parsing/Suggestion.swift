/// ` (did you mean --memory?)`, or nothing where no known word is near.
func suggestion(for word: String, among known: [String], prefix: String = "") -> String {
  guard let nearest = nearestWord(to: word, among: known) else { return "" }
  return " (did you mean \(prefix)\(nearest)?)"
}

/// The known word with the fewest changes to `word`, if those are few for its length.
func nearestWord(to word: String, among known: [String]) -> String? {
  let word = Array(word.lowercased().utf8)
  guard word.count <= 64 else { return nil }
  let nearest = known.map { (name: $0, changes: changes(from: word, to: Array($0.utf8))) }
    .min { $0.changes < $1.changes }
  guard let nearest, nearest.changes <= max(1, word.count / 3) else { return nil }
  return nearest.name
}

/// How many bytes to insert, remove, replace or swap with their neighbour (optimal string alignment distance).
private func changes(from source: [UInt8], to target: [UInt8]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...target.count)
  for row in source.indices {
    var current = [row + 1]
    for column in target.indices {
      let isSame = source[row] == target[column]
      var best = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (isSame ? 0 : 1))
      if row > 0, column > 0, source[row] == target[column - 1], source[row - 1] == target[column] {
        best = min(best, beforePrevious[column - 1] + 1)
      }
      current.append(best)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[target.count]
}
