import Primitives

/// Work that several readers may want at once.
struct LZ4Flight: Hashable, Sendable {
  let block: Int
  /// Only the size of a linked block is wanted, for which the bytes before it need not be known.
  let isProof: Bool
}

extension LZ4File {
  /// Plain bytes between checkpoints.
  private static let checkpointSpacing: UInt64 = 4 << 20
  private static let fetchedAtOnce = 64 << 10

  /// The block's plain bytes.
  func block(_ index: Int) async throws(Failure) -> ByteBlock {
    if let kept = blocks.block(index, of: id) {
      try checkFrame(ofLast: index)
      return kept
    }
    let job = self.index.job(index)
    // A long stored block needs no bytes before it, and holds all that the next may refer to.
    guard job.header.isLinked, !job.isStored || job.size < LZ4Block.windowSize else {
      return try await decoded(index, LZ4History())
    }
    var (next, history) = resumePoint(before: job)
    while true {
      let block = try await decoded(next, history)
      guard next < index else { return block }
      history.append(block)
      next += 1
      if Task.isCancelled { throw Failure(.interrupted, "The read was interrupted.") }
    }
  }

  /// Decodes the last block of a frame for its size.
  func prove(_ index: Int) async throws(Failure) {
    guard self.index.job(index).header.isLinked else {
      _ = try await decoded(index, LZ4History())
      return
    }
    _ = try await flights.join(LZ4Flight(block: index, isProof: true)) { () throws(Failure) in
      let anything = LZ4History([UInt8](repeating: 0, count: LZ4Block.windowSize))
      let job = self.index.job(index)
      try await self.fetch(job)
      let block = try await self.blocks.withTurn { (workspace) throws(Failure) in
        try await self.decode(job, anything, &workspace)
      }
      try self.index.measure(index, size: block.count)
      return ByteBlock(copying: [])
    }
  }

  /// The nearest block at or before this one that can be decoded, and the bytes before it.
  private func resumePoint(before job: LZ4BlockJob) -> (block: Int, history: LZ4History) {
    var point = (block: job.siblings.lowerBound, history: LZ4History())
    if let kept = blocks.history(in: job.siblings.lowerBound..<job.index, of: id) { point = kept }
    guard let checkpoints, let output = job.contentStart, point.block < job.index,
      let start = index.job(point.block).contentStart,
      let position = checkpoints.position(atOrBefore: output), position > start,
      let checkpoint = checkpoints.checkpoint(atOrBefore: output), checkpoint.output > start
    else { return point }
    guard let found = index.block(at: checkpoint.input / 8), found.contentStart == checkpoint.output,
      found.block <= job.index, let window = window(of: checkpoint)
    else {
      checkpoints.removeAll()
      return point
    }
    return found.block > point.block ? (found.block, LZ4History(window)) : point
  }

  private func window(of checkpoint: Checkpoint) -> [UInt8]? {
    var window = [UInt8](repeating: 0, count: LZ4Block.windowSize)
    var elements = window.mutableSpan
    var bytes = unsafe elements.mutableBytes
    let nothing = RawSpan()
    guard
      let count = unsafe LZ4Block.decode(checkpoint.window.span.bytes, into: &bytes, window: nothing)
    else { return nil }
    window.removeLast(window.count - count)
    return window.crc32 == checkpoint.crc32 ? window : nil
  }

  /// Decodes the block once for all who want it now.
  private func decoded(_ index: Int, _ history: LZ4History) async throws(Failure) -> ByteBlock {
    try await flights.join(LZ4Flight(block: index, isProof: false)) { () throws(Failure) in
      // Another flight may have ended since it was looked for.
      if let kept = self.blocks.block(index, of: self.id) {
        try self.checkFrame(ofLast: index)
        return kept
      }
      let packed = self.index.job(index)
      try await self.fetch(packed)
      defer { Progress.note() }
      return try await self.blocks.withTurn { (workspace) throws(Failure) in
        let block = try await self.decode(packed, history, &workspace)
        try self.index.measure(index, size: block.count)
        try await self.walkEnd(after: index)
        let job = self.index.job(index)
        try self.placeCheckpoint(after: job, block, history)
        try await self.keep(block, of: job)
        return block
      }
    }
  }

  /// Reads the block once, a piece at a time, so that all of it is near when its turn has come: nobody is to hold a turn
  /// while a server does not answer.
  private func fetch(_ job: LZ4BlockJob) async throws(Failure) {
    var piece = [UInt8](repeating: 0, count: min(job.size, Self.fetchedAtOnce))
    var offset = job.dataOffset
    while offset < job.endOffset {
      let count = Int(min(UInt64(piece.count), job.endOffset - offset))
      var elements = piece.mutableSpan
      var bytes = unsafe elements.mutableBytes
      var part = bytes._mutatingExtracting(first: count)
      try await packed.read(into: &part, at: offset)
      offset += UInt64(count)
    }
  }

