/// One entry of a tar archive that can be shown.
package struct TarEntry: Sendable, Equatable {
  package enum Kind: Sendable, Equatable { case file, directory }

  /// The components of its path, each safe as a name in a directory: at least one, at most 32.
  package let path: [String]
  package let kind: Kind
  /// Of the first of its headers, extension headers included, from the file's beginning.
  package let headerOffset: UInt64
  /// Of its content, from the file's beginning.
  package let dataOffset: UInt64
  /// Bytes of content; 0 for a directory.
  package let size: UInt64
  /// Seconds since 1970-01-01 UTC; nil where the headers give no valid time.
  package let modified: Int64?
}
