import Primitives

/// Deflated content being decoded from its beginning or a checkpoint to its end, a chunk at a time, its checksum with it.
struct SequentialInflater: ~Copyable, Sendable {
  /// Bytes that it takes at most, besides its input and its chunk.
  static let memory = InflateStream.memory + InflateStream.windowSize + CheckpointRecorder.memory

  /// Where it begins in the plain bytes: a checkpoint's place, or 0.
  let start: UInt64
  private let content: DeflatedContent
  private let chunkSize: Int
  private let store: (any CheckpointStore)?
  private let observer: (any OutputObserver)?
  private let proof: DecodedProof
  private var recorder: CheckpointRecorder?
  private var reader: InflateReader
  private var hasBegun: Bool
  /// The chunk that is being filled; when the source fails it stays, to be gone on with.
  private var chunk: [UInt8] = []
  private var filled = 0
  /// The last 32 KiB before the chunk, or all if there are less; only where checkpoints are taken.
  private var history: [UInt8] = []
  /// Of all plain bytes before the chunk's byte `summed`.
  private var checksum: UInt32 = 0
  private var summed = 0
  /// Of all plain bytes before the chunk.
  private var checksumBefore: UInt32 = 0
  /// All from `start` to here agrees with a checkpoint there.
  private var agreed: UInt64
  /// Whether it has given a chunk.
  private(set) var hasGiven = false
  /// There is nothing more to be had: the content is damaged at the next chunk, or the checkpoint was of no use.
  private(set) var isBroken = false

  init(
    of content: DeflatedContent, limits: DeflatedMember.Limits, from start: UInt64 = 0,
    checkpoints: (any CheckpointStore)? = nil, observer: (any OutputObserver)? = nil, proof: DecodedProof
  ) {
    self.start = start
    self.proof = proof
    agreed = start
    self.content = content
    self.observer = observer
    chunkSize = limits.chunkSize
    store = checkpoints
    recorder = checkpoints.map {
      CheckpointRecorder(
        of: content, spacing: limits.checkpointSpacing, store: $0, observer: observer, from: start)
    }
    reader = InflateReader(of: content, inputSize: limits.inputSize)
    hasBegun = start == 0
  }

  /// The next `chunkSize` bytes, fewer at the end; not to be called at the content's end.
  ///
  /// Throws `damaged`, and is broken after that. A chunk with a checkpoint's place in it is given only if the checksum of
  /// all before that is the checkpoint's; the last one only if the stream ends with it and the checksum of all is right.
  /// What the source throws is thrown on, and the call may be repeated. If it has begun at a checkpoint, that or the
  /// content may be what is damaged; the checkpoints are removed then.
  ///
  /// - Parameter horizon: the plain byte at which the reader's interest ends.
  mutating func nextChunk(horizon: UInt64? = nil) async throws(Failure) -> [UInt8] {
    do {
      if !hasBegun { try begin() }
      return try await decodeChunk(horizon)
    } catch {
      if isBroken, hasBegun, start > 0 { store?.removeAll() }
      throw error
    }
  }

  /// Memory to use for the next chunk.
  mutating func reuse(_ spare: consuming [UInt8]) {
    if filled == 0 { chunk = spare }
  }

  /// Loads the checkpoint, unless it is no longer kept.
  private mutating func begin() throws(Failure) {
    isBroken = true
    guard let checkpoint = store?.checkpoint(atOrBefore: start), checkpoint.output == start else {
      throw content.damaged("its checkpoint at byte \(start) is lost.")
    }
    hasBegun = true
    guard let window = PackedWindow.unpack(checkpoint, of: content) else {
      throw content.damaged("its checkpoint at byte \(start) is not as it was made.")
    }
    reader.begin(at: checkpoint, window: window)
    history = window
    checksum = checkpoint.crc32
    checksumBefore = checksum
    isBroken = false
  }

