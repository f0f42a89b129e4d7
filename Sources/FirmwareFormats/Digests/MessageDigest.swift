import CCrypto

/// A message digest being computed: bytes in, in pieces of any size, and the digest at the end.
///
/// The corresponding C functions are `EVP_DigestInit_ex2`, `EVP_DigestUpdate` and `EVP_DigestFinal_ex`.
@safe
package struct MessageDigest: ~Copyable, @unchecked Sendable {
  package enum Algorithm: Sendable, CaseIterable {
    /// 16 bytes.
    case md5
    /// 20 bytes.
    case sha1
    /// 32 bytes.
    case sha256
  }

  private let context: OpaquePointer

  package init(_ algorithm: Algorithm) {
    guard let context = unsafe EVP_MD_CTX_new() else { fatalError("out of memory") }
    unsafe self.context = context
    let status = unsafe EVP_DigestInit_ex2(context, DigestImplementation.of(algorithm).pointer, nil)
    precondition(status == 1, "libcrypto cannot compute \(algorithm)")
  }

  private init(_ context: OpaquePointer) { unsafe self.context = context }

  deinit { unsafe EVP_MD_CTX_free(context) }

  /// One that has been given the same bytes. The corresponding C function is `EVP_MD_CTX_copy_ex`.
  package borrowing func copy() -> MessageDigest {
    guard let copy = unsafe EVP_MD_CTX_new() else { fatalError("out of memory") }
    let status = unsafe EVP_MD_CTX_copy_ex(copy, context)
    precondition(status == 1, "EVP_MD_CTX_copy_ex failed")
    return unsafe MessageDigest(copy)
  }

  package mutating func update(_ bytes: RawSpan) {
    let status = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    precondition(status == 1, "EVP_DigestUpdate failed")
  }

  /// The digest of all that was given.
  package consuming func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let status = unsafe EVP_DigestFinal_ex(context, &digest, &count)
    precondition(status == 1, "EVP_DigestFinal_ex failed")
    return Array(digest.prefix(Int(count)))
  }

  /// The 32 bytes of SHA-256 of bytes that are all there.
  package static func sha256(of bytes: [UInt8]) -> [UInt8] {
    var digest = MessageDigest(.sha256)
    unsafe digest.update(bytes.span.bytes)
    return digest.finish()
  }
}

/// libcrypto's code for one algorithm, fetched once and kept for as long as the program runs.
///
/// It is fetched in a library context of its own, which takes no notice of the system's configuration: where that allows
/// approved algorithms only, MD5 would be refused, yet here it signs nothing and only finds damage.
/// The corresponding C functions are `OSSL_LIB_CTX_new` and `EVP_MD_fetch`.
@safe
private struct DigestImplementation: @unchecked Sendable {
  let pointer: OpaquePointer

  private static let library = unsafe Self(OSSL_LIB_CTX_new(), "a library context")
  private static let md5 = unsafe Self(EVP_MD_fetch(library.pointer, "MD5", nil), "MD5")
  private static let sha1 = unsafe Self(EVP_MD_fetch(library.pointer, "SHA1", nil), "SHA-1")
  private static let sha256 = unsafe Self(EVP_MD_fetch(library.pointer, "SHA256", nil), "SHA-256")

  private init(_ pointer: OpaquePointer?, _ name: String) {
    guard let pointer = unsafe pointer else { fatalError("libcrypto has no \(name)") }
    unsafe self.pointer = pointer
  }

  static func of(_ algorithm: MessageDigest.Algorithm) -> Self {
    switch algorithm {
    case .md5: md5
    case .sha1: sha1
    case .sha256: sha256
    }
  }
}
