extension TarHeader {
  /// What is shown of the entry with this header; `name` is that which counts, a longer one from before it perhaps.
  func kind(named name: [UInt8]) throws(EntryFault) -> TarEntry.Kind {
    switch type {
    // Before there was a type for directories, their names ended in a slash.
    case UInt8(ascii: "0"), 0: return name.last == UInt8(ascii: "/") ? .directory : .file
    case UInt8(ascii: "7"): return .file
    case UInt8(ascii: "5"): return .directory
    case UInt8(ascii: "1"): throw EntryFault(words: "it is a hard link")
    case UInt8(ascii: "2"): throw EntryFault(words: "it is a symbolic link")
    case UInt8(ascii: "3"), UInt8(ascii: "4"): throw EntryFault(words: "it is a device")
    case UInt8(ascii: "6"): throw EntryFault(words: "it is a FIFO")
    case UInt8(ascii: "S"): throw .sparse
    default: throw EntryFault(words: "its type \"\(EntryName.printable([type]))\" is none that can be shown")
    }
  }

  /// Whether its content follows the header. Links, devices and directories have none, whatever size they claim, except
  /// that the pax format lets a hard link bring the file's content with it.
  func hasContent(withRecords hasRecords: Bool) -> Bool {
    switch type {
    case UInt8(ascii: "1"): hasRecords
    case UInt8(ascii: "2")...UInt8(ascii: "6"): false
    default: true
    }
  }
}

extension EntryFault {
  static let sparse = EntryFault(
    words: "it is a sparse file, its holes left out, which this program does not read")
}
