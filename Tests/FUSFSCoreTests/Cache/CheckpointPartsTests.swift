import FirmwareFormats
import TestSupport
import Testing

@testable import FUSFSCore

@Suite struct CheckpointPartsTests {
  private let binary = BinaryID(name: "a", size: 100 * UInt64(BlockGrid.blockSize), crc32: nil)
  private var stream: StreamID { StreamID(binary: binary, name: "AP.tar.md5") }
  private var other: StreamID { StreamID(binary: binary, name: "BL.tar.md5") }

  @Test func binariesKeepTheirNumbers() {
    #expect(binary.number == 3_498_165_627_844)
    #expect(BinaryID(name: "SM-A207F_1.zip.enc4", size: 5, crc32: 1).number == 7_460_006_265_952)
  }

  @Test(arguments: UInt64(1)...20)
  func offsetsAreFoundAsInAPlainSet(seed: UInt64) {
    var generator = SplitMix(seed: seed)
    let drawn = (0..<50).map { _ in UInt64.random(in: 0..<100, using: &generator) } + [.max]
    var set = OffsetSet(drawn)
    var plain = Set(drawn)
    for _ in 0..<300 {
      let offset = UInt64.random(in: 0..<110, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0:
        set.insert(offset)
        plain.insert(offset)
      case 1:
        set.remove(offset)
        plain.remove(offset)
      case 2: #expect(set.last(atOrBefore: offset) == plain.filter { $0 <= offset }.max())
      default:
        let range = offset..<UInt64.random(in: offset...110, using: &generator)
        #expect(set.intersects(range) == plain.contains { range.contains($0) })
      }
      #expect(set.offsets == plain.sorted())
    }
    #expect(set.last(atOrBefore: .max) == .max)
    #expect(OffsetSet().last(atOrBefore: .max) == nil)
  }

  @Test(arguments: UInt64(1)...20)
  func laterChangesFollowEarlierOnes(seed: UInt64) {
    var generator = SplitMix(seed: seed)
    var parts = [PendingCheckpoints(), PendingCheckpoints()]
    let stored: [StreamID: Set<UInt64>] = [stream: [1, 2, 3], other: [3, 4]]
    var plain = stored
    for step in 0..<20 {
      let stream = Bool.random(using: &generator) ? stream : other
      let output = UInt64.random(in: 0..<6, using: &generator)
      switch Int.random(in: 0..<8, using: &generator) {
      case 0:
        parts[step / 10].removeAll(of: stream)
        plain[stream] = []
      case 1..<4:
        parts[step / 10].change(output, of: stream, to: .delete)
        plain[stream]?.remove(output)
      default:
        let checkpoint = Checkpoint(output: output, input: 0, crc32: 0, window: [])
        parts[step / 10].change(output, of: stream, to: .keep(checkpoint))
        plain[stream]?.insert(output)
      }
    }
    let all = parts[1].following(parts[0])
    for stream in [stream, other] {
      let before = parts[0].applied(to: stored[stream, default: []].sorted(), of: stream)
      let expected = OffsetSet(plain[stream, default: []])
      #expect(parts[1].applied(to: before.offsets, of: stream) == expected)
      #expect(all.applied(to: stored[stream, default: []].sorted(), of: stream) == expected)
    }
    #expect(all.byteCount == all.changes.values.flatMap(\.values).reduce(0) { $0 + $1.byteCount })
  }

  @Test func memoryHoldsTheNewestWithinItsLimit() {
    var memory = CheckpointMemory(limit: 100_000)
    for output in UInt64(0)..<1000 {
      let window = [UInt8](repeating: UInt8(output % 256), count: 1000)
      memory.insert(
        Checkpoint(output: output, input: output, crc32: 0, window: window),
        of: output % 2 == 0 ? stream : other)
    }
    let kept = memory.outputs(of: stream) + memory.outputs(of: other)
    #expect(kept.count == 100_000 / Checkpoint.rowBytes(window: 1000))
    #expect(kept.min() == 1000 - UInt64(kept.count))
    #expect(memory.checkpoint(at: 998, of: stream)?.window.first == UInt8(998 % 256))
    #expect(memory.checkpoint(at: 999, of: stream) == nil)
    memory.removeAll(of: stream)
    #expect(memory.outputs(of: stream).isEmpty)
    #expect(memory.outputs(of: other).count == kept.count / 2)
    for _ in 0..<500 {
      memory.insert(
        Checkpoint(output: 7, input: 0, crc32: 0, window: Array(repeating: 1, count: 1000)), of: stream)
    }
    #expect(memory.outputs(of: other).count == kept.count / 2, "the same one again takes no room")
    memory.insert(
      Checkpoint(output: 8, input: 0, crc32: 0, window: Array(repeating: 1, count: 200_000)), of: stream)
    #expect(memory.outputs(of: stream).isEmpty && memory.outputs(of: other).isEmpty)
  }

  @Test func theChecksumCoversAllColumns() {
    let row = Checkpoint(output: 1, input: 2, crc32: 3, window: [4])
    let same = row.rowChecksum(of: stream)
    for changed in [
      Checkpoint(output: 9, input: 2, crc32: 3, window: [4]),
      Checkpoint(output: 1, input: 9, crc32: 3, window: [4]),
      Checkpoint(output: 1, input: 2, crc32: 9, window: [4]),
      Checkpoint(output: 1, input: 2, crc32: 3, window: [9]),
    ] {
      #expect(changed.rowChecksum(of: stream) != same)
    }
    #expect(row.rowChecksum(of: other) != same)
    let elsewhere = BinaryID(name: "b", size: binary.size, crc32: nil)
    #expect(row.rowChecksum(of: StreamID(binary: elsewhere, name: stream.name)) != same)
  }
}
