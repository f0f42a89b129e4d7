import Primitives

// Decoding ahead of a reader.
extension DeflatedMember {
  /// Notes a read, and begins what is worth to be decoded before the next.
  func goAhead(of read: Range<UInt64>, _ horizon: UInt64?) {
    guard let executor = budget?.executor else { return }
    ahead.withLock { $0.note(read) }
    goOn(upTo: min(size, horizon ?? size), horizon, on: executor)
  }

  private func goOn(upTo limit: UInt64, _ horizon: UInt64?, on executor: any TaskExecutor) {
    while let piece = nextPiece(upTo: limit) {
      // It belongs to no reader: whoever waits for its bytes takes turns with it, and meets its failure by himself.
      Task.detached(executorPreference: executor) { [self] in
        let isDecoded = (try? await decode(piece, horizon)) == true
        ahead.withLock { $0.ended() }
        if isDecoded { goOn(upTo: limit, horizon, on: executor) }
      }
    }
  }

  private func nextPiece(upTo limit: UInt64) -> DecodeAhead.Piece? {
    ahead.withLock { $0.begin(upTo: limit) { checkpoints?.position(atOrBefore: $0) } }
  }

  /// Whether all of it could be decoded.
  private func decode(_ piece: DecodeAhead.Piece, _ horizon: UInt64?) async throws(Failure) -> Bool {
    var position = piece.range.lowerBound
    while position < piece.range.upperBound {
      let isFirst = position == piece.range.lowerBound
      let staysClose = !isFirst || !piece.beginsAtCheckpoint
      guard case .chunk(let found) = try await attempt(position, horizon, staysClose: staysClose) else {
        return false
      }
      position = found.start + UInt64(found.bytes.count)
    }
    return true
  }
}
