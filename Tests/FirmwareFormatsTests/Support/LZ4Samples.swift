import CLZ4
import FirmwareFormats
import Primitives
import TestSupport

/// Bytes like firmware's, quickly: pieces of one sample in random order.
func longFirmwareLike(_ count: Int, seed: UInt64) -> [UInt8] {
  let sample = firmwareLike(200_000, seed: seed)
  var random = SplitMix(seed: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + sample.count)
  while bytes.count < count {
    let start = Int.random(in: 0..<sample.count, using: &random)
    bytes += sample[start..<Int.random(in: start...sample.count, using: &random)]
    bytes += random.bytes(Int.random(in: 0..<5000, using: &random))
  }
  return Array(bytes.prefix(count))
}

extension TemporaryDirectory {
  /// The bytes packed by the `lz4` program.
  func lz4(_ bytes: [UInt8], _ options: String) throws -> [UInt8] {
    try write(bytes, to: "plain")
    try shell("lz4 -q -f \(options) plain packed")
    return try read("packed")
  }
}

/// An LZ4 frame made by liblz4, with a block flushed after each of these pieces.
func flushedFrame(
  _ pieces: [[UInt8]], blockSize: LZ4F_blockSizeID_t = LZ4F_max64KB, isLinked: Bool = false,
  hasContentSize: Bool, hasContentChecksum: Bool = true
) throws -> [UInt8] {
  var preferences = LZ4F_preferences_t()
  preferences.frameInfo.blockSizeID = blockSize
  preferences.frameInfo.blockMode = isLinked ? LZ4F_blockLinked : LZ4F_blockIndependent
  preferences.frameInfo.contentChecksumFlag =
    hasContentChecksum ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum
  if hasContentSize { preferences.frameInfo.contentSize = UInt64(pieces.reduce(0) { $0 + $1.count }) }
  var context: OpaquePointer?
  guard unsafe LZ4F_isError(LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION))) == 0 else {
    throw TestFailure(description: "no LZ4 context")
  }
  defer { unsafe LZ4F_freeCompressionContext(context) }
  let bound = unsafe LZ4F_compressBound(pieces.map(\.count).max() ?? 0, &preferences)
  var buffer = [UInt8](repeating: 0, count: 64 + bound)
  var frame: [UInt8] = []
  func take(_ count: Int) throws {
    guard LZ4F_isError(count) == 0 else { throw TestFailure(description: "LZ4 refuses") }
    frame += buffer[..<count]
  }
  try take(unsafe LZ4F_compressBegin(context, &buffer, buffer.count, &preferences))
  for piece in pieces {
    try take(unsafe LZ4F_compressUpdate(context, &buffer, buffer.count, piece, piece.count, nil))
    try take(unsafe LZ4F_flush(context, &buffer, buffer.count, nil))
  }
  try take(unsafe LZ4F_compressEnd(context, &buffer, buffer.count, nil))
  return frame
}

/// The bytes in pieces of random sizes up to `most`.
func pieces(of bytes: [UInt8], most: Int, seed: UInt64) -> [[UInt8]] {
  var random = SplitMix(seed: seed)
  var pieces: [[UInt8]] = []
  var start = 0
  while start < bytes.count {
    let end = min(bytes.count, start + Int.random(in: 1...most, using: &random))
    pieces.append(Array(bytes[start..<end]))
    start = end
  }
  return pieces
}

/// A skippable frame that holds these bytes.
func skippableFrame(_ bytes: [UInt8], number: UInt8 = 0) -> [UInt8] {
  [0x50 | number, 0x2A, 0x4D, 0x18] + littleEndian(UInt32(bytes.count)) + bytes
}

func littleEndian(_ word: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }

/// Opens packed bytes as it is done elsewhere, with an index of their own where none is given.
func openLZ4(
  _ packed: [UInt8], index: LZ4Index? = nil, passesBytes: Bool = false, memory: Int = 64 << 20,
  blocks: LZ4BlockCache? = nil, checkpoints: (any CheckpointStore)? = nil
) async throws -> LZ4File {
  try await LZ4File.open(
    name: "boot.img.lz4", packed: MemoryFile(packed),
    index: index ?? LZ4Index(size: UInt64(packed.count)), passesBytes: passesBytes,
    blocks: blocks ?? LZ4BlockCache(memory: memory), checkpoints: checkpoints)
}
