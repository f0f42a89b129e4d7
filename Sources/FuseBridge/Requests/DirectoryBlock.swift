import CFuse
import Glibc

/// Entries of a directory packed as the kernel reads them, up to the room that it offers.
///
/// libfuse lays them out; each is padded to 8 bytes:
/// ```
/// readdir      | inode 8 | next position 8 | name length 4 | type 4 | name … |
/// readdirplus  | node id, validities, attributes 128 | as above              |
/// ```
struct DirectoryBlock: Answer {
  enum Layout: Sendable, Equatable { case names, attributes }

  private let layout: Layout
  private var bytes: [UInt8]
  private var used = 0

  init(_ layout: Layout, room: Int) {
    self.layout = layout
    bytes = [UInt8](repeating: 0, count: room)
  }

  var isEmpty: Bool { used == 0 }

  /// Adds a name; false if it does not fit.
  ///
  /// - Parameters:
  ///   - next: the position that the kernel asks for to continue behind this entry.
  ///   - details: for `Layout.attributes`: what to tell of the node. Without it the node's number is 0, by which the
  ///     kernel knows that nothing but name, number and kind was given.
  mutating func append(
    _ name: String, inode: UInt64, kind: Attributes.Kind, next: Int, details: fuse_entry_param? = nil
  ) -> Bool {
    var parameters = details ?? fuse_entry_param()
    parameters.attr.st_ino = numericCast(inode)
    if details == nil { parameters.attr.st_mode = kind.mode }
    let (layout, used) = (layout, used)
    let size = bytes.withUnsafeMutableBytes { bytes in
      let target = UnsafeMutableRawBufferPointer(rebasing: bytes[used...])
      let start = target.baseAddress?.assumingMemoryBound(to: CChar.self)
      return switch layout {
      case .names: fuse_add_direntry(nil, start, target.count, name, &parameters.attr, off_t(next))
      case .attributes: fuse_add_direntry_plus(nil, start, target.count, name, &parameters, off_t(next))
      }
    }
    guard size <= bytes.count - used else { return false }
    self.used += size
    return true
  }

  func send(to request: fuse_req_t) -> Int32 {
    bytes.withUnsafeBytes {
      fuse_reply_buf(request, $0.baseAddress?.assumingMemoryBound(to: CChar.self), used)
    }
  }
}
