import CCrypto
package import FUSNet
import Primitives

/// AES-128-ECB decryption in place, with contexts kept for reuse. Padding is the caller's.
package final class ElectronicCodebook: Sendable {
  /// In bytes.
  package static let blockSize = 16

  private let key: ContentKey
  private let idle = Locked<[CipherContext]>([])

  package init(key: ContentKey) {
    self.key = key
  }

  /// Decrypts all of the span, whose size is a multiple of 16.
  package func decrypt(_ bytes: inout MutableRawSpan) {
    precondition(bytes.byteCount % Self.blockSize == 0, "not whole AES blocks")
    guard bytes.byteCount > 0 else { return }
    let context = idle.withLock { $0.popLast() } ?? CipherContext(key: key)
    context.decrypt(&bytes)
    idle.withLock { $0.append(context) }
  }
}

/// One `EVP_CIPHER_CTX`; used by one task at a time.
///
/// The corresponding C functions are `EVP_DecryptInit_ex` and `EVP_DecryptUpdate`.
@safe
private final class CipherContext: @unchecked Sendable {
  /// The most that one call of libcrypto's is given.
  private static let longestPiece = 1 << 30

  private let context: OpaquePointer

  init(key: ContentKey) {
    guard let context = unsafe EVP_CIPHER_CTX_new() else { fatalError("out of memory") }
    unsafe self.context = context
    let status = unsafe EVP_DecryptInit_ex(context, EVP_aes_128_ecb(), nil, key.bytes, nil)
    precondition(status == 1, "EVP_DecryptInit_ex failed")
    unsafe EVP_CIPHER_CTX_set_padding(context, 0)
  }

  deinit { unsafe EVP_CIPHER_CTX_free(context) }

  func decrypt(_ bytes: inout MutableRawSpan) {
    unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      for offset in stride(from: 0, to: buffer.count, by: Self.longestPiece) {
        let count = Int32(min(buffer.count - offset, Self.longestPiece))
        let piece = unsafe start + offset
        var written: Int32 = 0
        let status = unsafe EVP_DecryptUpdate(context, piece, &written, piece, count)
        precondition(status == 1 && written == count, "EVP_DecryptUpdate failed")
      }
    }
  }
}
