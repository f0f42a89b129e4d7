import Primitives

/// What is known of the inside of one LZ4 file, shared by whoever passes its packed bytes and those who read it.
package final class LZ4Index: Sendable {
  private struct State {
    var scanner: LZ4Scanner
    var changes: UInt64 = 0
  }

  /// What a reader is to do next.
  enum Step {
    case found(block: Int, start: UInt64)
    case measure(block: Int)
    case prove(block: Int)
    /// Read these packed bytes and feed them, unless somebody has meanwhile.
    case walk(Range<UInt64>)
    /// There is nothing more to be found out.
    case ended
  }

  private let state: Locked<State>

  /// - Parameter size: of the packed file, in bytes.
  package convenience init(size: UInt64) { self.init(LZ4Scanner(size: size)) }

  package init(_ scanner: LZ4Scanner) { state = Locked(State(scanner: scanner)) }

  /// Of the packed file, in bytes.
  package var packedSize: UInt64 { state.withLock { $0.scanner.size } }

  /// Grows whenever something is learnt, so that an owner sees when to keep it anew.
  package var changes: UInt64 { state.withLock { $0.changes } }

  /// As of `LZ4Scanner`.
  package var serialized: [UInt8] { state.withLock { $0.scanner }.serialized }

  /// As of `LZ4Scanner`.
  package func blockStart(after packedOffset: UInt64) -> UInt64? {
    state.withLock { $0.scanner.blockStart(after: packedOffset) }
  }

  /// As of `LZ4Scanner`.
  package var wanted: Range<UInt64>? { state.withLock { $0.scanner.wanted } }

  /// As of `LZ4Scanner`.
  package func feed(_ bytes: RawSpan, at offset: UInt64) {
    state.withLock { state in
      let before = state.scanner.wanted
      state.scanner.feed(bytes, at: offset)
      if state.scanner.wanted != before { state.changes += 1 }
    }
  }

  /// Whether all frames that are known carry a checksum of their content or of its blocks.
  var hasChecksums: Bool {
    state.withLock { $0.scanner.table.frames.allSatisfy(\.header.hasChecksums) }
  }

  /// Plain bytes, as far as is known.
  var knownSize: UInt64 { state.withLock { $0.scanner.table.knownSize } }

  /// What is to be done until the plain bytes' number is known.
  ///
  /// - Parameter walksAll: whether to walk to the end even where the first frame tells its size.
  func stepTowardsSize(walksAll: Bool) throws(Failure) -> Step {
    try state.withLock { (state) throws(Failure) in
      if case .failed(let failure) = state.scanner.ending { throw failure }
      if let step = state.scanner.table.stepTowardsSize { return try Self.step(step, state.scanner) }
      return walksAll || state.scanner.table.frames.isEmpty ? try Self.step(.walk, state.scanner) : .ended
    }
  }

  /// What is to be done for a read of the plain byte at `offset`.
  func step(towards offset: UInt64, passesBytes: Bool) throws(Failure) -> Step {
    try state.withLock { (state) throws(Failure) in
      try Self.step(
        state.scanner.table.step(towards: offset, passesBytes: passesBytes), state.scanner)
    }
  }

  /// What is to be done after a block that may be its frame's last until that is known, and the checksum with it.
  func stepTowardsEnd(after block: Int) throws(Failure) -> Step {
    try state.withLock { (state) throws(Failure) in
      let frame = state.scanner.table.frames[state.scanner.table.frameIndex(of: block)]
      guard frame.end == nil, block == frame.blocksEnd - 1,
        frame.header.contentSize.map({ $0 == frame.content.size }) ?? true
      else { return .ended }
      return try Self.step(.walk, state.scanner)
    }
  }

  private static func step(_ step: LZ4Table.Step, _ scanner: LZ4Scanner) throws(Failure) -> Step {
    switch step {
    case .found(let block, let start): return .found(block: block, start: start)
    case .measure(let block): return .measure(block: block)
    case .prove(let block): return .prove(block: block)
    case .walk:
      if case .failed(let failure) = scanner.ending { throw failure }
      return scanner.wanted.map { .walk($0) } ?? .ended
    }
  }

  /// A known block and what is known of it.
  func job(_ block: Int) -> LZ4BlockJob {
    state.withLock { LZ4BlockJob(block, of: $0.scanner.table) }
  }

  /// The known block whose size field stands at this packed byte, and where its content begins.
  func block(at packedOffset: UInt64) -> (block: Int, contentStart: UInt64)? {
    state.withLock { state in
      let table = state.scanner.table
      let index = packedOffset == 0 ? 0 : table.firstBlock(after: packedOffset - 1)
      guard index < table.words.count, table.block(index).offset == packedOffset,
        let start = table.contentStart(of: index)
      else { return nil }
      return (index, start)
    }
  }

  /// As of `LZ4Table`; a last block's size may prove those of its frame.
  func measure(_ block: Int, size: Int) throws(Failure) {
    try state.withLock { (state) throws(Failure) in
      let index = state.scanner.table.frameIndex(of: block)
      let before = state.scanner.table.frames[index].content.blockCount
      try state.scanner.table.measure(block, size: size)
      if block == state.scanner.table.frames[index].blocksEnd - 1 {
        state.scanner.table.prove(frame: index, lastSize: size)
      }
      if state.scanner.table.frames[index].content.blockCount != before { state.changes += 1 }
    }
  }
}
