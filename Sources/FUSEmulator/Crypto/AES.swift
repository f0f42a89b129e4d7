import CCrypto

/// The two uses of AES in the protocol, from the side that checks them.
enum AES {
  /// AES-256-CBC with PKCS#7 padding; the initial vector is the first 16 bytes of the key, as the protocol wants.
  /// - Parameter key: 32 bytes.
  static func encryptCBC(_ plain: [UInt8], key: [UInt8]) -> [UInt8] {
    precondition(key.count == 32, "an AES-256 key has 32 bytes")
    return encrypt(
      plain, cipher: unsafe EVP_aes_256_cbc(), key: key, vector: Array(key[..<16]), padding: true)
  }

  /// AES-128-ECB of whole blocks, without padding.
  /// - Parameter key: 16 bytes.
  static func encryptECB(_ plain: [UInt8], key: [UInt8]) -> [UInt8] {
    precondition(key.count == 16 && plain.count.isMultiple(of: 16), "an AES-128 key and blocks have 16 bytes")
    return encrypt(plain, cipher: unsafe EVP_aes_128_ecb(), key: key, vector: nil, padding: false)
  }

  @safe
  private static func encrypt(
    _ plain: [UInt8], cipher: OpaquePointer?, key: [UInt8], vector: [UInt8]?, padding: Bool
  ) -> [UInt8] {
    let context = unsafe EVP_CIPHER_CTX_new()
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    var sealed = [UInt8](repeating: 0, count: plain.count + 16)
    var written: Int32 = 0
    var rest: Int32 = 0
    var good = unsafe EVP_EncryptInit_ex(context, cipher, nil, key, vector) == 1
    good = unsafe good && EVP_CIPHER_CTX_set_padding(context, padding ? 1 : 0) == 1
    good = unsafe good && EVP_EncryptUpdate(context, &sealed, &written, plain, Int32(plain.count)) == 1
    good = unsafe sealed.withUnsafeMutableBufferPointer { buffer in
      guard good, let base = buffer.baseAddress else { return false }
      return unsafe EVP_EncryptFinal_ex(context, base + Int(written), &rest) == 1
    }
    precondition(good, "libcrypto refused AES")
    return Array(sealed[..<Int(written + rest)])
  }
}
