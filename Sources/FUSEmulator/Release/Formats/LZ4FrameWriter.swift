import CLZ4

/// How a file is packed with LZ4.
enum LZ4Format: Equatable {
  case frame(LZ4FrameLayout)
  /// The format of `lz4 -l`: a magic number, then blocks of 8 MiB, each behind its packed size.
  case legacy

  /// Independent blocks of 1 MiB, content size and checksum: FLG 0x6C, BD 0x60, what phones' images mostly have.
  static let usual = LZ4Format.frame(LZ4FrameLayout())
}

/// What the descriptor of a frame says.
struct LZ4FrameLayout: Equatable {
  enum BlockSize {
    case kibibytes64
    case kibibytes256
    case mebibyte1
    case mebibytes4
  }

  var blockSize = BlockSize.mebibyte1
  var hasLinkedBlocks = false
  var hasContentSize = true
  var hasContentChecksum = true
  var hasBlockChecksums = false
}

/// Packs a stream of a known size into one LZ4 frame.
///
///     04 22 4d 18 | FLG BD [content size 8] HC | size 4, block [, checksum 4] … | 0 0 0 0 [content checksum 4]
///
/// The corresponding C functions are `LZ4F_compressBegin`, `LZ4F_compressUpdate` and `LZ4F_compressEnd`.
@safe final class LZ4FrameWriter: ByteSink {
  private let next: any ByteSink
  private let context: OpaquePointer
  private var preferences: LZ4F_preferences_t
  private var output: [UInt8]

  /// Bytes given to liblz4 at once.
  private static let step = 1 << 18

  /// `contentSize` is the number of bytes that will be written.
  init(_ layout: LZ4FrameLayout, contentSize: Int, next: any ByteSink) throws(ReleaseFault) {
    self.next = next
    var preferences = LZ4F_preferences_t()
    preferences.frameInfo.blockSizeID =
      switch layout.blockSize {
      case .kibibytes64: LZ4F_max64KB
      case .kibibytes256: LZ4F_max256KB
      case .mebibyte1: LZ4F_max1MB
      case .mebibytes4: LZ4F_max4MB
      }
    preferences.frameInfo.blockMode = layout.hasLinkedBlocks ? LZ4F_blockLinked : LZ4F_blockIndependent
    preferences.frameInfo.contentSize = layout.hasContentSize ? UInt64(contentSize) : 0
    preferences.frameInfo.contentChecksumFlag =
      layout.hasContentChecksum ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum
    preferences.frameInfo.blockChecksumFlag =
      layout.hasBlockChecksums ? LZ4F_blockChecksumEnabled : LZ4F_noBlockChecksum
    self.preferences = preferences
    output = [UInt8](repeating: 0, count: unsafe LZ4F_compressBound(Self.step, &preferences))
    var context: OpaquePointer?
    guard unsafe LZ4F_isError(LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION))) == 0,
      let context = unsafe context
    else { throw .failed("There is no memory for LZ4.") }
    unsafe self.context = unsafe context
    let begun = unsafe LZ4F_compressBegin(context, &output, output.count, &preferences)
    try flush(begun)
  }

  deinit { unsafe _ = LZ4F_freeCompressionContext(context) }

  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    var offset = 0
    while offset < bytes.count {
      let part = bytes.extracting(offset..<min(offset + Self.step, bytes.count))
      let produced = unsafe part.withUnsafeBytes {
        unsafe LZ4F_compressUpdate(context, &output, output.count, $0.baseAddress, $0.count, nil)
      }
      try flush(produced)
      offset += part.count
    }
  }

  /// Ends the frame.
  func finish() throws(ReleaseFault) {
    try flush(unsafe LZ4F_compressEnd(context, &output, output.count, nil))
  }

  /// Hands on what a call of liblz4 produced.
  private func flush(_ produced: Int) throws(ReleaseFault) {
    guard LZ4F_isError(produced) == 0 else {
      throw .failed("LZ4 failed: \(unsafe String(cString: LZ4F_getErrorName(produced))).")
    }
    try next.write(output, count: produced)
  }
}

/// Packs a stream in LZ4's legacy format.
///
///     02 21 4c 18 | packed size 4, block of up to 8 MiB | …
///
/// The corresponding C function is `LZ4_compress_default`.
final class LZ4LegacyWriter: ByteSink {
  private let next: any ByteSink
  private var pending: [UInt8] = []

  private static let blockSize = 8 << 20

  init(next: any ByteSink) throws(ReleaseFault) {
    self.next = next
    pending.reserveCapacity(Self.blockSize)
    try next.write([0x02, 0x21, 0x4c, 0x18])
  }

  func write(_ bytes: Span<UInt8>) throws(ReleaseFault) {
    var offset = 0
    while offset < bytes.count {
      let count = min(Self.blockSize - pending.count, bytes.count - offset)
      unsafe bytes.extracting(offset..<offset + count).withUnsafeBytes {
        unsafe pending.append(contentsOf: $0)
      }
      offset += count
      if pending.count == Self.blockSize { try writeBlock() }
    }
  }

  /// Writes the last, shorter block.
  func finish() throws(ReleaseFault) {
    if !pending.isEmpty { try writeBlock() }
  }

  private func writeBlock() throws(ReleaseFault) {
    var packed = [UInt8](repeating: 0, count: Int(LZ4_compressBound(Int32(pending.count))))
    let size = unsafe pending.withUnsafeBytes { source in
      unsafe packed.withUnsafeMutableBytes { packed in
        unsafe LZ4_compress_default(
          source.baseAddress?.assumingMemoryBound(to: CChar.self),
          packed.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(source.count), Int32(packed.count))
      }
    }
    guard size > 0 else { throw .failed("LZ4 failed to pack a legacy block.") }
    var header: [UInt8] = []
    header.append(littleEndian: UInt32(size))
    try next.write(header)
    try next.write(packed, count: Int(size))
    pending.removeAll(keepingCapacity: true)
  }
}

extension LZ4Format {
  /// Packs what `produce` writes, `contentSize` bytes, into `sink`.
  func pack(
    contentSize: Int, to sink: any ByteSink, produce: (any ByteSink) throws(ReleaseFault) -> Void
  ) throws(ReleaseFault) {
    switch self {
    case .frame(let layout):
      let writer = try LZ4FrameWriter(layout, contentSize: contentSize, next: sink)
      try produce(writer)
      try writer.finish()
    case .legacy:
      let writer = try LZ4LegacyWriter(next: sink)
      try produce(writer)
      try writer.finish()
    }
  }
}
