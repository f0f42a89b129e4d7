package import Primitives

/// Deflated content, readable at any offset.
///
/// Deflate can only be decoded from the beginning or from a checkpoint on. Every decoder takes checkpoints on its way,
/// so no place is decoded from the beginning twice; and a few decoders are kept open, each with its newest output:
///
/// ```
///  0                                                                     size
///  |.......^.......^......^....[kept]>                                      |   cursor that began at 0
///  |       ^  [kept]>                                                       |   cursor that began at a checkpoint ^
/// ```
/// A read inside kept output copies it. A read ahead of a cursor decodes forward, unless a checkpoint is much nearer.
/// Any other read starts a decoder at the nearest checkpoint before it. So several readers each go forward without
/// disturbing the others, and a reader whose requests come slightly out of order, as the kernel's read-ahead does, stays
/// with its cursor.
///
/// Checkpoints come from a store that may be damaged. One that is not as it was made is not used; where decoding fails
/// behind one, or comes to another checksum than the next one or the member itself has, all are removed, and the read begins
/// again without them; unless something of that has been given already, which may have been wrong too: then a read fails.
///
/// Decoders take turns of one chunk: of two reads that wait for the same cursor, the one with the smaller offset is
/// served on the way to the larger. The last chunk of all is delivered only if the checksum is right.
package final class DeflatedMember: HorizonReadable {
  /// How much memory one member may take, and how it is spent.
  package struct Limits: Sendable {
    /// Decoders open at a time.
    package let cursors: Int
    /// Bytes decoded in one turn.
    package let chunkSize: Int
    /// Chunks that each cursor keeps.
    package let keptChunks: Int
    /// Compressed bytes read at a time.
    package let inputSize: Int
    /// Plain bytes from one checkpoint to the next, about. Half as many as a mebibyte make a random read a third faster,
    /// and take a thousandth of the content.
    package let checkpointSpacing: UInt64

    package init(
      cursors: Int, chunkSize: Int, keptChunks: Int, inputSize: Int, checkpointSpacing: UInt64 = 512 << 10
    ) {
      precondition(cursors > 0 && chunkSize > 0 && keptChunks > 0 && inputSize > 0 && checkpointSpacing >= 8)
      self.cursors = cursors
      self.chunkSize = chunkSize
      self.keptChunks = keptChunks
      self.inputSize = inputSize
      self.checkpointSpacing = checkpointSpacing
    }

    /// 4 cursors that each keep 3.5 MiB: 17.2 MiB when all are in use and take checkpoints.
    package static let standard = Limits(
      cursors: 4, chunkSize: 128 << 10, keptChunks: 28, inputSize: 128 << 10)

    /// Bytes that one decoder takes at most, besides what its readers hold for a moment.
    var memoryOfEach: Int { (keptChunks + 1) * chunkSize + inputSize + SequentialInflater.memory }
  }

  /// Chunks that a read holds at a time.
  private static let heldChunks = 8

  private typealias Decoder = AsyncMutex<SequentialInflater>

  private let content: DeflatedContent
  private let limits: Limits
  let checkpoints: (any CheckpointStore)?
  private let observer: (any OutputObserver)?
  let budget: DecoderBudget?
  private let proof: DecodedProof
  /// Something was given that may have been wrong; whoever reads next is told.
  private let mistake = Locked<Failure?>(nil)
  let ahead: Locked<DecodeAhead>
  private let cursors: Locked<CursorTable<Decoder>>
  /// Signalled when a cursor may be given up and a read waits for that.
  private let vacancies = AsyncSemaphore(permits: 0)

  /// - Parameters:
  ///   - checkpoints: where those of this content are kept; without it none are taken.
  ///   - observer: sees all bytes that are decoded.
  ///   - budget: of the memory that the decoders of this member share with those of others.
  package init(
    _ content: DeflatedContent, limits: Limits = .standard, checkpoints: (any CheckpointStore)? = nil,
    observer: (any OutputObserver)? = nil, budget: DecoderBudget? = nil
  ) {
    self.content = content
    self.limits = limits
    self.checkpoints = checkpoints
    self.observer = observer
    self.budget = budget
    proof = DecodedProof(size: content.size)
    cursors = Locked(CursorTable(limits: limits))
    ahead = Locked(DecodeAhead(limits: limits))
  }

  package var size: UInt64 { content.size }

  /// Also throws `damaged` where the content cannot be decoded or is not what its size and checksum say, and whatever
  /// the compressed bytes' source throws.
  package func read(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    let end = offset + UInt64(destination.byteCount)
    goAhead(of: offset..<end, horizon)
    // The destination is touched as late as can be: a read that waits shares what it has with the cursors.
    var chunks: [Chunk] = []
    var (position, done) = (offset, 0)
    while position < end {
      let chunk = try await chunk(holding: position, horizon)
      chunks.append(chunk)
      position = chunk.start + UInt64(chunk.bytes.count)
      guard chunks.count == Self.heldChunks || position >= end else { continue }
      for chunk in chunks {
        let start = Int(offset + UInt64(done) - chunk.start)
        let count = min(chunk.bytes.count - start, destination.byteCount - done)
        let bytes = unsafe chunk.bytes.span.bytes.extracting(start..<start + count)
        destination.copyBytes(from: bytes, at: done)
        done += count
      }
      chunks.removeAll(keepingCapacity: true)
    }
  }

  /// Gives up the decoders and kept output that no read is using now; later reads start anew.
  package func releaseMemory() {
    cursors.withLock { $0.removeIdle() }
  }

  /// Bytes that its decoders take now, at most.
  var decoderMemory: Int { cursors.withLock { $0.openCount } * limits.memoryOfEach }

  private func chunk(holding offset: UInt64, _ horizon: UInt64?) async throws(Failure) -> Chunk {
    // After a checkpoint has proved wrong this read uses no other, so that it comes to an end.
    var usesCheckpoints = true
    while true {
      if let failure = mistake.withLock({ $0.take() }) { throw failure }
      switch try await attempt(offset, horizon, usesCheckpoints: usesCheckpoints) {
      case .chunk(let chunk): return chunk
      case .past: continue
      case .misled: usesCheckpoints = false
      case .busy: try await vacancies.wait()
      }
    }
  }

  /// Looks for the chunk that holds the byte at `offset`, or decodes up to it.
  ///
  /// - Parameter staysClose: see `CursorTable.request`.
  func attempt(
    _ offset: UInt64, _ horizon: UInt64?, usesCheckpoints: Bool = true, staysClose: Bool = true
  ) async throws(Failure) -> Outcome {
    let checkpoint = usesCheckpoints ? checkpoints?.position(atOrBefore: offset) : nil
    var hasBegun = false
    let (answer, wakesOne) = cursors.withLock { table in
      let answer = table.request(offset, checkpoint: checkpoint, staysClose: staysClose) { start in
        hasBegun = true
        return decoder(from: start)
      }
      return (answer, table.wakesOne())
    }
    if wakesOne { vacancies.signal() }
    if hasBegun { budget?.began(self) }
    switch answer {
    case .kept(let chunk): return .chunk(chunk)
    case .damaged(let failure): throw failure
    case .decode(let claim):
      defer { release(claim) }
      return try await decode(claim, to: offset, horizon)
    case .busy: return .busy
    }
  }

  private func decoder(from start: UInt64) -> Decoder {
    Decoder(
      SequentialInflater(
        of: content, limits: limits, from: start, checkpoints: checkpoints, observer: observer, proof: proof))
  }

  /// What came of looking for a chunk.
  enum Outcome {
    case chunk(Chunk)
    /// The cursor went past the wanted byte meanwhile.
    case past
    /// The checkpoint that the cursor began at is of no use.
    case misled
    /// All cursors are in use.
    case busy
  }

  /// Takes turns at the cursor until the chunk is there.
  private func decode(
    _ claim: CursorTable<Decoder>.Claim, to offset: UInt64, _ horizon: UInt64?
  ) async throws(Failure) -> Outcome {
    while true {
      let outcome: Outcome? = try await claim.decoder.withLock { (inflater) async throws(Failure) in
        switch cursors.withLock({ $0.progress(of: claim, towards: offset) }) {
        case .kept(let chunk): return .chunk(chunk)
        case .damaged(let failure): throw failure
        case .past: return .past
        case .before: return try await advance(&inflater, of: claim, horizon) ? nil : .misled
        }
      }
      if let outcome { return outcome }
      Progress.note()
    }
  }

  /// Decodes the next chunk; false where the checkpoint that the cursor began at is of no use.
  private func advance(
    _ inflater: inout SequentialInflater, of claim: CursorTable<Decoder>.Claim, _ horizon: UInt64?
  ) async throws(Failure) -> Bool {
    do {
      let chunk = try await inflater.nextChunk(horizon: horizon)
      let spare = cursors.withLock { $0.append(chunk, of: claim) }
      if let spare { inflater.reuse(spare) }
      return true
    } catch {
      guard inflater.isBroken else { throw error }
      guard inflater.start == 0 else {
        if inflater.hasGiven { mistake.withLock { $0 = error } }
        cursors.withLock { $0.abandon(claim) }
        return false
      }
      cursors.withLock { $0.fail(claim, error) }
      throw error
    }
  }

  private func release(_ claim: CursorTable<Decoder>.Claim) {
    let wakesOne = cursors.withLock { table in
      table.release(claim)
      return table.wakesOne()
    }
    if wakesOne { vacancies.signal() }
  }
}