  private mutating func decodeChunk(_ horizon: UInt64?) async throws(Failure) -> [UInt8] {
    let first = reader.produced - UInt64(filled)
    let count = Int(min(UInt64(chunkSize), content.size - first))
    if chunk.count != count { chunk = [UInt8](repeating: 0, count: count) }
    recorder?.update(at: reader.produced)
    let known = store?.position(atOrBefore: first + UInt64(count))
    while filled < count {
      try await reader.fill(upTo: horizon)
      try decode()
    }
    if let known, known > first { try compare(at: known, in: first) }
    sum()
    let isLast = first + UInt64(count) == content.size
    if isLast { try await checkEnd() }
    if recorder != nil { history = window() }
    (filled, summed, checksumBefore) = (0, 0, checksum)
    let decoded = exchange(&chunk, with: [])
    hasGiven = true
    unsafe observer?.decoded(decoded.span.bytes, at: first)
    if let kept = recorder?.lastKept, kept > agreed { agree(upTo: kept) }
    if isLast { agree(upTo: content.size) }
    return decoded
  }

  /// Compares with the checkpoint that stands in the chunk that begins at `first`.
  ///
  /// Where all is decoded from the beginning the end will tell whether the content is damaged: then the checkpoints go.
  private mutating func compare(at place: UInt64, in first: UInt64) throws(Failure) {
    guard let checkpoint = store?.checkpoint(atOrBefore: place), checkpoint.output == place else { return }
    let checksum = unsafe CRC32.update(
      checksumBefore, with: chunk.span.bytes.extracting(0..<Int(place - first)))
    guard checksum != checkpoint.crc32 else { return agree(upTo: place) }
    store?.removeAll()
    guard start > 0 else { return }
    isBroken = true
    throw content.damaged("its bytes before \(place) are not those that a checkpoint was made of.")
  }

  private mutating func agree(upTo place: UInt64) {
    if proof.add(agreed..<place) { observer?.verified() }
    agreed = place
  }

  private mutating func decode() throws(Failure) {
    isBroken = true
    guard !reader.isFinished else {
      throw content.damaged("it ends at byte \(reader.produced) of \(content.size).")
    }
    let lookout = recorder?.lookout ?? .max
    let isLookingOut = reader.produced >= lookout
    let ahead = isLookingOut ? .max : Int(clamping: lookout - reader.produced)
    let end = filled + min(chunk.count - filled, ahead)
    let step = try reader.decode(into: &chunk, filled..<end, stopping: isLookingOut)
    filled += step.produced
    recorder?.follow(step, of: reader)
    if reader.isAtBlockStart { passBlockStart() }
    recorder?.settle(reader)
    isBroken = false
  }

  private mutating func passBlockStart() {
    sum()
    let window = window()
    recorder?.reached(reader, crc32: checksum, window: window)
    unsafe reader.goOn(after: window.span.bytes)
  }

  /// The last 32 KiB up to where the reader stands, or all if there are less.
  private func window() -> [UInt8] {
    let newest = chunk[..<filled].suffix(InflateStream.windowSize)
    return history.suffix(InflateStream.windowSize - newest.count) + newest
  }

  private mutating func sum() {
    checksum = unsafe CRC32.update(checksum, with: chunk.span.bytes.extracting(summed..<filled))
    summed = filled
  }

  /// Makes sure that the stream ends where the content does, and that its checksum is right.
  private mutating func checkEnd() async throws(Failure) {
    var beyond: [UInt8] = [0]
    while !reader.isFinished {
      try await reader.fill()
      isBroken = true
      guard try reader.decode(into: &beyond, 0..<1, stopping: false).produced == 0 else {
        throw content.damaged("it goes on beyond the \(content.size) bytes that it should have.")
      }
      if reader.isAtBlockStart { passBlockStart() }
      isBroken = false
    }
    recorder?.settle(reader)
    guard checksum == content.crc32 else {
      isBroken = true
      throw content.damaged(
        "the checksum of its \(content.size) bytes is \(CRC32.digits(checksum)), not \(CRC32.digits(content.crc32))."
      )
    }
  }
}
