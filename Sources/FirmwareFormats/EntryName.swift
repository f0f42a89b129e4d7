/// Names of files inside containers, which come from outside and become names of a file system.
enum EntryName {
  /// Why a file must not be called so, or nil for a name that is safe in a directory.
  static func fault(in name: some Collection<UInt8>) -> String? {
    if name.isEmpty { return "it is empty" }
    if name.count > 255 { return "it is longer than 255 bytes" }
    if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { return "it names a directory" }
    if name.contains(UInt8(ascii: "/")) { return "it contains a slash" }
    guard let text = String(validating: name, as: UTF8.self) else { return "it is not UTF-8" }
    let isControl = { (scalar: Unicode.Scalar) in scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
    return text.unicodeScalars.contains(where: isControl) ? "it contains a control character" : nil
  }

  /// Any bytes, made fit for a line of text: printable ASCII stays, the rest becomes `\xNN`, long ones are cut.
  static func printable(_ name: some Collection<UInt8>) -> String {
    let kept = name.prefix(80)
    let text = kept.map { byte in
      (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\\")
        ? String(UnicodeScalar(byte))
        : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return text.joined() + (kept.count < name.count ? "…" : "")
  }
}
