/// Sentences about what is left out of a listing: so many at most, and one that counts the rest.
struct Omissions: Sendable, Equatable {
  let most: Int
  /// For the first that were left out.
  private(set) var sentences: [String]
  /// Left out without a sentence.
  private(set) var further: Int

  init(most: Int, sentences: [String] = [], further: Int = 0) {
    self.most = most
    self.sentences = sentences
    self.further = further
  }

  mutating func add(_ sentence: @autoclosure () -> String) {
    if sentences.count < most { sentences.append(sentence()) } else { further += 1 }
  }

  /// - Parameter what: whatever is left out, in the plural.
  func told(of what: String) -> [String] {
    further > 0 ? sentences + ["\(further) more \(what) are left out."] : sentences
  }
}
