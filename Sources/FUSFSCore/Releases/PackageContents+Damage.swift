import FirmwareFormats
import Primitives

/// Members whose bytes turn out to be wrong, or to have been.
extension PackageContents {
  /// The member's content does not decode, or not to its checksum: what is kept of it is forgotten, so that the next
  /// read fetches it anew; not again within `RefetchLimit`.
  package func foundDamaged(member name: String) {
    let now = resources.now()
    let isAllowed = members.withLock { $0[name]?.refetchLimit.allows(at: now) ?? false }
    defer { knowledge(ofMember: name).keep(isVerified: false) }
    guard isAllowed, let entry = entry(named: name) else { return }
    let end = min(encrypted.size, entry.headerOffset + Self.longestHeader + entry.compressedSize)
    encrypted.forget(entry.headerOffset..<max(entry.headerOffset, end))
  }

  /// What the member holds makes no sense. If its checksum was right that is what was published, and stays; then the
  /// file inside that was read, shown at `path`, is noted as wrong by itself.
  func foundDamaged(insideMember name: String, shownAs path: String?) {
    let knowledge = knowledge(ofMember: name)
    guard knowledge.isVerified == true else { return foundDamaged(member: name) }
    if let path { knowledge.keep(.verified, ofEntry: path, [0]) }
  }

  /// Bytes of the package are asked of the server: what an earlier mount found of the members there does not hold.
  func willFetch(_ bytes: Range<UInt64>) {
    for place in places where place.bytes.overlaps(bytes) {
      knowledge(ofMember: place.name).keep(isVerified: nil)
    }
  }

  /// Bytes of the package have been forgotten or have changed: what was decoded and learnt of the members there is not used
  /// any more.
  func changed(_ bytes: Range<UInt64>) {
    for place in places where place.bytes.overlaps(bytes) {
      let knowledge = knowledge(ofMember: place.name)
      knowledge.keep(isVerified: nil)
      let old = members.withLock { $0[place.name]?.takeContent() ?? nil }
      (old as? DeflatedMember)?.releaseMemory()
      if let inside = inside(ofMember: place.name) {
        inside.removeAll()
      } else {
        knowledge.checkpoints().removeAll()
      }
    }
  }
}
