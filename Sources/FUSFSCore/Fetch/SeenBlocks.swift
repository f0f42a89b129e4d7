/// What the blocks of a binary were when bytes of them first came to this mount, from the server or from the cache. What
/// comes later must be the same, so that whoever has read some of a file goes on with the same bytes. Pure.
///
/// ```
///  block  ├─ piece ─┼─ piece ─┼ … ┼─ piece ─┤   each with its CRC-32
///         ├─ beginning: these ┤                 given while the rest was on its way
///         ├─ whole: the CRC-32 of all of these ─┤
/// ```
/// A block that differs is refused. Which of the two was damaged on its way cannot be told of them; but damage does not
/// come twice the same: what comes so again is what the block is.
struct SeenBlocks {
  /// What is to be done with a block that has come.
  enum Verdict {
    /// It is what it was, or the first of its place.
    case same
    /// It is not to be given.
    case refused
    /// It is to be given, but not to those who have been given the other.
    case changed
  }

  /// How often blocks were forgotten or have changed: what is given from then on may not fit to what was given before.
  private(set) var changes = 0
  private let count: UInt32
  private var whole: BlockSet
  /// Of the checksums of each whole block; none before the first.
  private var digests: [UInt32] = []
  /// Of blocks that did not come whole.
  private var beginnings: [UInt32: PieceChecksums] = [:]
  /// The digests of blocks that were refused.
  private var refused: [UInt32: UInt32] = [:]

  /// Of blocks below `count`.
  init(count: UInt32) {
    self.count = count
    whole = BlockSet(count: count)
  }

  /// What a block is that has come, by the checksums of its pieces.
  ///
  /// - Parameter isFirmly: whether it would be believed if it came so once more, as what others have put into the cache is
  ///   not where the server can be asked.
  mutating func admit(_ checksums: PieceChecksums, at index: UInt32, isFirmly: Bool = true) -> Verdict {
    guard index < count else { return .same }
    let digest = checksums.digest
    let isSame =
      if whole.contains(index) {
        digests[Int(index)] == digest
      } else {
        beginnings[index].map(checksums.begin(with:)) ?? true
      }
    guard isSame || isFirmly && refused[index] == digest else {
      refused[index] = digest
      return .refused
    }
    if !isSame { changes += 1 }
    (beginnings[index], refused[index]) = (nil, nil)
    if digests.isEmpty { digests = Array(repeating: 0, count: Int(count)) }
    digests[Int(index)] = digest
    whole.insert(index)
    return isSame ? .same : .changed
  }

  /// Whether what has come of a block, in whole pieces, may be given: not of one of which all was seen before, which cannot
  /// be compared until it is whole again.
  mutating func admit(beginning: PieceChecksums, at index: UInt32) -> Bool {
    guard isBeginningWanted(at: index) else { return false }
    if let seen = beginnings[index] {
      if seen.begin(with: beginning) { return true }
      guard beginning.begin(with: seen) else { return false }
    }
    beginnings[index] = beginning
    return true
  }

  func isBeginningWanted(at index: UInt32) -> Bool { index < count && !whole.contains(index) }

  /// Whatever comes of these blocks is taken for what they are.
  mutating func forget(_ blocks: Range<UInt32>) {
    changes += 1
    for index in blocks {
      whole.remove(index)
      (beginnings[index], refused[index]) = (nil, nil)
    }
  }

  /// What was made of blocks before they have changed was still to be had for a moment.
  mutating func noteChange() { changes += 1 }

  /// From the first of these blocks of which nothing was seen to the last; nil if something was of each.
  func unseen(in blocks: Range<UInt32>) -> Range<UInt32>? {
    func isUnseen(_ index: UInt32) -> Bool { !whole.contains(index) && beginnings[index] == nil }
    guard let first = blocks.first(where: isUnseen), let last = blocks.last(where: isUnseen) else {
      return nil
    }
    return first..<last + 1
  }
}
