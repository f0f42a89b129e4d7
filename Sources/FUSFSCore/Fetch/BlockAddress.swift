/// One block of one binary.
package struct BlockAddress: Hashable, Sendable {
  package let binary: BinaryID
  package let index: UInt32

  package init(_ binary: BinaryID, _ index: UInt32) {
    self.binary = binary
    self.index = index
  }
}
