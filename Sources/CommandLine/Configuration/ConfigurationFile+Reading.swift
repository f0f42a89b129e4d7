import Glibc
import Primitives

extension ConfigurationFile {
  /// The text of a configuration file that only its owner, who is `userID` or the superuser, can change.
  ///
  /// Nil if it does not exist and is not required. `/dev/null` stands for an empty one.
  static func read(_ file: PathName, isRequired: Bool, userID: UInt32) throws(Failure) -> String? {
    guard file.text != "/dev/null" else { return "" }
    if unsafe access(file.text, F_OK) != 0, errno == ENOENT || errno == ENOTDIR {
      guard isRequired else { return nil }
      throw Failure.system("The configuration file \(file) cannot be read", errno: errno)
    }
    let opened = try TrustedFile(file, for: userID, kind: "configuration file", option: "--config")
    guard let bytes = try opened.contents(limit: sizeLimit) else {
      throw Failure(.invalid, "\(file) is larger than \(ByteSize(bytes: UInt64(sizeLimit)).words).")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.invalid, "\(file) is not UTF-8 text.")
    }
    return text
  }
}
