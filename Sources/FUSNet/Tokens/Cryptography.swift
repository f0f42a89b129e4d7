import CCrypto
import Primitives

/// The few primitives of libcrypto that the tokens are made of. Inputs are a line long: nothing here is fast.
enum Cryptography {
  enum Direction { case encrypt, decrypt }

  enum Cipher {
    /// AES-128-ECB without padding: the input is whole blocks of 16 bytes.
    case aes128ECB
    /// AES-256-CBC with PKCS#7 padding.
    case aes256CBC(initialVector: [UInt8])
  }

  /// The output of one pass, or nil when the key has the wrong length or the padding is wrong.
  /// The corresponding C functions are `EVP_CipherInit_ex`, `EVP_CipherUpdate` and `EVP_CipherFinal_ex`.
  static func aes(_ cipher: Cipher, _ direction: Direction, key: [UInt8], _ input: [UInt8]) -> [UInt8]? {
    guard input.count <= 1 << 16, let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    let encrypts: Int32 = direction == .encrypt ? 1 : 0
    switch cipher {
    case .aes128ECB:
      guard key.count == 16,
        unsafe EVP_CipherInit_ex(context, EVP_aes_128_ecb(), nil, key, nil, encrypts) == 1
      else { return nil }
      unsafe EVP_CIPHER_CTX_set_padding(context, 0)
    case .aes256CBC(let initialVector):
      guard key.count == 32, initialVector.count == 16,
        unsafe EVP_CipherInit_ex(context, EVP_aes_256_cbc(), nil, key, initialVector, encrypts) == 1
      else { return nil }
    }
    var output = [UInt8](repeating: 0, count: input.count + 16)
    let total: Int? = unsafe output.withUnsafeMutableBufferPointer { output in
      guard let start = output.baseAddress else { return nil }
      var updated: Int32 = 0
      var finished: Int32 = 0
      guard unsafe EVP_CipherUpdate(context, start, &updated, input, Int32(input.count)) == 1,
        unsafe EVP_CipherFinal_ex(context, start + Int(updated), &finished) == 1
      else { return nil }
      return Int(updated) + Int(finished)
    }
    return total.map { Array(output.prefix($0)) }
  }

  /// The 16 bytes of MD5; throws where the system's policy forbids MD5. The corresponding C function is `EVP_Digest`.
  static func md5(_ input: some Collection<UInt8>) throws(Failure) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let input = Array(input)
    guard unsafe EVP_Digest(input, input.count, &digest, &count, EVP_md5(), nil) == 1, count == 16 else {
      throw Failure(.unsupported, "libcrypto refuses to compute MD5, which the protocol needs.")
    }
    return Array(digest.prefix(16))
  }

  /// The corresponding C function is `EVP_EncodeBlock`.
  static func base64(_ input: [UInt8]) -> String {
    var output = [UInt8](repeating: 0, count: (input.count + 2) / 3 * 4 + 1)
    let count = unsafe EVP_EncodeBlock(&output, input, Int32(input.count))
    return String(decoding: output.prefix(Int(count)), as: UTF8.self)
  }

  /// The bytes, or nil if the text is not base64. The corresponding C function is `EVP_DecodeBlock`.
  static func bytes(base64 text: String) -> [UInt8]? {
    let input = Array(text.utf8)
    guard input.count.isMultiple(of: 4), !input.isEmpty, input.count <= 1 << 16 else { return nil }
    let padding = input.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    var output = [UInt8](repeating: 0, count: input.count / 4 * 3)
    let count = unsafe EVP_DecodeBlock(&output, input, Int32(input.count))
    guard count == output.count else { return nil }
    return output.dropLast(padding)
  }

  /// So many characters of `a`–`z` and `0`–`9`, chosen at random.
  static func randomToken(_ count: Int) -> String {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
    return String(
      decoding: (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] }, as: UTF8.self)
  }
}
