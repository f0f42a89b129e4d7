import Testing

@testable import FUSFSCore

@Suite struct BlockGridTests {
  private let block = UInt64(BlockGrid.blockSize)

  @Test func theLastBlockIsShort() throws {
    let grid = try #require(BlockGrid(size: 2 * block + 5))
    #expect(grid.count == 3)
    #expect(grid.bytes(of: 0) == 0..<block)
    #expect(grid.bytes(of: 2) == 2 * block..<2 * block + 5)
    #expect(grid.length(of: 2) == 5)
    #expect(grid.bytes(of: 3) == nil)
  }

  @Test func wholeBlocksHaveNoShortOne() throws {
    let grid = try #require(BlockGrid(size: 2 * block))
    #expect(grid.count == 2)
    #expect(grid.length(of: 1) == BlockGrid.blockSize)
  }

  @Test func anEmptyBinaryHasNoBlocks() throws {
    let grid = try #require(BlockGrid(size: 0))
    #expect(grid.count == 0)
    #expect(grid.blocks(covering: 0..<10).isEmpty)
  }

  @Test func rangesBecomeBlocks() throws {
    let grid = try #require(BlockGrid(size: 10 * block))
    #expect(grid.blocks(covering: 0..<1) == 0..<1)
    #expect(grid.blocks(covering: block - 1..<block + 1) == 0..<2)
    #expect(grid.blocks(covering: block..<2 * block) == 1..<2)
    #expect(grid.blocks(covering: 9 * block..<UInt64.max) == 9..<10)
    #expect(grid.blocks(covering: 11 * block..<UInt64.max).isEmpty)
    #expect(grid.blocks(covering: 5..<5).isEmpty)
  }

  @Test func absurdSizesHaveNoGrid() {
    #expect(BlockGrid(size: block << 20) != nil)
    #expect(BlockGrid(size: block << 20 + 1) == nil)
    #expect(BlockGrid(size: .max) == nil)
  }

  @Test func anIdentityIsItsNameSizeAndChecksum() {
    let ids = [
      BinaryID(name: "a", size: 1, crc32: nil), BinaryID(name: "a", size: 1, crc32: 0),
      BinaryID(name: "a", size: 2, crc32: nil), BinaryID(name: "b", size: 1, crc32: nil),
      BinaryID(name: "a", size: 1, crc32: 1),
    ]
    #expect(Set(ids.map(\.number)).count == ids.count)
    #expect(ids.allSatisfy { $0.number > 0 && $0.number < 1 << 43 })
    #expect(BinaryID(name: "a", size: 1, crc32: 7) == BinaryID(name: "a", size: 1, crc32: 7))
    #expect(
      BinaryID(name: "a", size: 1, crc32: 7).number == 6_221_362_330_852, "rows of earlier files stay found")
  }

  @Test func keysDoNotOverlap() {
    let binary = BinaryID(name: "a", size: block << 20, crc32: nil)
    let last = binary.blockKey((1 << 20) - 1)
    #expect(last >> 20 == binary.number)
    #expect(GroupPosition(blockKey: last).key == binary.groupKeys.upperBound)
    #expect(GroupPosition(blockKey: last).bit == 1 << 63)
    #expect(GroupPosition(blockKey: binary.blockKey(0)).key == binary.groupKeys.lowerBound)
  }
}

@Suite struct BlockSetTests {
  @Test func runsOfMissingBlocks() {
    var set = BlockSet(count: 130)
    for index in [UInt32(0), 3, 4, 64, 129] { set.insert(index) }
    #expect(set.missing(in: 0..<130) == [1..<3, 5..<64, 65..<129])
    #expect(set.missing(in: 3..<5).isEmpty)
    #expect(set.missing(in: 128..<500) == [128..<129])
    set.remove(3)
    #expect(set.missing(in: 3..<5) == [3..<4])
  }

  @Test func bitsBeyondTheEndAreIgnored() throws {
    var set = BlockSet(count: 66)
    set.insert(group: 1, bits: .max)
    set.insert(group: 2, bits: .max)
    set.insert(group: -1, bits: .max)
    set.insert(400)
    let grid = try #require(BlockGrid(size: 65 * UInt64(BlockGrid.blockSize) + 9))
    #expect(set.bytes(in: grid) == UInt64(BlockGrid.blockSize) + 9)
    set.remove(group: 1)
    #expect(set.bytes(in: grid) == 0)
  }
}
