import FirmwareFormats
import Primitives

extension FuzzTarget {
  /// A raw deflate stream: what one decoder gives from the beginning to the end, and what is read here and there with
  /// checkpoints.
  static let deflate = FuzzTarget(name: "deflate", largestInput: 4 << 10) { (input) async in
    var numbers = Numbers(of: input)
    let (plain, isWhole) = inflated(input, most: 200_000)
    let content = DeflatedContent(
      name: "member", compressed: MemoryFile(input),
      size: UInt64(plain.count + (isWhole ? 0 : numbers.next(in: 1...5000))), crc32: plain.crc32)
    let limits = DeflatedMember.Limits(
      cursors: numbers.next(in: 1...3), chunkSize: numbers.next(in: 1...5000) + plain.count / 64,
      keptChunks: numbers.next(in: 1...3), inputSize: numbers.next(in: 1...700) + input.count / 64,
      checkpointSpacing: UInt64(numbers.next(in: 8...20_000) + plain.count / 16))
    let checkpoints = MemoryCheckpoints()
    for _ in 0..<2 {
      let member = DeflatedMember(content, limits: limits, checkpoints: checkpoints)
      await expectReads(of: member, in: plain, isWhole: isWhole, seed: numbers.seed())
      expect(await readForward(member, most: plain.count) == plain || !isWhole, "forward it is other bytes")
      if !isWhole {
        let size = Int(content.size)
        expect(await read(member, size - 1..<size) == nil, "a byte was given that cannot be")
      }
    }
    for checkpoint in checkpoints.all {
      expect(checkpoint.output <= content.size, "a checkpoint at \(checkpoint.output)")
      expect(checkpoint.input / 8 <= content.compressed.size, "a checkpoint at bit \(checkpoint.input)")
    }
  }

  /// The plain bytes as far as they can be had, and whether the stream ends with them.
  private static func inflated(_ input: [UInt8], most: Int) -> (plain: [UInt8], isWhole: Bool) {
    var stream = InflateStream()
    var plain: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    var taken = 0
    while !stream.isFinished, plain.count < most {
      var elements = piece.mutableSpan
      var bytes = unsafe elements.mutableBytes
      let rest = unsafe input.span.bytes.extracting(droppingFirst: taken)
      guard let step = try? stream.inflate(rest, into: &bytes), step.consumed + step.produced > 0 else {
        break
      }
      taken += step.consumed
      plain += piece.prefix(step.produced)
    }
    return (plain, stream.isFinished)
  }
}
