import CFuse

/// Extended attributes of files, as whoever uses a mount sees them.
package enum ExtendedAttribute {
  private static let longestValue = 256

  /// The attribute's value; nil where the file has none of that name. The corresponding C function is `getxattr`.
  package static func value(_ name: String, of path: String) -> String? {
    var value = [UInt8](repeating: 0, count: longestValue)
    let count = getxattr(path, name, &value, value.count)
    return count < 0 ? nil : String(decoding: value.prefix(count), as: UTF8.self)
  }
}
