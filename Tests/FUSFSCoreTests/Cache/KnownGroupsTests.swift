import Testing

@testable import FUSFSCore

struct KnownGroupsTests {
  private func group(_ extent: UInt64) -> CachedGroup { CachedGroup(extent: extent, checksums: []) }

  @Test func asManyAreKnownAsMemoryIsGiven() {
    var groups = KnownGroups(memory: 100 * 19 << 10)
    for key in Int64(0)..<100 { groups[key] = group(UInt64(key)) }
    #expect((Int64(0)..<100).allSatisfy { groups[$0]?.extent == UInt64($0) })
    groups[100] = group(100)
    let known = (Int64(0)...100).filter { groups[$0] != nil }
    #expect(known.count <= 100 && known.count > 80 && groups[100] != nil)
    groups[100] = nil
    #expect(groups[100] == nil)
    groups.removeAll()
    #expect((Int64(0)...100).allSatisfy { groups[$0] == nil })
  }

  @Test func aFewAreKnownWhateverMemoryThereIs() {
    var groups = KnownGroups(memory: 0)
    groups[1] = group(1)
    groups[2] = group(2)
    #expect(groups[1] != nil && groups[2] != nil)
  }
}