  /// Reads the block and decodes it, and feeds the index with what stands behind it.
  ///
  /// ```
  ///  | size 4 | data | checksum 4? | size 4 of the next |
  ///           ^ read at once ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  /// ```
  private func decode(
    _ job: LZ4BlockJob, _ history: LZ4History, _ workspace: inout [UInt8]
  ) async throws(Failure) -> ByteBlock {
    countDecoded()
    let rest = packed.size - job.endOffset
    let count = job.size + Int(min(rest, job.header.hasBlockChecksums ? 8 : 4))
    if workspace.count < count { workspace = [UInt8](repeating: 0, count: count) }
    var elements = workspace.mutableSpan
    var memory = unsafe elements.mutableBytes
    var piece = memory._mutatingExtracting(first: count)
    try await packed.read(into: &piece, at: job.dataOffset)
    let bytes = unsafe workspace.span.bytes.extracting(first: count)
    let data = bytes.extracting(first: job.size)
    if job.header.hasBlockChecksums {
      let checksum = workspace.span.littleEndian(UInt32.self, at: job.size)
      guard LZ4Checksum.of(data) == checksum else {
        throw Failure(.damaged, "the LZ4 block at byte \(job.offset) has a wrong checksum.")
      }
    }
    index.feed(bytes.extracting(droppingFirst: job.size), at: job.endOffset)
    return try plain(data, job, history)
  }

  private func plain(
    _ data: RawSpan, _ job: LZ4BlockJob, _ history: LZ4History
  ) throws(Failure) -> ByteBlock {
    var block = UniqueByteBlock(count: job.isStored ? job.size : job.capacity)
    let decoded: Int? = try block.withMutableBytes { (target) throws(Failure) in
      if job.isStored {
        target.copyBytes(from: data)
        return job.size
      }
      return try history.withBytes { LZ4Block.decode(data, into: &target, window: $0) }
    }
    guard let decoded else {
      throw Failure(.damaged, "the LZ4 block at byte \(job.offset) cannot be decoded.")
    }
    let whole = block.frozen()
    if decoded == whole.count { return whole }
    var short = UniqueByteBlock(count: decoded)
    short.withMutableBytes { whole.copyBytes(from: 0, into: &$0) }
    return short.frozen()
  }

  /// Where the block may be its frame's last: finds that out, and the content's checksum.
  private func walkEnd(after block: Int) async throws(Failure) {
    while case .walk(let range) = try index.stepTowardsEnd(after: block) { try await walk(range) }
  }

  /// Leaves a checkpoint behind a linked block if a multiple of the spacing was passed.
  private func placeCheckpoint(
    after job: LZ4BlockJob, _ block: ByteBlock, _ history: LZ4History
  ) throws(Failure) {
    guard let checkpoints, job.header.isLinked, let start = job.contentStart else { return }
    let output = start + UInt64(block.count)
    guard output / Self.checkpointSpacing > start / Self.checkpointSpacing,
      job.index + 1 < job.siblings.upperBound, !checkpoints.hasCheckpoint(in: output..<output + 1)
    else { return }
    var window = history
    window.append(block)
    let input = 8 * index.job(job.index + 1).offset
    let checkpoint = try window.withBytes { (bytes) throws(Failure) in
      Checkpoint(
        output: output, input: input, crc32: CRC32.update(0, with: bytes), window: LZ4Block.encode(bytes))
    }
    checkpoints.keep(checkpoint)
  }

  /// Checks what can be checked of the frame's content, and keeps the block.
  private func keep(_ block: ByteBlock, of job: LZ4BlockJob) async throws(Failure) {
    guard job.header.hasContentChecksum else { return blocks.keep(block, as: job.index, of: id) }
    try await check.withLock { (check) throws(Failure) in
      if let found = check.take(block, of: job, kept: { self.blocks.block($0, of: self.id) }) {
        if found == job.contentChecksum {
          check.verify(job.frame)
        } else {
          let failure = Failure(
            .damaged,
            "the content checksum of the LZ4 frame whose blocks end before byte "
              + "\(index.job(job.siblings.upperBound - 1).endOffset) is wrong.")
          wrongFrames.withLock { $0[job.frame] = failure }
        }
      }
      try checkFrame(ofLast: job.index)
      blocks.keep(block, as: job.index, of: id)
    }
  }

  /// Throws where this is the last block of a frame whose checksum is wrong.
  private func checkFrame(ofLast index: Int) throws(Failure) {
    guard wrongFrames.withLock({ !$0.isEmpty }) else { return }
    let job = self.index.job(index)
    if job.isLast, let failure = wrongFrames.withLock({ $0[job.frame] }) { throw failure }
  }
}
