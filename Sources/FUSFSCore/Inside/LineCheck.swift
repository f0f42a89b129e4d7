import FirmwareFormats
import Primitives

/// Checks the MD5 lines at a tar.md5's end on the way of whoever reads all of it, and keeps what it finds.
///
/// Nothing is said of bytes that do not have the member's CRC-32: those are damaged, not published so.
final class LineCheck: Sendable {
  private let knowledge: MemberKnowledge
  private let entry: ZIPArchive.Entry
  private let log: Log
  private let hasLines: Bool
  /// Nil when there is nothing left to check.
  private let checksums: Locked<RunningChecksums?>

  init(of entry: ZIPArchive.Entry, _ knowledge: MemberKnowledge, log: Log) {
    self.knowledge = knowledge
    self.entry = entry
    self.log = log
    hasLines = entry.name.hasSuffix(TarChecksum.nameSuffix)
    checksums = Locked(hasLines && knowledge.areLinesRight == nil ? Self.beginning(of: entry) : nil)
  }

  private static func beginning(of entry: ZIPArchive.Entry) -> RunningChecksums {
    RunningChecksums(size: entry.uncompressedSize, hasLines: true)
  }

  /// Takes a piece of the member; what was not read in order is passed over.
  func feed(_ bytes: RawSpan, at offset: UInt64) {
    let found = checksums.withLock { checksums -> (crc32: UInt32, wrong: [UInt64])? in
      checksums?.update(bytes, at: offset)
      guard checksums?.isComplete == true, var whole = checksums.take() else { return nil }
      return (whole.crc32, whole.finishLines().wrong)
    }
    guard let found, found.crc32 == entry.crc32 else { return }
    knowledge.keep(areLinesRight: found.wrong.isEmpty)
    for place in found.wrong {
      log.write(
        .warning,
        "\(entry.name): \(TarChecksum.words(forWrongLineAfter: place)); it was published so."
      )
    }
  }

  /// The bytes so far were damaged.
  func removeAll() {
    guard hasLines else { return }
    checksums.withLock { $0 = Self.beginning(of: entry) }
    knowledge.keep(areLinesRight: nil)
  }
}
