package import Primitives

/// Deflated content, readable at any offset.
///
/// Deflate can only be decoded from the beginning on, so a few decoders are kept open, each with its newest output:
///
/// ```
///  0                                                                     size
///  |...........................[kept]>                                      |   cursor of one reader
///  |......[kept]>                                                           |   cursor of another
/// ```
/// A read inside kept output copies it. A read ahead of a cursor decodes forward. A read behind all of them starts a
/// decoder at the beginning. So several readers each go forward without disturbing the others, and a reader whose
/// requests come slightly out of order, as the kernel's read-ahead does, stays with its cursor.
///
/// Decoders take turns of one chunk: of two reads that wait for the same cursor, the one with the smaller offset is
/// served on the way to the larger. The last chunk of all is delivered only if the checksum is right.
package final class DeflatedMember: RandomReadable {
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

    package init(cursors: Int, chunkSize: Int, keptChunks: Int, inputSize: Int) {
      precondition(cursors > 0 && chunkSize > 0 && keptChunks > 0 && inputSize > 0)
      self.cursors = cursors
      self.chunkSize = chunkSize
      self.keptChunks = keptChunks
      self.inputSize = inputSize
    }

    /// 4 cursors that each keep 4 MiB: 17.4 MiB when all are in use.
    package static let standard = Limits(
      cursors: 4, chunkSize: 128 << 10, keptChunks: 32, inputSize: 128 << 10)

    /// Bytes that a member takes at most, besides what its readers hold for a moment.
    package var memory: Int {
      cursors * ((keptChunks + 1) * chunkSize + inputSize + InflateStream.memory)
    }
  }

  private typealias Decoder = AsyncMutex<SequentialInflater>

  private let content: DeflatedContent
  private let limits: Limits
  private let cursors: Locked<CursorTable<Decoder>>
  /// Signalled when a cursor may be given up and a read waits for that.
  private let vacancies = AsyncSemaphore(permits: 0)

  package init(_ content: DeflatedContent, limits: Limits = .standard) {
    self.content = content
    self.limits = limits
    cursors = Locked(CursorTable(limits: limits))
  }

  package var size: UInt64 { content.size }

  /// Also throws `damaged` where the content cannot be decoded or is not what its size and checksum say, and whatever
  /// the compressed bytes' source throws.
  package func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    var done = 0
    while done < destination.byteCount {
      let position = offset + UInt64(done)
      let chunk = try await chunk(holding: position)
      let start = Int(position - chunk.start)
      let count = min(chunk.bytes.count - start, destination.byteCount - done)
      let bytes = unsafe chunk.bytes.span.bytes.extracting(start..<start + count)
      destination.copyBytes(from: bytes, at: done)
      done += count
    }
  }

  /// Gives up the decoders and kept output that no read is using now; later reads start anew.
  package func releaseMemory() {
    cursors.withLock { $0.removeIdle() }
  }

  private func chunk(holding offset: UInt64) async throws(Failure) -> Chunk {
    while true {
      let answer = cursors.withLock { table in
        table.request(offset) { Decoder(SequentialInflater(of: content, limits: limits)) }
      }
      switch answer {
      case .kept(let chunk): return chunk
      case .damaged(let failure): throw failure
      case .decode(let claim):
        defer { release(claim) }
        if let chunk = try await decode(claim, to: offset) { return chunk }
      case .busy: try await vacancies.wait()
      }
    }
  }

  /// Takes turns at the cursor until the chunk is there; nil where the cursor went past it meanwhile.
  private func decode(_ claim: CursorTable<Decoder>.Claim, to offset: UInt64) async throws(Failure) -> Chunk?
  {
    while true {
      let progress = try await claim.decoder.withLock { (inflater) async throws(Failure) in
        let progress = cursors.withLock { $0.progress(of: claim, towards: offset) }
        if case .before = progress { try await advance(&inflater, of: claim) }
        return progress
      }
      switch progress {
      case .kept(let chunk): return chunk
      case .damaged(let failure): throw failure
      case .before: continue
      case .past: return nil
      }
    }
  }

  private func advance(
    _ inflater: inout SequentialInflater, of claim: CursorTable<Decoder>.Claim
  ) async throws(Failure) {
    do {
      let chunk = try await inflater.nextChunk()
      let spare = cursors.withLock { $0.append(chunk, of: claim) }
      if let spare { inflater.reuse(spare) }
    } catch {
      if inflater.isBroken { cursors.withLock { $0.fail(claim, error) } }
      throw error
    }
  }

  private func release(_ claim: CursorTable<Decoder>.Claim) {
    let isAwaited = cursors.withLock { $0.release(claim) }
    if isAwaited { vacancies.signal() }
  }
}
