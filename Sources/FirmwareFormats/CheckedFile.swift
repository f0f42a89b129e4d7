package import Primitives

/// A file whose CRC-32 is known, checked on the way by whoever reads all of it, in whatever order.
///
/// Reads go through as they are. The one that completes the file throws `damaged` if the checksum is wrong, so that a
/// copy from beginning to end fails instead of being wrong. From then on nothing is given before all of it has been
/// read once more and found right: the source may have been fetched anew, or the same reader tries again. If it is
/// wrong again nothing is given any more. Where the source may have other bytes than before another one is made.
package final class CheckedFile: HorizonReadable {
  private struct State {
    var checksum: IntervalChecksum
    var isWrong = false
    var rejection: Failure?
  }

  private static let pieceSize = 1 << 20

  private let source: any RandomReadable
  private let name: String
  private let crc32: UInt32
  private let state: Locked<State>
  /// One task at a time reads all of it again.
  private let recheck = AsyncMutex<Void>(())
  private let observer: (any OutputObserver)?
  private let whenComplete: @Sendable (Bool) -> Void

  /// - Parameters:
  ///   - name: what a failure calls the file.
  ///   - observer: sees the bytes that are read, in the order of the reads' ends.
  ///   - whenComplete: called when every byte has been read, with whether the checksum is right; of an empty file there is
  ///     nothing to read.
  package init(
    _ source: any RandomReadable, name: String, crc32: UInt32, observer: (any OutputObserver)? = nil,
    whenComplete: @escaping @Sendable (Bool) -> Void
  ) {
    self.source = source
    self.name = name
    self.crc32 = crc32
    self.observer = observer
    self.whenComplete = whenComplete
    state = Locked(State(checksum: IntervalChecksum(size: source.size)))
  }

  package var size: UInt64 { source.size }

  package func read(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    if let rejection = state.withLock({ $0.rejection }) { throw rejection }
    if state.withLock({ $0.isWrong }) { try await readAgain() }
    try await source.read(into: &destination, at: offset, horizon: horizon)
    try note(destination.bytes, at: offset)
  }

  package func readAtOnce(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) throws(Failure) -> Bool {
    try checkRange(at: offset, count: destination.byteCount)
    let (rejection, isWrong) = state.withLock { ($0.rejection, $0.isWrong) }
    if let rejection { throw rejection }
    guard !isWrong, try source.readAtOnce(into: &destination, at: offset, horizon: horizon) else {
      return false
    }
    try note(destination.bytes, at: offset)
    return true
  }

  /// Counts bytes that were read; throws `damaged` if they complete the file and its checksum is wrong.
  private func note(_ bytes: RawSpan, at offset: UInt64) throws(Failure) {
    observer?.decoded(bytes, at: offset)
    let range = offset..<offset + UInt64(bytes.byteCount)
    for gap in state.withLock({ $0.checksum.gaps(in: range) }) {
      // The lock is not held for as long as this takes: others read at the same time.
      let piece = bytes.extracting(Int(gap.lowerBound - offset)..<Int(gap.upperBound - offset))
      let sum = CRC32.update(0, with: piece)
      guard let whole = state.withLock({ $0.checksum.add(crc32: sum, of: gap) }) else { continue }
      try complete(with: whole)
    }
  }

  /// Reads all of it; throws `damaged` where it is still wrong.
  private func readAgain() async throws(Failure) {
    try await recheck.withLock { (_) async throws(Failure) in
      guard state.withLock({ $0.isWrong }) else { return }
      var piece = UniqueByteBlock(count: Int(min(UInt64(Self.pieceSize), size)))
      var sum: UInt32 = 0
      var offset: UInt64 = 0
      while offset < size {
        let count = Int(min(UInt64(piece.count), size - offset))
        sum = try await piece.withMutableBytesAsync { (bytes) async throws(Failure) in
          var target = bytes._mutatingExtracting(first: count)
          try await source.read(into: &target, at: offset)
          return CRC32.update(sum, with: target.bytes)
        }
        offset += UInt64(count)
        Progress.note()
      }
      try complete(with: sum)
    }
  }

  private func complete(with whole: UInt32) throws(Failure) {
    let failure = Failure(
      .damaged, "\(name) is damaged: the CRC-32 of its \(size) bytes is not the one that is stated.")
    state.withLock { state in
      if state.isWrong, whole != crc32 { state.rejection = failure }
      state.isWrong = whole != crc32
    }
    whenComplete(whole == crc32)
    guard whole == crc32 else { throw failure }
    observer?.verified()
  }
}
