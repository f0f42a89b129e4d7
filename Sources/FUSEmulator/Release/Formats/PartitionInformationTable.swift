/// A PIT: the partitions of a phone's storage, as the loader and Odin know them.
///
///     header 28   magic 76 98 34 12, entries 4, "COM_TAR2" 8, project 8, number of LUNs 4
///     entry 132   binary type 4 (0: application), device type 4 (8: UFS), identifier 4, attributes 4, update attributes 4,
///                 first block 4, blocks 4, file offset 4, file size 4, partition 32, file 32, update file 32
struct PartitionInformationTable {
  struct Entry: Equatable {
    var partition: String
    var file: String
    /// In blocks of 4096 bytes.
    var blocks: Int
  }

  let project: String
  let entries: [Entry]

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: 0x1234_9876 as UInt32)
    bytes.append(littleEndian: UInt32(entries.count))
    bytes.append(text: "COM_TAR2", count: 8)
    bytes.append(text: project, count: 8)
    bytes.append(littleEndian: 1 as UInt32)
    var firstBlock = 0
    for (index, entry) in entries.enumerated() {
      for value in [0, 8, index + 1, 5, 1, firstBlock, entry.blocks, 0, 0] {
        bytes.append(littleEndian: UInt32(value))
      }
      // A NUL must end each text.
      for text in [entry.partition, entry.file, ""] {
        bytes.append(text: text, count: 31)
        bytes.append(0)
      }
      firstBlock += entry.blocks
    }
    return bytes
  }
}
