import CCrypto

/// The corresponding C function is `EVP_Digest`.
enum SHA256 {
  /// 32 bytes.
  static func digest(of bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    let status = unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
    precondition(status == 1, "libcrypto cannot compute SHA-256")
    return digest
  }
}
