import Primitives

extension LogicalPartitions {
  /// Where the metadata is.
  ///
  /// ```
  ///  0         4        8                     40           44        48          52
  ///  +---------+--------+---------------------+------------+---------+-----------+
  ///  | 616C4467| size of| SHA-256 of this,    | bytes of a | slots   | logical   |
  ///  | magic   | this,52| with zeros here     | slot       |         | block size|
  ///  +---------+--------+---------------------+------------+---------+-----------+
  /// ```
  struct Geometry: Sendable, Equatable {
    static let magic: UInt32 = 0x616C_4467
    static let size = 52
    static let sectorSize: UInt64 = 512
    static let largestMetadata: UInt32 = 1 << 20
    static let mostSlots: UInt32 = 32

    /// Of one slot, in bytes.
    let metadataSize: Int
    let slots: Int

    /// Throws `damaged` or `unsupported`; `place` names the file and the offset.
    init(_ bytes: [UInt8], at place: String) throws(Failure) {
      let span = bytes.span
      guard span.count == Self.size, span.littleEndian(UInt32.self, at: 0) == Self.magic else {
        throw Failure(.damaged, "\(place): there is no geometry of logical partitions.")
      }
      let structureSize = span.littleEndian(UInt32.self, at: 4)
      guard structureSize == UInt32(Self.size) else {
        throw Failure(.unsupported, "\(place): a geometry of \(structureSize) bytes is not known.")
      }
      guard LogicalPartitions.isChecked(bytes, at: 8) else {
        throw Failure(.damaged, "\(place): the geometry's checksum is wrong.")
      }
      let metadataSize = span.littleEndian(UInt32.self, at: 40)
      let slots = span.littleEndian(UInt32.self, at: 44)
      let blockSize = span.littleEndian(UInt32.self, at: 48)
      let sector = UInt32(Self.sectorSize)
      guard metadataSize > 0, metadataSize % sector == 0, slots > 0, blockSize > 0, blockSize % sector == 0
      else {
        throw Failure(
          .damaged,
          "\(place): \(slots) slots of \(metadataSize) bytes and blocks of \(blockSize) cannot be true.")
      }
      guard metadataSize <= Self.largestMetadata, slots <= Self.mostSlots else {
        throw Failure(.unsupported, "\(place): \(slots) slots of \(metadataSize) bytes are too many.")
      }
      self.metadataSize = Int(metadataSize)
      self.slots = Int(slots)
    }

    /// A place where metadata is kept.
    struct Copy: Equatable {
      let slot: Int
      /// In the image, in bytes.
      let offset: UInt64
    }

    /// In the order in which they are tried.
    var copies: [Copy] {
      (0..<slots).flatMap { slot in
        [slot, slots + slot].map { place in
          Copy(slot: slot, offset: LogicalPartitions.geometryEnd + UInt64(place * metadataSize))
        }
      }
    }

    /// Where partitions may begin, in bytes.
    var metadataEnd: UInt64 { LogicalPartitions.geometryEnd + UInt64(2 * slots * metadataSize) }
  }
}
