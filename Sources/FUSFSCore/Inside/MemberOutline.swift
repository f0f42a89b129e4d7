import FirmwareFormats
import Primitives

/// What is known of a tar inside a member: its entries so far, and the blocks of those that are LZ4 files.
///
/// It learns from whoever passes: each chunk that is decoded, for whatever reader, is shown to it, and it takes the
/// headers out. Whoever wants to know more reads what is `wanted` and feeds it. What it learns is kept now and then,
/// and when `keep()` is called, so that a pass that is broken off leaves it.
final class MemberOutline: OutputObserver {
  private struct State {
    var tar: TarScanner
    var names = TarPaths()
    /// By the place of the entry's data.
    var blocks: [UInt64: LZ4Index] = [:]
    var keptEntries = 0
    var keptEnding = false
    var keptBlocks: [UInt64: UInt64] = [:]
    var loggedProblems = 0
    var unkeptBytes = 0
    var lastKept = SuspendingClock.now
  }

  private static let keepEvery = Duration.seconds(2)
  /// Bytes that pass between two looks at the clock.
  private static let lookEvery = 4 << 20

  private let knowledge: MemberKnowledge
  private let lines: LineCheck
  private let log: Log
  private let state: Locked<State>

  init(of entry: ZIPArchive.Entry, _ knowledge: MemberKnowledge, log: Log) {
    self.knowledge = knowledge
    lines = LineCheck(of: entry, knowledge, log: log)
    let size = entry.uncompressedSize
    self.log = log
    let kept = knowledge.fact(.tar).flatMap { TarScanner(serialized: $0, size: size) }
    var state = State(tar: kept ?? TarScanner(size: size))
    state.names.add(state.tar.entries[...])
    state.keptEntries = state.tar.entries.count
    state.keptEnding = state.tar.ending != nil
    state.loggedProblems = state.tar.problems.count
    self.state = Locked(state)
  }

  // MARK: What is known

  /// The bytes that tell more about the entries; nil when all are known.
  var wanted: Range<UInt64>? { state.withLock { $0.tar.wanted } }

  /// How the tar ends, once that is known.
  var ending: TarScanner.Ending? { state.withLock { $0.tar.ending } }

  var entryCount: Int { state.withLock { $0.tar.entries.count } }

  /// The entry at this place in the order in which they were found; nil beyond the last that is known.
  func entry(at index: Int) -> TarEntry? {
    state.withLock { $0.tar.entries.indices.contains(index) ? $0.tar.entries[index] : nil }
  }

  func entry(withDataAt offset: UInt64) -> TarEntry? {
    state.withLock { $0.tar.entries.first { $0.dataOffset == offset && $0.kind == .file } }
  }

  func place(ofPath path: [String]) -> TarPaths.Place? { state.withLock { $0.names.place(of: path) } }

  /// The blocks of an entry that is an LZ4 file.
  func blocks(of entry: TarEntry) -> LZ4Index {
    if let index = state.withLock({ $0.blocks[entry.dataOffset] }) { return index }
    let kept = knowledge.fact(.lz4, ofEntry: entry.pathName)
    let scanner = kept.flatMap { LZ4Scanner(serialized: $0, size: entry.size) }
    let index = scanner.map { LZ4Index($0) } ?? LZ4Index(size: entry.size)
    return state.withLock { state in
      if let first = state.blocks[entry.dataOffset] { return first }
      state.blocks[entry.dataOffset] = index
      state.keptBlocks[entry.dataOffset] = index.changes
      return index
    }
  }

  // MARK: Learning

  func feed(_ bytes: RawSpan, at offset: UInt64) {
    let problems = state.withLock { state -> ArraySlice<String> in
      let known = state.tar.entries.count
      state.tar.feed(bytes, at: offset)
      state.names.add(state.tar.entries[known...])
      defer { state.loggedProblems = state.tar.problems.count }
      return state.tar.problems[min(state.loggedProblems, state.tar.problems.count)...]
    }
    for problem in problems { log.write(.warning, "\(knowledge.member): \(problem)") }
  }

