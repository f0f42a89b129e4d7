import FirmwareFormats
import FoundationEssentials
import Primitives

/// What the cache keeps of a member beside its bytes: each a fact of the binary, so that a later mount begins with it.
///
/// ```
/// tar/MEMBER           the entries found, and where to go on
/// shapes/MEMBER        what the entries hold
/// lz4/MEMBER/ENTRY     an LZ4 file's blocks
/// sparse/MEMBER/ENTRY  a sparse image's chunks
/// verified/MEMBER      whether its checksum was right when all of it was read
/// lines/MEMBER         whether its MD5 lines were, likewise
/// verified/MEMBER/PATH a file inside was found wrong though the member is right
/// ```
struct MemberKnowledge: Sendable {
  let member: String
  private let binary: BinaryID
  private let cache: BlockCache

  enum Kind: String {
    case tar, shapes, lz4, sparse, verified, lines
  }

  init(of member: String, in binary: BinaryID, cache: BlockCache) {
    self.member = member
    self.binary = binary
    self.cache = cache
  }

  /// The checkpoints of the member's deflate stream, or of an entry's linked LZ4 blocks.
  func checkpoints(ofEntry entry: String? = nil) -> StreamCheckpoints {
    cache.checkpoints(of: binary, stream: name(entry))
  }

  func fact(_ kind: Kind, ofEntry entry: String? = nil) -> [UInt8]? {
    cache.fact("\(kind)/\(name(entry))", of: binary)
  }

  func keep(_ kind: Kind, ofEntry entry: String? = nil, _ bytes: [UInt8]?) {
    cache.setFact("\(kind)/\(name(entry))", of: binary, to: bytes)
  }

  private func name(_ entry: String?) -> String { entry.map { "\(member)/\($0)" } ?? member }

  // MARK: Typed

  var shapes: [String: EntryShape] {
    guard let bytes = fact(.shapes) else { return [:] }
    return (try? JSONDecoder().decode([String: EntryShape].self, from: Data(bytes))) ?? [:]
  }

  func keep(_ shapes: [String: EntryShape]) {
    guard let data = try? JSONEncoder().encode(shapes) else { return }
    keep(.shapes, Array(data))
  }

  /// Whether its checksum was right; nil where all of it has never been read.
  var isVerified: Bool? { verdict(.verified) }

  func keep(isVerified: Bool?) { keep(.verified, verdict: isVerified) }

  /// Whether its MD5 lines were right, as are none; nil where it has never been read from beginning to end.
  var areLinesRight: Bool? { verdict(.lines) }

  func keep(areLinesRight: Bool?) { keep(.lines, verdict: areLinesRight) }

  /// Whether all checksums of it that were met were right.
  var isRight: Bool? { areLinesRight == false ? false : isVerified }

  private func verdict(_ kind: Kind) -> Bool? { fact(kind).map { $0 == [1] } }

  private func keep(_ kind: Kind, verdict: Bool?) { keep(kind, verdict.map { $0 ? [1] : [0] }) }
}
