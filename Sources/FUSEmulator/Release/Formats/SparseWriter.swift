import Glibc

/// An Android sparse image: which blocks of a raw image it carries, and how.
///
///     header 28   magic 3a ff 26 ed, version 1 2 + 0 2, header sizes 28 2 + 12 2, block size 4096 4, blocks 4, chunks 4,
///                 checksum 4 (0: none)
///     chunk       type 2 (cac1 raw, cac2 fill, cac3 don't care), 0 2, blocks 4, size with this header 4
///                 + blocks × 4096 bytes | the 4 bytes to repeat | nothing
struct SparseWriter {
  enum Kind: Equatable {
    case raw
    case fill(UInt32)
    case dontCare
  }

  struct Chunk: Equatable {
    var kind: Kind
    /// Of 4096 bytes.
    var blocks: Int
  }

  static let blockSize = 4096

  /// Zero blocks in a row from which on they are left out instead of filled.
  private static let holeBlocks = 16
  /// Blocks in a raw chunk at most: 64 MiB, so that its size fits its field with ease.
  private static let rawBlocks = 16384

  let chunks: [Chunk]
  private let source: any ByteSource

  /// Reads all of `source`, whose size is a multiple of 4096, and sends it on to `raw` on the way.
  init(scanning source: any ByteSource, raw: any ByteSink) throws(ReleaseFault) {
    precondition(source.size % Self.blockSize == 0)
    self.source = source
    var chunks: [Chunk] = []
    var buffer = [UInt8](repeating: 0, count: 64 * Self.blockSize)
    var offset = 0
    while offset < source.size {
      let count = min(buffer.count, source.size - offset)
      try source.read(into: &buffer, count: count, at: offset)
      let bytes = buffer.span.extracting(first: count)
      try raw.write(bytes)
      for start in stride(from: 0, to: count, by: Self.blockSize) {
        let kind = Self.kind(of: bytes.extracting(start..<start + Self.blockSize))
        if let last = chunks.last, last.kind == kind, kind != .raw || last.blocks < Self.rawBlocks {
          chunks[chunks.count - 1].blocks += 1
        } else {
          chunks.append(Chunk(kind: kind, blocks: 1))
        }
      }
      offset += count
    }
    self.chunks = chunks.map { chunk in
      chunk.kind == .fill(0) && chunk.blocks >= Self.holeBlocks
        ? Chunk(kind: .dontCare, blocks: chunk.blocks) : chunk
    }
  }

  /// Of the sparse image, in bytes.
  var size: Int {
    chunks.reduce(28) { $0 + Self.size(of: $1) }
  }

  func write(to sink: any ByteSink) throws(ReleaseFault) {
    guard let blocks = UInt32(exactly: source.size / Self.blockSize) else {
      throw .failed("A sparse image cannot hold 16 TiB or more.")
    }
    var header: [UInt8] = []
    header.append(littleEndian: 0xed26_ff3a as UInt32)
    for value: UInt16 in [1, 0, 28, 12] { header.append(littleEndian: value) }
    for value in [UInt32(Self.blockSize), blocks, UInt32(chunks.count), 0] {
      header.append(littleEndian: value)
    }
    try sink.write(header)
    var offset = 0
    for chunk in chunks {
      try sink.write(Self.header(of: chunk))
      let end = offset + chunk.blocks * Self.blockSize
      if chunk.kind == .raw { try source.copy(offset..<end, to: sink) }
      offset = end
    }
  }

  /// Raw, or a fill when the block is one word of four bytes repeated.
  private static func kind(of block: Span<UInt8>) -> Kind {
    unsafe block.withUnsafeBytes { block in
      guard let start = block.baseAddress else { return .raw }
      let repeats = unsafe memcmp(start, start + 4, blockSize - 4) == 0
      return unsafe repeats ? .fill(UInt32(littleEndian: start.loadUnaligned(as: UInt32.self))) : .raw
    }
  }

  private static func size(of chunk: Chunk) -> Int {
    switch chunk.kind {
    case .raw: 12 + chunk.blocks * blockSize
    case .fill: 16
    case .dontCare: 12
    }
  }

  /// The chunk's header, and the word of a fill.
  private static func header(of chunk: Chunk) -> [UInt8] {
    var header: [UInt8] = []
    let type: UInt16 =
      switch chunk.kind {
      case .raw: 0xcac1
      case .fill: 0xcac2
      case .dontCare: 0xcac3
      }
    header.append(littleEndian: type)
    header.append(littleEndian: 0 as UInt16)
    header.append(littleEndian: UInt32(chunk.blocks))
    header.append(littleEndian: UInt32(size(of: chunk)))
    if case .fill(let word) = chunk.kind { header.append(littleEndian: word) }
    return header
  }
}