  func decoded(_ bytes: RawSpan, at offset: UInt64) {
    feed(bytes, at: offset)
    lines.feed(bytes, at: offset)
    let end = offset + UInt64(bytes.byteCount)
    for entry in state.withLock({ $0.tar.packedEntries(overlapping: offset..<end) }) {
      let start = max(offset, entry.dataOffset)
      let part = bytes.extracting(Int(start - offset)..<Int(min(end, entry.dataOffset + entry.size) - offset))
      blocks(of: entry).feed(part, at: start - entry.dataOffset)
    }
    let isDue = state.withLock { state in
      state.unkeptBytes += bytes.byteCount
      guard state.unkeptBytes >= Self.lookEvery else { return false }
      state.unkeptBytes = 0
      return SuspendingClock.now - state.lastKept >= Self.keepEvery
    }
    if isDue { keep() }
  }

  /// The next LZ4 block, or the next entry, after the offset.
  func boundary(after offset: UInt64) -> UInt64? {
    state.withLock { state in
      guard let entry = state.tar.packedEntry(reachingBeyond: offset) else { return nil }
      guard offset >= entry.dataOffset else { return entry.dataOffset }
      return state.blocks[entry.dataOffset]?.blockStart(after: offset - entry.dataOffset)
        .map { entry.dataOffset + $0 }
    }
  }

  func verified() { knowledge.keep(isVerified: true) }

  /// Keeps what was learnt since the last time.
  func keep() {
    // With the lock held throughout, so that nothing is kept after `removeAll` that was learnt before it.
    state.withLock { state in
      state.lastKept = .now
      // That the tar is damaged is kept only if that is how it was published.
      let isCertain = if case .damaged = state.tar.ending { knowledge.isVerified == true } else { true }
      if isCertain,
        state.tar.entries.count != state.keptEntries || (state.tar.ending != nil) != state.keptEnding
      {
        knowledge.keep(.tar, state.tar.serialized)
        state.keptEntries = state.tar.entries.count
        state.keptEnding = state.tar.ending != nil
      }
      for entry in state.tar.entries {
        guard let index = state.blocks[entry.dataOffset] else { continue }
        let changes = index.changes
        guard state.keptBlocks.updateValue(changes, forKey: entry.dataOffset) != changes else { continue }
        knowledge.keep(.lz4, ofEntry: entry.pathName, index.serialized)
      }
    }
  }

  /// Forgets the tar, here and in the cache: the bytes that it came from were damaged. Gives the files that may be
  /// images or packed, of which more may be kept.
  func removeAll(size: UInt64) -> [TarEntry] {
    let entries = state.withLock { state in
      defer { state = State(tar: TarScanner(size: size)) }
      return state.tar.entries
    }
    lines.removeAll()
    knowledge.keep(.tar, nil)
    knowledge.keep(isVerified: nil)
    return entries.filter { $0.isPacked || $0.isImage }
  }
}

extension TarEntry {
  /// `meta-data/fota.zip`
  var pathName: String { path.joined(separator: "/") }

  var isPacked: Bool { kind == .file && path.last.flatMap(InnerNames.unpacked) != nil }

  /// Whether it is an image by its name, packed or not.
  var isImage: Bool { kind == .file && path.last.flatMap(InnerNames.imageStem) != nil }
}

extension TarScanner {
  /// The first packed entry whose data ends after the offset.
  fileprivate func packedEntry(reachingBeyond offset: UInt64) -> TarEntry? {
    entries[firstIndex(endingAfter: offset)...].first(where: \.isPacked)
  }

  fileprivate func packedEntries(overlapping range: Range<UInt64>) -> [TarEntry] {
    entries[firstIndex(endingAfter: range.lowerBound)...].prefix { $0.dataOffset < range.upperBound }
      .filter(\.isPacked)
  }

  /// Entries lie in the order of their data.
  private func firstIndex(endingAfter offset: UInt64) -> Int {
    entries.partitionPoint { $0.dataOffset + $0.size <= offset }
  }
}
