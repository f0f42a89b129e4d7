import Primitives

/// Deflated content being decoded from its beginning to its end, a chunk at a time, its checksum with it.
struct SequentialInflater: ~Copyable, Sendable {
  private let content: DeflatedContent
  private let chunkSize: Int
  private var reader: InflateReader
  /// The chunk that is being filled; when the source fails it stays, to be gone on with.
  private var chunk: [UInt8] = []
  private var filled = 0
  private var checksum: UInt32 = 0
  /// The content is damaged at the next chunk: there is nothing more to be had.
  private(set) var isBroken = false

  init(of content: DeflatedContent, limits: DeflatedMember.Limits) {
    self.content = content
    chunkSize = limits.chunkSize
    reader = InflateReader(of: content, inputSize: limits.inputSize)
  }

  /// The next `chunkSize` bytes, fewer at the end; not to be called at the content's end.
  ///
  /// Throws `damaged`, and is broken after that. The last chunk is given only if the stream ends with it and the
  /// checksum of all is right. What the source throws is thrown on, and the call may be repeated.
  mutating func nextChunk() async throws(Failure) -> [UInt8] {
    let start = reader.produced - UInt64(filled)
    let count = Int(min(UInt64(chunkSize), content.size - start))
    if chunk.count != count { chunk = [UInt8](repeating: 0, count: count) }
    while filled < count {
      try await reader.fill()
      try decode()
    }
    let checksum = unsafe CRC32.update(self.checksum, with: chunk.span.bytes)
    if start + UInt64(count) == content.size { try await checkEnd(checksum) }
    self.checksum = checksum
    filled = 0
    return exchange(&chunk, with: [])
  }

  /// Memory to use for the next chunk.
  mutating func reuse(_ spare: consuming [UInt8]) {
    if filled == 0 { chunk = spare }
  }

  private mutating func decode() throws(Failure) {
    isBroken = true
    guard !reader.isFinished else {
      throw content.damaged("it ends at byte \(reader.produced) of \(content.size).")
    }
    filled += try reader.decode(into: &chunk, at: filled)
    isBroken = false
  }

  /// Makes sure that the stream ends where the content does, and that its checksum is right.
  private mutating func checkEnd(_ checksum: UInt32) async throws(Failure) {
    var beyond: [UInt8] = [0]
    while !reader.isFinished {
      try await reader.fill()
      isBroken = true
      guard try reader.decode(into: &beyond, at: 0) == 0 else {
        throw content.damaged("it goes on beyond the \(content.size) bytes that it should have.")
      }
      isBroken = false
    }
    guard checksum == content.crc32 else {
      isBroken = true
      throw content.damaged(
        "the checksum of its \(content.size) bytes is \(hexadecimal(checksum)), not \(hexadecimal(content.crc32))."
      )
    }
  }

  private func hexadecimal(_ checksum: UInt32) -> String {
    let digits = String(checksum, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
