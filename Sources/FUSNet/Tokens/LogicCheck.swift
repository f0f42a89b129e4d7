import Primitives

/// The protocol's proof that a request was made for this nonce: characters of the input, picked by the nonce's.
///
///     input    A207FXXU2CUI2/A2…        nonce    a  b  c …
///              0123456789ABCDEF                  1  2  3 …   (low four bits)
///     output   2  0  7 …
enum LogicCheck {
  /// Throws when the input has fewer than 16 characters.
  static func value(_ input: String, nonce: String) throws(Failure) -> String {
    let input = Array(input.utf8)
    guard input.count >= 16 else {
      throw Failure(.protocolViolation, "A text of \(input.count) characters is too short for a logic check.")
    }
    return String(decoding: nonce.utf8.map { input[Int($0 & 15)] }, as: UTF8.self)
  }

  /// What Init checks of a file's name: the last 16 characters before its first `.`.
  static func initInput(fileName: String) -> String {
    String(fileName.prefix { $0 != "." }.suffix(16))
  }
}
