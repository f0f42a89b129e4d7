import Primitives

/// What stands before a frame's blocks (LZ4 frame format 1.6).
///
/// ```
///  0                4     5     6                14             18
///  +----------------+-----+-----+----------------+---------------+----+
///  | 04 22 4D 18    | FLG | BD  | content size 8 | dictionary 4  | HC |   both sizes only where FLG says so
///  +----------------+-----+-----+----------------+---------------+----+
///
///  FLG  7 6: version, 01 | 5: blocks are independent | 4: each block has a checksum | 3: content size
///       2: content checksum | 1: reserved, 0 | 0: dictionary
///  BD   7: reserved, 0 | 6-4: most bytes in a block: 4 is 64 KiB, 5 256 KiB, 6 1 MiB, 7 4 MiB | 3-0: reserved, 0
///  HC   the second byte of the XXH32 of FLG to before HC
/// ```
/// A legacy frame begins with 02 21 4C 18 and has no header; its blocks are independent and hold 8 MiB each, the last
/// what is left. A skippable frame begins with 5x 2A 4D 18 and its size in 4 bytes.
struct LZ4FrameHeader: Sendable, Equatable {
  static let magic: UInt32 = 0x184D_2204
  static let legacyMagic: UInt32 = 0x184C_2102
  /// Bytes before the blocks of a legacy frame.
  static let legacySize = 4
  /// Bytes that show how long the header is.
  static let leastSize = 7

  static func isSkippable(magic: UInt32) -> Bool { magic & 0xFFFF_FFF0 == 0x184D_2A50 }

  /// FLG; 0 for a legacy frame.
  let flags: UInt8
  /// BD; 0 for a legacy frame.
  let descriptor: UInt8
  /// Of the plain bytes, as the header claims; nil where it says nothing, or 0 as some encoders do for the same.
  let contentSize: UInt64?

  static let legacy = LZ4FrameHeader()

  private init() {
    (flags, descriptor, contentSize) = (0, 0, nil)
  }

  /// Throws `damaged` or `unsupported`, with a cause that goes on after the file's name.
  init(flags: UInt8, descriptor: UInt8, contentSize: UInt64?, at offset: UInt64) throws(Failure) {
    guard flags >> 6 == 1 else {
      throw Failure(.unsupported, "the LZ4 frame at byte \(offset) has version \(flags >> 6).")
    }
    guard flags & 0b10 == 0, descriptor & 0x8F == 0 else {
      throw Failure(.unsupported, "the LZ4 frame at byte \(offset) has reserved bits set.")
    }
    guard flags & 1 == 0 else {
      throw Failure(.unsupported, "the LZ4 frame at byte \(offset) needs a dictionary.")
    }
    guard descriptor >> 4 >= 4 else {
      throw Failure(
        .damaged, "the LZ4 frame at byte \(offset) has the unknown block size \(descriptor >> 4).")
    }
    self.flags = flags
    self.descriptor = descriptor
    self.contentSize = contentSize == 0 ? nil : contentSize
  }

  /// Parses a whole header, as many bytes as `count(flags:)` says, the magic among them.
  init(parsing bytes: Span<UInt8>, at offset: UInt64) throws(Failure) {
    let flags = bytes[4]
    let size = flags & 0b1000 != 0 ? bytes.littleEndian(UInt64.self, at: 6) : nil
    let checked = unsafe bytes.bytes.extracting(4..<bytes.count - 1)
    // A header that is broken anywhere is told as broken, not as one of another version.
    guard UInt8(truncatingIfNeeded: LZ4Checksum.of(checked) >> 8) == bytes[bytes.count - 1] else {
      throw Failure(.damaged, "the header of the LZ4 frame at byte \(offset) has a wrong checksum.")
    }
    try self.init(flags: flags, descriptor: bytes[5], contentSize: size, at: offset)
  }

  /// Bytes of a header with these flags, the magic among them.
  static func count(flags: UInt8) -> Int {
    leastSize + (flags & 0b1000 != 0 ? 8 : 0) + (flags & 1 != 0 ? 4 : 0)
  }

  var isLegacy: Bool { flags == 0 }
  /// Bytes from the frame's start to its first block.
  var size: Int { isLegacy ? Self.legacySize : Self.count(flags: flags) }
  /// The most plain bytes in a block; all hold as many but the last, and those that an encoder flushed early.
  var blockLimit: Int { isLegacy ? 8 << 20 : 1 << (8 + 2 * Int(descriptor >> 4)) }
  /// The most bytes that a block may take.
  var packedLimit: Int { isLegacy ? LZ4Block.bound(blockLimit) : blockLimit }
  /// A block may refer to the plain bytes before it.
  var isLinked: Bool { !isLegacy && flags & 0b10_0000 == 0 }
  var hasBlockChecksums: Bool { flags & 0b1_0000 != 0 }
  var hasContentChecksum: Bool { flags & 0b100 != 0 }
  var hasChecksums: Bool { hasBlockChecksums || hasContentChecksum }
}
