import Primitives

@testable import FirmwareFormats

extension FuzzTarget {
  /// A checkpoint's window: what was kept and is not as it was made, with a right seal and a wrong one.
  ///
  /// ```
  ///  output 4 | bit of input 4 | CRC-32 4 | size of the packed stream 2 | packed stream | deflated window
  /// ```
  static let checkpointWindow = FuzzTarget(name: "checkpoint-window", largestInput: 8 << 10) {
    (input) async in
    var fields = Fields(input)
    let (output, bit) = (fields.number(bytes: 4), fields.number(bytes: 4))
    let crc32 = UInt32(fields.number(bytes: 4))
    let packed = fields.counted()
    let content = DeflatedContent(
      name: "member", compressed: MemoryFile(packed), size: UInt64(1032 * packed.count), crc32: crc32)
    let bytes = Array(fields.rest)

    let window = Array(bytes.suffix(Int(min(output, 32 << 10))))
    let made = PackedWindow.checkpoint(
      of: content, output: UInt64(window.count), input: bit, crc32: crc32, window: window)
    if let made, made.output <= content.size, made.input / 8 < content.compressed.size {
      expect(PackedWindow.unpack(made, of: content) == window, "a window is not what it was")
    }

    let spoilt = Checkpoint(output: output, input: bit, crc32: crc32, window: bytes)
    let sealed = sealed(spoilt, of: content)
    for checkpoint in [spoilt, sealed] {
      let window = PackedWindow.unpack(checkpoint, of: content)
      expect(
        window.map { $0.count == min(output, 32 << 10) } ?? true, "a window of \(window?.count ?? 0) bytes")
      let member = DeflatedMember(
        content, limits: .init(cursors: 1, chunkSize: 4096, keptChunks: 1, inputSize: 100),
        checkpoints: MemoryCheckpoints([checkpoint]))
      let start = Int(min(output, content.size))
      _ = await read(member, start..<min(Int(content.size), start + 100))
    }
  }

  /// The same with the seal that belongs to it.
  private static func sealed(_ checkpoint: Checkpoint, of content: DeflatedContent) -> Checkpoint {
    let numbers = [
      content.size, UInt64(content.crc32), content.compressed.size, checkpoint.output, checkpoint.input,
      UInt64(checkpoint.crc32),
    ]
    let sealed = numbers.flatMap { littleEndian($0, count: 8) } + checkpoint.window
    return Checkpoint(
      output: checkpoint.output, input: checkpoint.input, crc32: checkpoint.crc32,
      window: littleEndian(UInt64(sealed.crc32), count: 4) + checkpoint.window)
  }
}

func littleEndian(_ number: UInt64, count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
}
