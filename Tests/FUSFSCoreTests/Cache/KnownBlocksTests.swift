import Testing

@testable import FUSFSCore

struct KnownBlocksTests {
  private let binary = BinaryID(name: "a", size: 200 * UInt64(BlockGrid.blockSize), crc32: nil)

  private func blocks(_ indices: UInt32...) -> BlockSet {
    var set = BlockSet(count: 200)
    for index in indices { set.insert(index) }
    return set
  }

  @Test func whatIsStoredBeforeTheFileAnswersIsKnown() {
    var known = KnownBlocks()
    known.insert(3, of: binary)
    known.insert(4, of: binary)
    known.remove(4, of: binary)
    #expect(known[binary] == nil, "the file was not asked")
    #expect(known.add(blocks(1), of: binary).missing(in: 0..<5) == [0..<1, 2..<3, 4..<5])
    #expect(known[binary]?.missing(in: 0..<5) == [0..<1, 2..<3, 4..<5])
  }
}
