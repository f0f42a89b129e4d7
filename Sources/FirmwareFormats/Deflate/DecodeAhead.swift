/// What is decoded before the one who reads a member in a row asks for it. Pure: places in, pieces to decode out.
///
/// ```
///       next      begun
///  ─read──▼── piece ─┼── piece ──▼       ^ checkpoints: each piece ends at one, where the next begins by itself
///  ███████▒▒▒▒▒▒▒▒▒▒▒^▒▒▒▒▒▒▒▒▒▒▒^
/// ```
/// So two cores decode for one reader. Where no checkpoint is kept yet the pieces follow each other on the reader's own
/// decoder, which then does not wait for him. Of several readers of one member none is served so: they would take the
/// decoders from each other.
struct DecodeAhead {
  struct Piece: Equatable {
    let range: Range<UInt64>
    /// Where it is decoded from: the checkpoint at its beginning, or wherever a decoder stands.
    let beginsAtCheckpoint: Bool
  }

  /// Bytes of a piece, about.
  private let pieceSize: UInt64
  /// Bytes in a row after which a reader is believed to go on.
  private let patience: UInt64
  /// How many are decoded at a time.
  let pieces: Int
  /// How far from `next` a read may begin and still be of the row: requests in flight at once arrive unordered.
  private let slack: UInt64

  /// Where the reader's next request is expected, and how much he has read in a row.
  private var next: UInt64 = 0
  private var row: UInt64 = 0
  /// All up to here is decoded or begun.
  private var begun: UInt64 = 0
  private var underWay = 0
  /// Whether `begun` is a checkpoint's place.
  private var isAtCheckpoint = false

  /// A decoder keeps all of its piece; of the decoders one is left for the piece that is being read, and one for others.
  init(limits: DeflatedMember.Limits) {
    pieceSize = UInt64(limits.chunkSize * min(limits.keptChunks, 8))
    patience = 4 * pieceSize
    slack = 2 * pieceSize
    pieces = min(2, max(0, limits.cursors - 2))
  }

  /// Notes a read.
  mutating func note(_ read: Range<UInt64>) {
    let latest = next.addingReportingOverflow(slack)
    let isInRow =
      read.lowerBound >= next - min(slack, next)
      && (latest.overflow || read.lowerBound <= latest.partialValue)
    guard isInRow else {
      (next, row, begun, isAtCheckpoint) = (read.upperBound, 0, 0, false)
      return
    }
    guard read.upperBound > next else { return }
    row += read.upperBound - next
    next = read.upperBound
  }

  /// The next piece to decode, if one is due; `ended` is to be called for it.
  ///
  /// - Parameters:
  ///   - limit: where the content or the reader's interest ends.
  ///   - checkpoint: the last place at or before another one where a decoder can begin.
  mutating func begin(upTo limit: UInt64, checkpoint: (UInt64) -> UInt64?) -> Piece? {
    guard row >= patience, underWay < pieces else { return nil }
    if begun < next { (begun, isAtCheckpoint) = (next, false) }
    guard begun < limit, begun - next < UInt64(pieces) * pieceSize else { return nil }
    // One that does not begin by itself waits for the one before.
    guard isAtCheckpoint || underWay == 0 else { return nil }
    let wanted = begun + min(pieceSize, limit - begun)
    let end = checkpoint(wanted).flatMap { $0 > begun ? $0 : nil }
    let piece = Piece(
      range: begun..<(wanted == limit ? limit : end ?? wanted), beginsAtCheckpoint: isAtCheckpoint)
    (begun, isAtCheckpoint) = (piece.range.upperBound, end != nil && wanted != limit)
    underWay += 1
    return piece
  }

  /// A piece is decoded, or cannot be.
  mutating func ended() { underWay -= 1 }
}
