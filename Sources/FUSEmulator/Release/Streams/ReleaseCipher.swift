import CCrypto

/// Encrypts a package as it streams by: AES-128-ECB, with PKCS#7 padding at the end.
///
/// The corresponding C functions are `EVP_EncryptInit_ex`, `EVP_EncryptUpdate` and `EVP_EncryptFinal_ex`.
@safe final class ReleaseCipher: ByteSink {
  private let next: any ByteSink
  private let context: OpaquePointer
  private var output = [UInt8](repeating: 0, count: ReleaseCipher.step + 16)

  /// Bytes given to libcrypto at once.
  private static let step = 1 << 18

  /// `key` has 16 bytes.
  init(key: [UInt8], next: any ByteSink) throws(ReleaseFault) {
    precondition(key.count == 16)
    self.next = next
    guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .failed("There is no memory for a cipher.") }
    unsafe self.context = unsafe context
    guard unsafe EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nil, key, nil) == 1 else {
      throw .failed("libcrypto offers no AES-128-ECB.")
    }
  }

  deinit { unsafe EVP_CIPHER_CTX_free(context) }

  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    var offset = 0
    while offset < bytes.count {
      let part = bytes.extracting(offset..<min(offset + Self.step, bytes.count))
      var produced: Int32 = 0
      let status = unsafe part.withUnsafeBytes {
        unsafe EVP_EncryptUpdate(
          context, &output, &produced, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32($0.count))
      }
      guard status == 1 else { throw .failed("libcrypto failed to encrypt.") }
      try next.write(output, count: Int(produced))
      offset += part.count
    }
  }

  /// Writes the padded last block.
  func finish() throws(ReleaseFault) {
    var produced: Int32 = 0
    guard unsafe EVP_EncryptFinal_ex(context, &output, &produced) == 1 else {
      throw .failed("libcrypto failed to encrypt the last block.")
    }
    try next.write(output, count: Int(produced))
  }
}
