extension LogicalPartitions {
  /// Whether the SHA-256 at `index` is that of the bytes with zeros in its own place.
  static func isChecked(_ bytes: [UInt8], at index: Int) -> Bool {
    var blank = bytes
    blank.replaceSubrange(index..<index + 32, with: repeatElement(0, count: 32))
    return bytes[index..<index + 32].elementsEqual(MessageDigest.sha256(of: blank))
  }
}
