import FirmwareFormats
import Glibc
import Primitives
import TestSupport

@testable import FUSFSCore

/// A test's directory as those of the cache use it.
extension TemporaryDirectory {
  /// Where the cache is put.
  var cache: String { "\(path)/cache" }
  /// The database in it.
  var file: String { "\(cache)/blocks.sqlite" }
  /// The bytes of its blocks.
  var blocks: String { "\(cache)/blocks.data" }

  /// Changes the first byte of a block's, if it is cached.
  func corrupt(_ key: Int64) throws {
    let raw = try SQLiteConnection(path: file, access: .readOnly)
    guard let extent = try raw.integer("SELECT extent FROM block_group WHERE key = \(key >> 6)") else {
      return
    }
    let file = try BlockFile(path: blocks, access: .readWrite)
    let offset = BlockFile.offset(ofBlock: key, in: UInt64(extent))
    var first = UniqueByteBlock(count: 1)
    try first.withMutableBytes { (span) throws(SQLiteError) in
      guard try file.read(into: &span, at: offset) else { return }
      let byte = unsafe span.bytes.unsafeLoad(as: UInt8.self)
      span.storeBytes(of: ~byte, as: UInt8.self)
      try file.write(span.bytes, at: offset)
    }
  }
}

/// The bytes that block `index` of a test's binary has: always the same, and different for each.
func testBlock(_ index: UInt32, of binary: BinaryID) -> ByteBlock {
  var state = UInt64(bitPattern: binary.number) &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(index)
  let count = binary.grid?.length(of: index) ?? 0
  var block = UniqueByteBlock(count: count)
  block.withMutableBytes { span in
    var offset = 0
    while offset + 8 <= count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      span.storeBytes(of: state, toByteOffset: offset, as: UInt64.self)
      offset += 8
    }
  }
  return block.frozen()
}

func isEqual(_ left: ByteBlock?, _ right: ByteBlock) -> Bool {
  guard let left, left.count == right.count else { return false }
  return left.withBytes { left in
    right.withBytes { right in
      unsafe left.withUnsafeBytes { left in
        unsafe right.withUnsafeBytes { right in
          unsafe left.isEmpty || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
        }
      }
    }
  }
}

extension BlockCache {
  static func test(
    _ folder: TemporaryDirectory, limit: UInt64 = 1 << 30, access: Access = .readWrite, log: Log = Log()
  ) throws -> BlockCache {
    try open(directory: folder.cache, limit: limit, access: access, retryAfter: .milliseconds(50), log: log)
  }

  func storeTestBlock(_ index: UInt32, of binary: BinaryID) {
    let block = testBlock(index, of: binary)
    store(block, index: index, of: binary)
  }

  func hasTestBlock(_ index: UInt32, of binary: BinaryID) -> Bool {
    isEqual(block(index, of: binary), testBlock(index, of: binary))
  }

  /// A binary of `blocks` blocks, the last of them short.
  func testBinary(_ name: String = "SM-A207F_1.zip.enc4", blocks: UInt64 = 100) -> BinaryID {
    binary(name: name, size: blocks * UInt64(BlockGrid.blockSize) - 1000, crc32: 1)
  }
}
