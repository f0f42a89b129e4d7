import Primitives
import Testing

struct ByteBlockTests {
  private func contents(_ block: ByteBlock) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xEE, count: block.count)
    var elements = bytes.mutableSpan
    var span = unsafe elements.mutableBytes
    block.copyBytes(from: 0, into: &span)
    return bytes
  }

  @Test func beginsAsZeros() {
    #expect(contents(UniqueByteBlock(count: 1000).frozen()) == [UInt8](repeating: 0, count: 1000))
  }

  @Test func isFilledAndThenFrozen() {
    var block = UniqueByteBlock(count: 4)
    let source: [UInt8] = [7, 8]
    block.withMutableBytes { $0.copyBytes(from: unsafe source.span.bytes, at: 1) }
    #expect(block.count == 4)
    #expect(contents(block.frozen()) == [0, 7, 8, 0])
  }

  @Test func isFilledAcrossASuspension() async {
    var block = UniqueByteBlock(count: 2)
    await block.withMutableBytesAsync { span in
      await Task.yield()
      let source: [UInt8] = [1, 2]
      span.copyBytes(from: unsafe source.span.bytes)
    }
    #expect(contents(block.frozen()) == [1, 2])
  }

  @Test func copiesACollection() {
    #expect(contents(ByteBlock(copying: [3, 1, 4])) == [3, 1, 4])
    #expect(contents(ByteBlock(copying: Array("abc".utf8)[1...])) == Array("bc".utf8))
  }

  @Test func emptyOnes() {
    #expect(contents(UniqueByteBlock(count: 0).frozen()) == [])
    #expect(ByteBlock(copying: EmptyCollection()).withBytes { $0.byteCount } == 0)
  }

  @Test func copiesAPart() {
    let block = ByteBlock(copying: Array(0..<10))
    var part = [UInt8](repeating: 0, count: 3)
    var elements = part.mutableSpan
    var span = unsafe elements.mutableBytes
    block.copyBytes(from: 7, into: &span)
    #expect(part == [7, 8, 9])
  }
}
