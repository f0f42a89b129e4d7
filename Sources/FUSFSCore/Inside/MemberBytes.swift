import FirmwareFormats
import Primitives

/// A member's plain bytes, through whichever decoders the package has for it.
///
/// It does not keep the package, which has it in turn: shared work that nobody waits for any more may go on for longer
/// than a mount.
struct MemberBytes: HorizonReadable {
  let size: UInt64
  private let member: String
  private weak var contents: PackageContents?

  init(of entry: ZIPArchive.Entry, in contents: PackageContents) {
    member = entry.name
    size = entry.uncompressedSize
    self.contents = contents
  }

  /// Each call is paired with one of `close()`.
  func open() async throws(Failure) -> any RandomReadable {
    guard let contents else { throw Failure(.interrupted, "The package is closed.") }
    return try await contents.open(member: member)
  }

  /// What was read of it makes no sense.
  func foundDamaged() { contents?.foundDamaged(insideMember: member, shownAs: nil) }

  func close() { contents?.close(member: member) }

  func read(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) async throws(Failure) {
    let content = try await open()
    defer { close() }
    do throws(Failure) {
      try await content.read(into: &destination, at: offset, horizon: horizon)
    } catch {
      if error.code == .damaged { contents?.foundDamaged(member: member) }
      throw error
    }
  }
}
