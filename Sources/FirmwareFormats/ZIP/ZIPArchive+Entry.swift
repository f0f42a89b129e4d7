extension ZIPArchive {
  /// How a member's bytes are kept.
  package enum Method: Sendable, Equatable {
    case stored
    case deflated
    /// One that this program does not decode, by its number in the ZIP specification.
    case other(UInt16)

    init(number: UInt16) {
      switch number {
      case 0: self = .stored
      case 8: self = .deflated
      default: self = .other(number)
      }
    }
  }

  /// One member, as the directory describes it.
  package struct Entry: Sendable, Equatable {
    /// Safe as the name of a file in a directory, and the only one of its name.
    package let name: String
    package let method: Method
    package let isEncrypted: Bool
    /// The local header has no sizes; they follow the data. The directory has them in any case.
    package let hasDataDescriptor: Bool
    /// In bytes.
    package let compressedSize: UInt64
    /// In bytes.
    package let uncompressedSize: UInt64
    /// Of the uncompressed bytes.
    package let crc32: UInt32
    /// Seconds since 1970-01-01 UTC; nil where the directory gives no valid date.
    package let modificationTime: Int64?
    /// Of the local header, from the file's beginning.
    package let headerOffset: UInt64
    /// Where the next member or the directory begins: this one's data must end before.
    package let limit: UInt64
  }
}
