import CCrypto

/// A running message digest.
///
/// The corresponding C functions are `EVP_DigestInit_ex`, `EVP_DigestUpdate` and `EVP_DigestFinal_ex`.
@safe final class Digest {
  enum Algorithm {
    case md5
    case sha256
  }

  private let context: OpaquePointer

  init(_ algorithm: Algorithm) {
    guard let context = unsafe EVP_MD_CTX_new() else {
      preconditionFailure("there is no memory for a digest")
    }
    unsafe self.context = unsafe context
    let type = unsafe algorithm == .md5 ? EVP_md5() : EVP_sha256()
    let good = unsafe EVP_DigestInit_ex(context, type, nil) == 1
    precondition(good, "libcrypto refused \(algorithm)")
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  func update(_ bytes: Span<UInt8>) {
    _ = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
  }

  /// The digest of all that was given. Nothing may be added afterwards.
  func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    _ = unsafe EVP_DigestFinal_ex(context, &digest, &length)
    return Array(digest.prefix(Int(length)))
  }

  /// The digest of `bytes` alone.
  static func of(_ bytes: [UInt8], _ algorithm: Algorithm) -> [UInt8] {
    let digest = Digest(algorithm)
    digest.update(bytes.span)
    return digest.finish()
  }

  /// The MD5 of a text in hexadecimal, as the protocol's signatures use it.
  static func md5Hexadecimal(_ text: String) -> String {
    of(Array(text.utf8), .md5).hexadecimal
  }
}
