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

  @Test func groupsAndBinariesAreForgotten() {
    let other = BinaryID(name: "b", size: 200 * UInt64(BlockGrid.blockSize), crc32: nil)
    var known = KnownBlocks()
    for binary in [binary, other] { _ = known.add(blocks(1, 63, 64, 130), of: binary) }
    known.remove(group: binary.groupKeys.lowerBound)
    #expect(known[binary]?.missing(in: 0..<200) == [0..<64, 65..<130, 131..<200])
    known.remove(group: binary.groupKeys.lowerBound + 2)
    #expect(known[binary]?.missing(in: 0..<200) == [0..<64, 65..<200])
    #expect(known[other]?.contains(1) == true)
    known.forget(binary)
    #expect(known[binary] == nil && known[other] != nil)
    known.removeAll()
    #expect(known[other] == nil)
  }
}
