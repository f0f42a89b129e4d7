import Primitives

/// What is known of deflated bytes before any is decoded: where they are, and what must come out.
package struct DeflatedContent: Sendable {
  /// For messages.
  package let name: String
  /// The raw deflate stream; what may follow its last block is ignored.
  package let compressed: any RandomReadable
  /// Of the plain bytes, exact.
  package let size: UInt64
  /// Of the plain bytes.
  package let crc32: UInt32

  package init(name: String, compressed: any RandomReadable, size: UInt64, crc32: UInt32) {
    self.name = name
    self.compressed = compressed
    self.size = size
    self.crc32 = crc32
  }

  /// A `damaged` failure that names this content.
  func damaged(_ what: String, file: StaticString = #fileID, line: UInt = #line) -> Failure {
    Failure(.damaged, "\"\(name)\" is damaged: \(what)", file: file, line: line)
  }
}
