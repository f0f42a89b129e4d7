package import Primitives

/// An Android sparse image, expanded, readable at any offset.
///
/// ```
///  file      | header | chunk | blocks... | chunk | pattern | chunk | chunk | blocks... |
///                               \\\\\\\\\            ||        |                \\\\\\\\\
///  image              |         blocks... |     pattern ...  | zeros  |         blocks... |
/// ```
/// Where a block is follows only from all chunk headers before it. They are walked as far as a read needs it and no
/// further, one stretch of the file at a time, in turns; what was found is kept and serves all readers.
package final class SparseImage: RandomReadable {
  /// Bytes of a file's beginning that tell whether it is one.
  package static let headSize = SparseHeader.size

  /// Whether a file that begins so says that it is one; `open` tells whether it is one that can be read.
  package static func isSparse(head: Span<UInt8>) -> Bool {
    head.count >= 4 && head.littleEndian(UInt32.self, at: 0) == SparseHeader.magic
  }

  private let source: any RandomReadable
  private let head: [UInt8]
  private let table: Locked<SparseChunkTable>
  /// Headers that are looked at; who has it walks.
  private let window: AsyncMutex<[UInt8]>

  /// In bytes, as the header says; whether the chunks add up to it shows when they are walked.
  package let size: UInt64

  /// Reads the file's header.
  ///
  /// Throws `damaged` where it is none of a sparse image, `unsupported` for another version of the format.
  ///
  /// - Parameters:
  ///   - name: of the file, for sentences about it.
  ///   - known: `serialized` from an earlier time; it is left alone unless it was made of a file with the same
  ///     header and size.
  package static func open(
    name: String, _ source: any RandomReadable, known: [UInt8]? = nil
  ) async throws(Failure) -> SparseImage {
    let head = try await source.bytes(at: 0, count: Int(min(source.size, UInt64(headSize))))
    let header = try SparseHeader(head.span, of: name)
    var table = SparseChunkTable(header, name: name, fileSize: source.size)
    if let known { table.restore(known, head: head) }
    return SparseImage(source, head: head, table)
  }

  private init(_ source: any RandomReadable, head: [UInt8], _ table: SparseChunkTable) {
    self.source = source
    self.head = head
    size = table.header.expandedSize
    window = AsyncMutex([UInt8](repeating: 0, count: table.windowSize))
    self.table = Locked(table)
  }

  /// How many chunks were walked, in this and earlier times; it only grows.
  package var knownChunks: Int { table.withLock { $0.chunks } }

  /// What was found out, for `open` at a later time.
  package var serialized: [UInt8] { table.withLock { $0 }.serialized(head: head) }

  /// Also throws `damaged` from the first chunk on that cannot be true, and whatever the file throws.
  package func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    try await destination.fill(at: offset, from: source) { (position) async throws(Failure) in
      try await extent(holding: position)
    }
  }

  private func extent(holding offset: UInt64) async throws(Failure) -> ExtentMap.Extent {
    while true {
      switch table.withLock({ $0.lookUp(offset) }) {
      case .extent(let extent): return extent
      case .damaged(let failure): throw failure
      case .unknown: try await walk(towards: offset)
      }
    }
  }

  /// One turn: a reader of a byte far ahead does not keep one of a nearer byte waiting.
  private func walk(towards offset: UInt64) async throws(Failure) {
    guard !Task.isCancelled else { throw Failure(.interrupted, "The wait was interrupted.") }
    try await window.withLock { (window) async throws(Failure) in
      // Another may have walked there meanwhile.
      guard case .unknown(let position, let count) = table.withLock({ $0.lookUp(offset) }) else { return }
      var elements = window.mutableSpan
      var bytes = unsafe elements.mutableBytes
      var piece = bytes._mutatingExtracting(first: count)
      try await source.read(into: &piece, at: position)
      let found = window.span.extracting(first: count)
      table.withLock { $0.take(found) }
    }
  }
}
